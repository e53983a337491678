"""R7's own blueprint, for tests of what a person there does on pages."""

from functools import lru_cache
from pathlib import Path

from tenure.blueprint.loader import load
from tenure.blueprint.model import Model

BLUEPRINTS = Path(__file__).resolve().parents[2] / "blueprints"


@lru_cache
def r7() -> Model:
    return load(BLUEPRINTS / "r7-creative", search=[BLUEPRINTS])
