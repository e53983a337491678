"""What is kept only for a time: looks that led to nothing, rows that were settled, messages that the lake has."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta

from tenure.sources.connectors.arrival import Arrival
from tenure.sources.engine.finishing import remove_files
from tenure.sources.imports import Import, ImportRow
from tenure.sources.inbox import Spooled
from tenure.sources.parcels import Parcel
from tenure.sources.tools import call as calls

LOOKED_AT = timedelta(days=7)
SETTLED = timedelta(days=90)
LEFT_OUT = timedelta(days=30)
PARCELS = timedelta(days=7)
MESSAGES = timedelta(days=90)  # so long a message that is sent again is known to be the same


def tidy(now: datetime) -> int:
    """Remove what has been kept for long enough; returns how many rows went. The pipeline calls it nightly."""
    gone = 0
    for imported in Import.objects.filter(status=Import.Status.PREVIEWED, created_at__lt=now - LOOKED_AT):
        shutil.rmtree(imported.folder, ignore_errors=True)
        gone += imported.delete()[0]
    for imported in Import.objects.filter(status=Import.Status.DONE, finished_at__gte=now - SETTLED):
        remove_files(imported)  # a process that was killed at its end left them
    settled = (
        ImportRow.objects.filter(settled_at__lt=now - SETTLED).exclude(status=ImportRow.Status.OPEN).exclude(raw={})
    )
    # What a row was is forgotten; that it was odd, and what became of it, stays. Its digest still knows it again.
    gone += settled.update(raw={}, corrected={})
    Import.objects.filter(finished_at__lt=now - SETTLED).exclude(preview={}).update(preview={})
    # What nobody made anything of is forgotten, but for the key by which it is known when it comes again.
    for status, since in ((Arrival.Status.DISMISSED, SETTLED), (Arrival.Status.LEFT_OUT, LEFT_OUT)):
        kept = Arrival.objects.filter(status=status, received_at__lt=now - since).exclude(payload={})
        gone += kept.update(payload={}, corrected={})
    gone += Spooled.objects.filter(status=Spooled.Status.TAKEN, received_at__lt=now - MESSAGES).delete()[0]
    gone += Parcel.objects.filter(stored_at__lt=now - PARCELS).delete()[0]
    return gone + calls.tidy(now)
