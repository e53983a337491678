"""Identifiers: 26 characters, sortable by the moment they were made, drawn from a source that can be seeded."""

import random
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from tenure.base import clock

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
ID_LENGTH = 26

_bits: ContextVar[Callable[[int], int]] = ContextVar("tenure_id_bits", default=secrets.randbits)


def new_id() -> str:
    """A new identifier: 48 bits of milliseconds since 1970 and 80 random bits, in Crockford's base 32 (a ULID)."""
    milliseconds = int(clock.now().timestamp() * 1000)
    value = (milliseconds << 80) | _bits.get()(80)
    return "".join(ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw identifiers from a seeded source, so that two runs under the same clock make the same ones."""
    token = _bits.set(random.Random(seed).getrandbits)
    try:
        yield
    finally:
        _bits.reset(token)
