"""The stations of the round trip that read the ledger, in the order in which they follow one another."""

from __future__ import annotations

from tenure.pipeline.readers import Reader

READERS: tuple[Reader, ...] = ()
