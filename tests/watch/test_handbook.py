"""The handbook's examples are terms that the fold runs by, and mean what the page says."""

import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.watch.story import OFFICE, Story, at, terms

PAGE = Path(__file__).parents[2] / "docs" / "handbook" / "commitments.md"


def examples() -> dict[str, dict[str, Any]]:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    found: dict[str, dict[str, Any]] = {}
    for block in blocks:
        found |= YAML(typ="safe").load(block)["commitments"]
    return found


def test_an_answer_by_phone_keeps_the_promise_of_the_same_business_day() -> None:
    story = Story(terms("reply", **examples()["reply"], calendar=OFFICE))
    story.tell("message.received", at(4, "10:00"), "one")
    story.tell("message.received", at(4, "11:00"), "two")
    opening = story.state.open[0]
    assert (opening.warn_at, opening.due_at) == (at(4, "16:00"), at(4, "17:00"))
    story.tell("message.settled", at(4, "15:00"), "two", how="answered_elsewhere")
    story.tick(at(7), helpdesk=at(6))
    assert story.verdicts == {"reply/1": "missed", "reply/2": "met"}


def test_a_sync_every_two_weeks() -> None:
    story = Story(terms("sync", **examples()["sync"]))
    story.tell("contract.started", at(0), "c")
    story.tell("meeting.held", at(13), "m", type="sync")
    story.tell("contract.ended", at(20), "c")
    story.tick(at(90))
    assert story.verdicts == {"sync/1/1": "met", "sync/1/2": "cancelled"}
