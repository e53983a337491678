"""What this room has to do at any moment, derived from what is stored: imports to run or undo, rows to try again."""

from __future__ import annotations

import logging

from tenure.sources.engine.correcting import try_again
from tenure.sources.engine.running import Overtaken, run_import
from tenure.sources.engine.undoing import run_undo
from tenure.sources.imports import Import, ImportRow

logger = logging.getLogger(__name__)
SETTLED = (Import.Status.DONE, Import.Status.FAILED)


def advance(seconds: float = 2.0) -> bool:
    """Do the next piece of work for about so many seconds; False where there is nothing to do.

    Any process may call it, at any time: what is done twice is noticed, and what was killed goes on.
    """
    under_way = Import.objects.filter(status__in=(Import.Status.UNDOING, Import.Status.RUNNING)).order_by("id").first()
    try:
        if under_way is not None and under_way.status == Import.Status.UNDOING:
            run_undo(under_way, seconds=seconds)
            return True
        if under_way is not None:
            run_import(under_way, seconds=seconds)
            return True
    except Overtaken as overtaken:
        logger.info("%s", overtaken)
        return False
    waiting = ImportRow.objects.filter(retry=True, made_by__status__in=SETTLED).first()
    return waiting is not None and try_again(waiting.made_by) > 0
