"""A record that is too long for one radio frame, in numbered pieces.

A piece is 2 bytes of header (6 bits of tag, 5 bits of index, 5 bits of count less one) and a part
of the record; all parts but the last are equally long. The far side answers a set with gaps with 5
bytes: the tag, and a bitmap whose highest bit stands for index 0.
"""

from __future__ import annotations

import struct

import msgspec

from tpsbox.errors import InputError

HEADER_BYTES = 2
MOST_FRAGMENTS = 32
MISSING_BYTES = 5
_TAG_MASK = 0x3F
_MISSING = struct.Struct(">BI")


class Missing(msgspec.Struct, frozen=True):
    """Which pieces of the set with this tag have not arrived."""

    tag: int
    indexes: frozenset[int]


def tag_of(id: bytes) -> int:
    """The 6 bits by which a set of pieces is known: the low ones of the id's first byte."""
    return id[0] & _TAG_MASK


def cut(id: bytes, record: bytes, limit: int) -> tuple[bytes, ...]:
    """The record as payloads of at most `limit` bytes each, header and part.

    Raises:
        InputError: it is empty, or does not fit into 32 pieces of that size.
    """
    room = limit - HEADER_BYTES
    if not record or room < 1 or len(record) > room * MOST_FRAGMENTS:
        raise InputError(
            f"record of {len(record)} bytes: does not go into {MOST_FRAGMENTS} frames of {limit}"
        )
    count = -(-len(record) // room)
    head = tag_of(id) << 10 | (count - 1)
    return tuple(
        (head | index << 5).to_bytes(HEADER_BYTES) + record[index * room : (index + 1) * room]
        for index in range(count)
    )


def read_missing(data: bytes) -> Missing:
    """The bitmap of what has not arrived; indexes beyond the set are the caller's to ignore.

    Raises:
        InputError: not 5 bytes, or a tag of more than 6 bits.
    """
    if len(data) != MISSING_BYTES:
        raise InputError(f"list of missing parts: {len(data)} bytes, not {MISSING_BYTES}")
    tag, bits = _MISSING.unpack(data)
    if tag > _TAG_MASK:
        raise InputError(f"list of missing parts: tag {tag} is over {_TAG_MASK}")
    return Missing(tag, frozenset(i for i in range(MOST_FRAGMENTS) if bits >> (31 - i) & 1))
