"""Where a home to practise in lies, and the mark that makes it one. Read before any setting is, so without Django."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tenure.base.errors import Refused

MARK = "practice.json"
# What the environment says of a real home. Nothing of it may reach the one to practise in.
OF_A_REAL_HOME = ("TENURE_DATABASE_URL", "TENURE_LAKE_URL", "TENURE_WAREHOUSE", "TENURE_MAIL_URL", "TENURE_MAIL_FROM")


def place_beside(real: Path) -> Path:
    """The folder of the practice ground that belongs to a real home: beside it, never in it."""
    whole = real.expanduser().resolve()
    return whole if (whole / MARK).exists() else whole.with_name(f"{whole.name}-practice")


def claim(home: Path) -> None:
    """Mark a folder as a home to practise in, before any setting is read. Raises Refused for somebody's own home."""
    home.mkdir(parents=True, exist_ok=True)
    mark = home / MARK
    if not mark.exists():
        if any(home.iterdir()):
            raise Refused("in_earnest", f"{home} is not empty and not a practice ground; name another with --home.")
        mark.write_text(json.dumps({"practice": True}))
    for name in OF_A_REAL_HOME:
        os.environ.pop(name, None)
    os.environ["TENURE_HOME"] = str(home)
