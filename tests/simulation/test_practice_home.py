"""The practice ground is a second home: whatever is done in it, a real one beside it is not touched."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tenure.base.errors import Refused
from tenure.simulation.ground import claim, place_beside

pytestmark = [pytest.mark.requirement("R-16", "P-10")]

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def real_home(folder: Path) -> dict[str, str]:
    """A real home, as far as the environment says it; its files are no databases, so opening one would fail."""
    for name in ("tenure.sqlite3", "lake/catalog.sqlite3", "lake/warehouse/points.parquet", "uploads/reel.mov"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"the real {name}")
    return {
        "TENURE_HOME": str(folder),
        "TENURE_DATABASE_URL": f"sqlite:///{folder / 'tenure.sqlite3'}",
        "TENURE_LAKE_URL": f"sqlite:///{folder / 'lake' / 'catalog.sqlite3'}",
        "TENURE_WAREHOUSE": str(folder / "lake" / "warehouse"),
        "TENURE_MAIL_URL": "smtp://127.0.0.1:1",
        "TENURE_MAIL_FROM": "hello@real.example",
    }


def content(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def run(environment: dict[str, str], *command: str) -> str:
    whole = os.environ | environment | {"DJANGO_SETTINGS_MODULE": "tenure.settings", "TENURE_LOG": "ERROR"}
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=whole, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_all_of_it_happens_in_a_home_of_its_own(tmp_path: Path) -> None:
    real, ground = tmp_path / "real", tmp_path / "real-practice"
    environment = real_home(real)
    before = content(real)
    asked = ("--email", "lena@practice.example", "--name", "Lena Ortiz")
    said = run(environment, "-m", "tenure.cli", "practice", "r7-creative", "--prepare", *asked)
    assert said.startswith("Lena Ortiz signs in as lena@practice.example with the password ")
    # Whoever serves it later may still have the real home's addresses in their environment.
    told: dict[str, Any] = json.loads(
        run(environment | {"TENURE_HOME": str(ground)}, str(HERE / "practise.py")).splitlines()[-1]
    )
    assert told["endings"] == ["warm", "strong"]
    assert told["tasks"] == dict.fromkeys(("discovery", "plan", "set_up", "reply", "report", "sync"), True)
    # The figures as the blueprint says them, from the week before the work began.
    assert told["inquiries"] == "[3.0, 5.0, 6.0, 7.0, 3.0, 2.0, 2.0]"
    assert told["mean"] == "4.00"
    assert set(told["mails"]) <= {"waiting"}
    assert told["kept"] == "Practice keeps its mails: nobody in it is real."
    assert told["backend"] == "django.core.mail.backends.console"
    assert [told[name].partition(str(ground))[1] for name in ("database", "lake", "warehouse")] == [str(ground)] * 3
    assert content(real) == before


def test_somebodys_own_home_is_never_made_one_to_practise_in(tmp_path: Path) -> None:
    real_home(tmp_path / "real")
    with pytest.raises(Refused) as refused:
        claim(tmp_path / "real")
    assert refused.value.code == "in_earnest"
    assert not (tmp_path / "real" / "practice.json").exists()


def test_the_practice_ground_lies_beside_the_real_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENURE_DATABASE_URL", "postgresql://real")
    monkeypatch.setenv("TENURE_HOME", str(tmp_path / "real"))
    ground = place_beside(tmp_path / "real")
    assert ground == tmp_path / "real-practice"
    claim(ground)
    assert "TENURE_DATABASE_URL" not in os.environ
    assert os.environ["TENURE_HOME"] == str(ground)
    assert place_beside(ground) == ground  # started again from inside it
