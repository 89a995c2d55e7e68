"""A photo in chunks: the offer that opens an upload, and the bitmap of what the centre lacks.

A photo is cut into chunks of one length, the last one shorter. Both messages steer what is sent
and prove nothing: the SHA-256 over the whole photo and the centre's signed receipt do.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from tpsbox.errors import InputError

PHOTO_LIMIT = 16_000_000
"""Bytes; a photo of 12 megapixels takes 2 to 5 MB."""
CHUNK_BYTES = 32 * 1024
"""What a box takes if it is not told otherwise: 2.6 s at 100 kbit/s."""
SMALLEST_CHUNK, LARGEST_CHUNK = 4 * 1024, 64 * 1024
"""Bytes; smaller ones would be mostly topic, and no message needs to be larger than evidence."""
OFFER_BYTES = 8


class Offer(msgspec.Struct, frozen=True):
    """How a photo of `size` bytes is cut: into `count` chunks of `chunk` bytes."""

    size: int
    chunk: int

    @property
    def count(self) -> int:
        """How many chunks there are."""
        return -(-self.size // self.chunk)

    def span(self, index: int) -> tuple[int, int]:
        """First byte of a chunk and the byte after its last.

        Raises:
            InputError: there is no such chunk.
        """
        if not 0 <= index < self.count:
            raise InputError(f"chunk {index}: the photo has {self.count}, counted from 0")
        start = index * self.chunk
        return start, min(start + self.chunk, self.size)


def encode_offer(offer: Offer) -> bytes:
    """8 bytes: size of the photo and of a chunk, 4 bytes each.

    Raises:
        InputError: a size is outside its limits.
    """
    _check(offer)
    return offer.size.to_bytes(4, "big") + offer.chunk.to_bytes(4, "big")


def decode_offer(data: bytes) -> Offer:
    """The offer in 8 bytes.

    Raises:
        InputError: another length, or a size outside its limits.
    """
    if len(data) != OFFER_BYTES:
        raise InputError(f"offer of {len(data)} bytes: it must have {OFFER_BYTES}")
    offer = Offer(int.from_bytes(data[:4], "big"), int.from_bytes(data[4:], "big"))
    _check(offer)
    return offer


def encode_missing(missing: Collection[int], count: int) -> bytes:
    """One bit a chunk, the first the highest of the first byte: 1 if it is missing, else 0.

    Raises:
        InputError: a chunk that the photo does not have.
    """
    bits = 0
    for index in missing:
        if not 0 <= index < count:
            raise InputError(f"chunk {index}: the photo has {count}, counted from 0")
        bits |= 1 << (count - 1 - index)
    spare = -count % 8
    return (bits << spare).to_bytes((count + spare) // 8, "big")


def decode_missing(data: bytes, count: int) -> tuple[int, ...]:
    """The chunks that are missing, in order.

    Raises:
        InputError: not a bitmap for a photo of `count` chunks.
    """
    spare = -count % 8
    bits = int.from_bytes(data, "big")
    if len(data) != (count + spare) // 8 or bits & ((1 << spare) - 1):
        raise InputError(f"bitmap of {len(data)} bytes: it is not one of {count} chunks")
    return tuple(i for i in range(count) if data[i // 8] >> (7 - i % 8) & 1)


def _check(offer: Offer) -> None:
    if not 1 <= offer.size <= PHOTO_LIMIT:
        raise InputError(f"photo of {offer.size} bytes: 1 to {PHOTO_LIMIT} are allowed")
    if not SMALLEST_CHUNK <= offer.chunk <= LARGEST_CHUNK:
        raise InputError(
            f"chunks of {offer.chunk} bytes: {SMALLEST_CHUNK} to {LARGEST_CHUNK} are allowed"
        )
