"""A week in the life of a home, in a process of its own that a test may kill anywhere and start again.

``python -m tests.pipeline.scenario make`` makes the home that TENURE_HOME names; ``live`` takes it through its moments,
going on where it stood; ``tell`` prints what came of it, without ids that chance drew.
"""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tenure.settings")


def main(what: str) -> None:
    """Load the rooms, then make, live or tell."""
    django.setup()
    from tests.pipeline import life

    {"make": life.make, "live": life.live, "tell": life.tell}[what]()


if __name__ == "__main__":
    main(sys.argv[1])
