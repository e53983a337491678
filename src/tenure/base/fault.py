"""Named points at which a test may kill the process, to prove that what was half done is done again, once.

A point costs a dictionary look-up in earnest. ``TENURE_FAULT=night.published`` kills at the first passing of the
point, ``TENURE_FAULT=night.published:3`` at the third.
"""

import os
import signal

_passed: dict[str, int] = {}


def point(name: str) -> None:
    """Kill this process, without a chance to tidy up, where the environment names this point."""
    wanted = os.environ.get("TENURE_FAULT")
    if not wanted:
        return
    chosen, _, times = wanted.partition(":")
    if chosen != name:
        return
    _passed[name] = _passed.get(name, 0) + 1
    if _passed[name] == int(times or 1):
        os.kill(os.getpid(), signal.SIGKILL)
