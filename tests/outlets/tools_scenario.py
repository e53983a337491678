"""One call to a tool in a home of its own, made in a process that a test may kill: ``make``, then ``send``."""

import json
import os
from pathlib import Path
from typing import Any

from tenure.base import clock
from tenure.identity.actor import Actor
from tenure.outlets.calling import call_due
from tenure.pipeline.home import make_home, migrate
from tenure.records.account import create_account
from tenure.sources.connectors.connector import add_connector
from tenure.sources.tools.call import Call
from tenure.sources.tools.queueing import ask_tool
from tests.outlets.desk import RECIPE, TOKEN


def make() -> None:
    _make(RECIPE)


def make_without_lookup() -> None:
    _make({**RECIPE, "provisions": _without_lookup(RECIPE["provisions"])})


def _make(recipe: dict[str, Any]) -> None:
    folder = Path(os.environ["TENURE_HOME"]) / "trade"
    folder.mkdir(parents=True)
    (folder / "company.yaml").write_text("extends: base\ncompany: {name: Trade}\n")
    # JSON is YAML.
    (folder / "tools.yaml").write_text(json.dumps({"tools": {"desk": recipe}}))
    make_home(str(folder))
    actor = Actor.machine("test")
    account = create_account(name="Acme", actor=actor)
    settings = {"address": os.environ["DESK"], "space": "77"}
    add_connector(
        kind="tool-desk", label="Desk", source="desk", settings=settings, secrets={"token": TOKEN}, actor=actor
    )
    ask_tool(account, call="desk.folder", actor=actor)
    Call.objects.update(next_try_at=clock.now())


def _without_lookup(provisions: dict[str, Any]) -> dict[str, Any]:
    return {key: {name: value for name, value in each.items() if name != "lookup"} for key, each in provisions.items()}


ACTS = {"migrate": migrate, "make": make, "make_without_lookup": make_without_lookup, "send": call_due}
