"""What a box sends by LoRaWAN and hears back: whole records, fragments, and what is missing.

Layout in docs/wire.md. A frame carries no word of who sent it: the record inside does.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

import msgspec
from tpsbox.errors import InputError
from tpsbox.record.signing import record_id

RECORD_PORT = 10
"""FPort of a whole record, and of the short receipt that answers it."""
FRAGMENT_PORT = 11
"""FPort of a fragment, and of the bitmap that names missing ones."""

COUNT_LIMIT = 32
"""Fragments of one record: the header has 5 bits for it."""

_HEAD = struct.Struct(">H")
_MISSING = struct.Struct(">BI")
_TAG_MASK = 0x3F


class Fragment(msgspec.Struct, frozen=True):
    """One part of a record: `index` of `count` (1 to 32), `tag` (0 to 63) says of which record."""

    tag: int
    index: int
    count: int
    body: bytes


def read_fragment(frame: bytes) -> Fragment:
    """The fragment in a frame.

    Raises:
        InputError: too short, or an index beyond its count.
    """
    if len(frame) <= _HEAD.size:
        raise InputError(f"fragment of {len(frame)} bytes: there is nothing behind its header")
    [head] = _HEAD.unpack_from(frame)
    index, count = head >> 5 & 0x1F, (head & 0x1F) + 1
    if index >= count:
        raise InputError(f"fragment {index} of {count}: there is no such one")
    return Fragment(head >> 10, index, count, frame[_HEAD.size :])


def tag_of(record: bytes) -> int:
    """The low 6 bits of the first byte of the record's id, which all its fragments carry."""
    return record_id(record)[0] & _TAG_MASK


def missing_frame(tag: int, missing: Iterable[int]) -> bytes:
    """5 bytes: the tag, then a bitmap of the missing indexes, index 0 at the highest bit."""
    return _MISSING.pack(tag, sum(1 << (COUNT_LIMIT - 1 - index) for index in set(missing)))
