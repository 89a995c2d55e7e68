"""Records in pieces, put together again by the words of docs/wire.md alone."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tpsbox.errors import InputError
from tpsbox.links.fragments import cut, read_missing, tag_of

RECORDS = st.binary(min_size=1, max_size=288)
LIMITS = st.integers(11, 242)


@given(RECORDS, LIMITS)
def test_pieces_make_up_the_record_in_any_order(record, limit):
    id = hashlib.sha256(record).digest()
    frames = cut(id, record, limit)
    parts = {}
    for frame in reversed(frames):
        bits = f"{int.from_bytes(frame[:2], 'big'):016b}"
        assert int(bits[:6], 2) == id[0] % 64 == tag_of(id)
        assert int(bits[11:], 2) + 1 == len(frames)
        parts[int(bits[6:11], 2)] = frame[2:]
    assert b"".join(parts[index] for index in range(len(frames))) == record
    assert max(map(len, frames)) <= limit
    assert len({len(part) for index, part in parts.items() if index < len(frames) - 1}) <= 1
    assert all(parts.values())


@given(RECORDS, LIMITS)
def test_there_are_as_few_pieces_as_possible(record, limit):
    frames = cut(bytes(32), record, limit)
    assert len(record) > (len(frames) - 1) * (limit - 2)


@pytest.mark.parametrize(("length", "limit"), [(0, 11), (289, 11), (33, 3), (5, 2), (5, 0)])
def test_what_does_not_fit_into_32_pieces_is_refused(length, limit):
    with pytest.raises(InputError, match="32 frames"):
        cut(bytes(32), bytes(length), limit)


@given(st.integers(0, 63), st.sets(st.integers(0, 31)))
def test_the_bitmap_names_what_is_missing(tag, indexes):
    bits = "".join("1" if index in indexes else "0" for index in range(32))
    missing = read_missing(bytes([tag]) + int(bits, 2).to_bytes(4, "big"))
    assert (missing.tag, missing.indexes) == (tag, indexes)


@given(st.binary(max_size=8))
def test_any_other_bytes_are_refused(data):
    if len(data) == 5 and data[0] < 64:
        assert read_missing(data).tag == data[0]
    else:
        with pytest.raises(InputError, match="missing parts"):
            read_missing(data)
