"""What this room has to do at any moment, derived from what is stored: imports to run or undo, rows to try again."""

from __future__ import annotations

import logging

from tenure.sources.engine.correcting import try_again
from tenure.sources.engine.running import Overtaken, Running
from tenure.sources.engine.undoing import run_undo
from tenure.sources.imports import Import, ImportRow

logger = logging.getLogger(__name__)
SETTLED = (Import.Status.DONE, Import.Status.FAILED)
_under_way: dict[str, Running] = {}  # the import that this process runs, with the file that it is in the middle of


def advance(seconds: float = 2.0) -> bool:
    """Do the next piece of work for about so many seconds; False where there is nothing to do here.

    Any process may call it, at any time: what another process runs is left to it, and what was killed goes on.
    """
    wanted = Import.objects.filter(status__in=(Import.Status.UNDOING, Import.Status.RUNNING)).order_by("id")
    for imported in wanted.only("id", "status"):
        try:
            _go_on(imported, seconds)
        except Overtaken as overtaken:
            logger.debug("%s", overtaken)
            continue
        return True
    waiting = ImportRow.objects.filter(retry=True, made_by__status__in=SETTLED).first()
    return waiting is not None and try_again(waiting.made_by) > 0


def _go_on(imported: Import, seconds: float) -> None:
    if imported.status == Import.Status.UNDOING:
        run_undo(imported, seconds=seconds)
        return
    try:
        running = _under_way.get(imported.pk) or Running(imported)
        if running.go(seconds):
            running.let_go()
            _under_way.pop(imported.pk, None)
        else:
            _under_way[imported.pk] = running
    except BaseException:
        # Whatever was half done is read anew from what is stored.
        _under_way.pop(imported.pk, None)
        raise
