"""The few calls that change the disk, in the one order that survives a power cut.

Write under a temporary name, fsync, read back, rename, fsync the folder: after any cut the file
is there whole or not at all (the order SQLite's own documentation of atomic commit asks for).
"""

from __future__ import annotations

import errno
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

from tpsbox.errors import EnvironmentFault

TEMP_SUFFIX = ".part"

_ADVICE = {
    errno.ENOSPC: "the disk is full: free space on it",
    errno.EDQUOT: "the disk is full: free space on it",
    errno.EROFS: "the disk is read-only: check it and mount it for writing",
    errno.EACCES: "no permission: give the folder to the user of this program",
    errno.EPERM: "no permission: give the folder to the user of this program",
    errno.EIO: "the disk fails: replace the card",
    errno.ENOENT: "not there",
    errno.ENODEV: "the disk is gone: put it back and try again",
    errno.ENXIO: "the disk is gone: put it back and try again",
}


class Disk:
    """Every call that changes the disk; tests put a failing or counting one in its place."""

    def make_folder(self, path: Path) -> None:
        """Create one folder, for this user alone."""
        path.mkdir(mode=0o700)

    def write(self, fd: int, data: bytes) -> None:
        """Write all of `data`."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(fd, rest) :]

    def sync(self, fd: int) -> None:
        """Return when the file's bytes are on the medium."""
        os.fsync(fd)

    def rename(self, old: Path, new: Path) -> None:
        """Give a file or folder its final name; a file of that name is replaced."""
        old.replace(new)

    def sync_folder(self, path: Path) -> None:
        """Return when the names in a folder are on the medium."""
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def commit(self, connection: sqlite3.Connection) -> None:
        """End a transaction; with synchronous=FULL it is on the medium afterwards."""
        connection.execute("COMMIT")


@contextmanager
def disk_faults(path: Path) -> Iterator[None]:
    """Turn whatever the system says about a file into one clear line.

    Raises:
        EnvironmentFault: the file or the disk under it cannot be used.
    """
    try:
        yield
    except EnvironmentFault:
        raise
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, error.strerror or "cannot be used")
        raise EnvironmentFault(f"{path}: {advice}") from error


def put_folder(disk: Disk, path: Path) -> None:
    """Make sure that a folder exists and its name is on the medium.

    Raises:
        EnvironmentFault: it cannot be made.
    """
    with disk_faults(path):
        if not path.is_dir():
            if not path.parent.is_dir():
                put_folder(disk, path.parent)
            with suppress(FileExistsError):  # the other process was quicker
                disk.make_folder(path)
        disk.sync_folder(path.parent)


def put_file(disk: Disk, path: Path, data: bytes, mode: int = 0o600) -> None:
    """Store a file whole or not at all, read back before it gets its name.

    Raises:
        EnvironmentFault: it cannot be kept; nothing of it is left.
    """

    def write(stream: BinaryIO) -> None:
        stream.write(data)

    put_stream(disk, path, write, lambda stream: stream.read() == data, mode)


def put_stream(
    disk: Disk,
    path: Path,
    write: Callable[[BinaryIO], None],
    check: Callable[[BinaryIO], bool],
    mode: int = 0o600,
) -> None:
    """Store a file whole or not at all without holding it in memory.

    `write` fills the file; `check` reads back what the medium then holds, before it gets its name.

    Raises:
        EnvironmentFault: it cannot be kept; nothing of it is left.
    """
    temp = path.with_name(f"{path.name}.{secrets.token_hex(4)}{TEMP_SUFFIX}")
    with disk_faults(path):
        try:
            _write_and_check(disk, temp, write, check, mode)
            disk.rename(temp, path)
        except Exception:  # not a power cut, which runs no code
            with suppress(OSError):
                temp.unlink()
            raise
        disk.sync_folder(path.parent)


def sweep_temps(folder: Path) -> int:
    """Remove what a cut left half written below a folder; how many files that was.

    Raises:
        EnvironmentFault: a leftover cannot be removed.
    """
    with disk_faults(folder):
        leftovers = list(folder.rglob(f"*{TEMP_SUFFIX}"))
        for leftover in leftovers:
            leftover.unlink()
    return len(leftovers)


def _write_and_check(
    disk: Disk,
    temp: Path,
    write: Callable[[BinaryIO], None],
    check: Callable[[BinaryIO], bool],
    mode: int,
) -> None:
    fd = os.open(temp, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        write(cast(BinaryIO, _Writer(disk, fd)))
        disk.sync(fd)
        # Without this the read-back would only see the memory it was written from.
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        os.lseek(fd, 0, os.SEEK_SET)
        with os.fdopen(fd, "rb", closefd=False) as stream:
            if not check(stream):
                raise EnvironmentFault(
                    f"{temp.parent}: the disk gives back other bytes: replace the card"
                )
    finally:
        os.close(fd)


class _Writer:
    """As much of a stream as writers of files need; every write goes through the disk."""

    def __init__(self, disk: Disk, fd: int) -> None:
        self._disk = disk
        self._fd = fd

    def write(self, data: bytes) -> int:
        self._disk.write(self._fd, data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return os.lseek(self._fd, offset, whence)

    def tell(self) -> int:
        return os.lseek(self._fd, 0, os.SEEK_CUR)

    def flush(self) -> None:
        """Nothing is held back; the file is synced when it is whole."""
