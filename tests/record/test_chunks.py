"""A photo cut into chunks: offers and bitmaps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tpsbox.errors import InputError
from tpsbox.record.chunks import (
    LARGEST_CHUNK,
    PHOTO_LIMIT,
    SMALLEST_CHUNK,
    Offer,
    decode_missing,
    decode_offer,
    encode_missing,
    encode_offer,
)

offers = st.builds(Offer, st.integers(1, PHOTO_LIMIT), st.integers(SMALLEST_CHUNK, LARGEST_CHUNK))


@given(offers)
def test_offers_come_back_and_chunks_cover_the_photo_once(offer):
    assert decode_offer(encode_offer(offer)) == offer
    spans = [offer.span(index) for index in range(offer.count)]
    assert [start for start, _ in spans] == [0, *(end for _, end in spans[:-1])]
    assert spans[-1][1] == offer.size
    assert {end - start for start, end in spans[:-1]} <= {offer.chunk}
    assert 1 <= spans[-1][1] - spans[-1][0] <= offer.chunk
    for wrong in (-1, offer.count):
        with pytest.raises(InputError):
            offer.span(wrong)


@given(st.binary(max_size=10))
def test_offers_of_other_bytes_are_refused_or_come_back(data):
    try:
        offer = decode_offer(data)
    except InputError:
        return
    assert encode_offer(offer) == data


@pytest.mark.parametrize(
    ("size", "chunk"),
    [
        (0, SMALLEST_CHUNK),
        (PHOTO_LIMIT + 1, SMALLEST_CHUNK),
        (1, SMALLEST_CHUNK - 1),
        (1, LARGEST_CHUNK + 1),
    ],
)
def test_sizes_outside_the_limits_are_no_offer(size, chunk):
    with pytest.raises(InputError, match="allowed"):
        encode_offer(Offer(size, chunk))
    with pytest.raises(InputError, match="allowed"):
        decode_offer(size.to_bytes(4, "big") + chunk.to_bytes(4, "big"))


@given(st.integers(1, 600).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1)))))
def test_bitmaps_come_back(case):
    count, missing = case
    data = encode_missing(missing, count)
    assert len(data) == -(-count // 8)
    assert decode_missing(data, count) == tuple(sorted(missing))


@given(st.binary(max_size=4), st.integers(1, 33))
def test_bitmaps_of_other_bytes_are_refused_or_come_back(data, count):
    try:
        missing = decode_missing(data, count)
    except InputError:
        return
    assert encode_missing(missing, count) == data


def test_the_first_chunk_is_the_highest_bit():
    assert encode_missing([0, 9], 10) == bytes([0b1000_0000, 0b0100_0000])
    with pytest.raises(InputError):
        encode_missing([10], 10)
