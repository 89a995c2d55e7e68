"""Locks by which the processes of a box know of each other: one of each kind a folder."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tpsbox.errors import AnswerError
from tpsbox.store.files import disk_faults

TRIES, TRY_SECONDS = 10, 0.05


@contextmanager
def hold(path: Path, refusal: str) -> Iterator[int]:
    """Hold a lock; the system lets go of it however the process ends. Its file, open for writing.

    Raises:
        AnswerError: another process holds it; with the words of `refusal`.
        EnvironmentFault: the folder cannot be used.
    """
    with disk_faults(path):
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _take_soon(fd):
            raise AnswerError(refusal)
        yield fd
    finally:
        os.close(fd)


def holder_says(path: Path, limit: int = 0) -> bytes | None:
    """The first `limit` bytes of what the holder of a lock has written, None if nobody holds it."""
    try:
        # Only to look: a card that is locked is looked at, too.
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        return None if _take(fd, fcntl.LOCK_SH) else os.pread(fd, limit, 0)
    finally:
        os.close(fd)


def _take_soon(fd: int) -> bool:
    """Somebody who only looks holds the lock for a moment, too."""
    for _ in range(TRIES):
        if _take(fd, fcntl.LOCK_EX):
            return True
        time.sleep(TRY_SECONDS)
    return False


def _take(fd: int, kind: int) -> bool:
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
