"""The order of the house: who may import whom, who owns tables, what no file is called."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "src" / "tenure"
SAY_NOTHING = {"utils", "helpers", "manager", "service", "services", "misc", "common"}


def test_rooms_import_only_downward() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_only_five_rooms_own_tables() -> None:
    owners = {config.label for config in apps.get_app_configs() if config.name.startswith("tenure.") and config.models}
    assert owners <= {"identity", "records", "work", "sources", "pipeline"}


def test_foreign_keys_follow_the_order_of_imports() -> None:
    order = ["identity", "records", "work", "sources", "pipeline"]
    for model in apps.get_models():
        if model._meta.app_label in order:
            for field in model._meta.get_fields():
                target = field.related_model if field.many_to_one or field.one_to_one else None
                if field.concrete and target is not None and target._meta.app_label in order:
                    here, there = order.index(model._meta.app_label), order.index(target._meta.app_label)
                    assert there <= here, f"{model._meta.label}.{field.name} points up to {target._meta.label}"


def test_no_file_has_a_name_that_says_nothing() -> None:
    named = [path.relative_to(ROOT) for path in SOURCES.rglob("*") if path.stem in SAY_NOTHING]
    assert named == []


def test_no_code_knows_a_company() -> None:
    """A company is a blueprint: its name stands in no source file."""
    shipped = [
        path.name for path in (ROOT / "blueprints").iterdir() if path.is_dir() and path.name not in ("base", "saas")
    ]
    assert shipped
    words = [word for name in shipped for word in (name, name.replace("-", "_"), name.split("-")[0] + " ")]
    for path in [*SOURCES.rglob("*.py"), *SOURCES.rglob("*.html"), *SOURCES.rglob("*.js"), *SOURCES.rglob("*.css")]:
        text = path.read_text().lower()
        for word in words:
            assert word not in text or _is_the_default_of_the_demo(path, text, word), (
                f"{path.relative_to(ROOT)}: {word!r}"
            )


def _is_the_default_of_the_demo(path: Path, text: str, word: str) -> bool:
    """The demo names the company that it shows when nobody says which; that is a default, not knowledge."""
    return path.parent.name == "simulation" and path.stem == "commands" and text.count(word) <= 2


@pytest.mark.requirement("P-06")
def test_nothing_outside_facts_names_the_engine() -> None:
    for path in SOURCES.rglob("*.py"):
        if path.relative_to(SOURCES).parts[0] != "facts":
            text = path.read_text()
            assert "import duckdb" not in text and "import pyiceberg" not in text, path
