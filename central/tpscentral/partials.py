"""Photos that are not whole yet: one file each, which a power cut leaves as it was.

A file FOLDER/{tps}/{sha}.part is the offer, the bitmap of what is missing, and the photo's bytes
at their places. A chunk's bit is cleared only after its bytes are on the disk.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tpsbox.errors import EnvironmentFault, InputError
from tpsbox.record.chunks import (
    OFFER_BYTES,
    Offer,
    decode_missing,
    decode_offer,
    encode_missing,
    encode_offer,
)

from tpscentral.files import replace_whole, sync_folder

OPEN_LIMIT = 4
"""Photos a TPS may have open; a box sends one at a time. Over it, the one that was silent for the
longest gives way."""

SUFFIX = ".part"


class Partials:
    """The folder of open uploads, used by one process at a time."""

    def __init__(self, folder: Path) -> None:
        """Make the folder if it is not there.

        Raises:
            EnvironmentFault: it cannot be made.
        """
        self._folder = folder
        with _faults(folder):
            folder.mkdir(mode=0o700, exist_ok=True)

    def open(self, tps: str, id: bytes, offer: Offer) -> tuple[int, ...]:
        """The chunks that are missing of a photo; one cut in another way begins anew.

        Raises:
            EnvironmentFault: the disk does not take it.
        """
        path = self._path(tps, id)
        with _faults(path):
            found = _head(path)
            if found is not None and found[0] == offer:
                os.utime(path)
                return found[1]
            path.parent.mkdir(mode=0o700, exist_ok=True)
            self._make_room(path)
            everything = range(offer.count)
            _create(path, encode_offer(offer) + encode_missing(everything, offer.count))
        return tuple(everything)

    def add(self, tps: str, id: bytes, index: int, data: bytes) -> tuple[int, ...] | None:
        """Keep a chunk; what is missing after it, or None if nothing was offered.

        Raises:
            InputError: the photo has no such chunk, or one of another length.
            EnvironmentFault: the disk does not take it.
        """
        path = self._path(tps, id)
        with _faults(path):
            found = _head(path)
            if found is None:
                return None
            offer, missing = found
            start, end = offer.span(index)
            if len(data) != end - start:
                raise InputError(f"chunk {index} of {len(data)} bytes: it has {end - start}")
            if index not in missing:
                return missing
            left = tuple(other for other in missing if other != index)
            bitmap = encode_missing(left, offer.count)
            with path.open("r+b", buffering=0) as file:
                _write_at(file.fileno(), data, OFFER_BYTES + len(bitmap) + start)
                os.fdatasync(file.fileno())
                _write_at(file.fileno(), bitmap, OFFER_BYTES)
        return left

    def whole(self, tps: str, id: bytes) -> bytes:
        """The bytes of a photo of which nothing is missing; their hash is the caller's to check.

        Raises:
            EnvironmentFault: the file cannot be read.
        """
        path = self._path(tps, id)
        with _faults(path):
            data = path.read_bytes()
        offer = decode_offer(data[:OFFER_BYTES])
        return data[OFFER_BYTES + len(encode_missing((), offer.count)) :]

    def drop(self, tps: str, id: bytes) -> None:
        """Forget a photo, if it is there.

        Raises:
            EnvironmentFault: the disk does not take it.
        """
        path = self._path(tps, id)
        with _faults(path):
            _remove(path)

    def sweep(self, before: float) -> int:
        """Forget the photos of which nothing came since that time (unix seconds); how many.

        Raises:
            EnvironmentFault: the disk does not take it.
        """
        with _faults(self._folder):
            old = [path for path in self._folder.glob("*/*") if path.stat().st_mtime < before]
            for path in old:
                _remove(path)
        return len(old)

    def _path(self, tps: str, id: bytes) -> Path:
        return self._folder / tps / f"{id.hex()}{SUFFIX}"

    def _make_room(self, path: Path) -> None:
        others = [other for other in path.parent.glob(f"*{SUFFIX}") if other != path]
        others.sort(key=lambda other: other.stat().st_mtime)
        for other in others[: max(0, len(others) + 1 - OPEN_LIMIT)]:
            other.unlink(missing_ok=True)


def _head(path: Path) -> tuple[Offer, tuple[int, ...]] | None:
    """Offer and missing chunks of a file, None if there is none that can be used."""
    try:
        with path.open("rb") as file:
            offer = decode_offer(file.read(OFFER_BYTES))
            bitmap = file.read(-(-offer.count // 8))
            return offer, decode_missing(bitmap, offer.count)
    except (FileNotFoundError, InputError):
        return None


def _create(path: Path, head: bytes) -> None:
    """A new file, there whole or not at all."""
    replace_whole(path, [head], path.parent)
    for folder in (path.parent, path.parent.parent):
        sync_folder(folder)


def _write_at(handle: int, data: bytes, place: int) -> None:
    rest = memoryview(data)
    while rest:
        written = os.pwrite(handle, rest, place)
        rest, place = rest[written:], place + written


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    with suppress(OSError):  # others of this TPS are open
        path.parent.rmdir()


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EnvironmentFault(f"{path}: {error.strerror or error}") from error
