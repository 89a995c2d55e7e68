"""Files that are whole or not there, on the centre's disk or on a stick."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tpsbox.errors import EnvironmentFault, InputError

PART = ".part"
"""Files with this suffix were never finished."""

_ADVICE = {
    errno.ENOSPC: "the disk is full: free space on it",
    errno.EROFS: "it is read-only: unlock the stick, or copy the file to a folder",
    errno.ENODEV: "the stick is gone: put it back and try again",
    errno.ENXIO: "the stick is gone: put it back and try again",
    errno.EIO: "the disk fails: try another",
}


@contextmanager
def faults(path: Path) -> Iterator[None]:
    """Turn what the system says about a file into one clear line.

    Raises:
        EnvironmentFault: file or disk cannot be used.
    """
    try:
        yield
    except EnvironmentFault:
        raise
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, error.strerror or "cannot be used")
        raise EnvironmentFault(f"{path}: {advice}") from error


def put_file(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file; one of that name is replaced, once the new one is whole on the medium.

    Raises:
        EnvironmentFault: the disk does not take it; nothing of it is left.
    """
    with faults(path):
        replace_whole(path, parts, path.parent, prefix=path.name, suffix=PART)
        sync_folder(path.parent)


def replace_whole(
    path: Path, parts: Iterable[bytes], folder: Path, *, prefix: str = "tmp", suffix: str = ""
) -> None:
    """Give a file its content by a new one, written to the medium in `folder` of the same disk.

    A cut can leave the new one behind, under a name with that prefix and suffix; the name of the
    file itself is safe only after `sync_folder`.

    Raises:
        OSError: the disk does not take it; nothing of it is left.
    """
    handle, name = tempfile.mkstemp(dir=folder, prefix=prefix, suffix=suffix)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the medium.

    Raises:
        OSError: the disk does not take them.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_small(path: Path, limit: int) -> bytes:
    """At most `limit` + 1 bytes of a file that somebody handed in.

    Raises:
        InputError: it is not there or cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise InputError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from error
