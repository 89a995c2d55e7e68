"""Makes data types ready before threads share them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import msgspec


def make_ready() -> int:
    """Have every data type that is imported so far converted to once; how many there are.

    To be called before threads start. msgspec (0.22) learns the fields of a type when it is first
    converted to, and two threads that do so at the same moment crash the whole process.
    """
    count = 0
    for struct in _below(msgspec.Struct):
        count += 1
        with suppress(msgspec.ValidationError):  # of nothing, most cannot be made
            msgspec.convert({}, struct)
    return count


def _below(base: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for struct in base.__subclasses__():
        yield struct
        yield from _below(struct)
