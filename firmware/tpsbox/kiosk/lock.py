"""One kiosk a box: the lock that says whether it runs."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tpsbox.errors import AnswerError
from tpsbox.store.files import disk_faults

LOCK = "kiosk.lock"

TRIES, TRY_SECONDS = 10, 0.05


@contextmanager
def kiosk_lock(data: Path) -> Iterator[None]:
    """Hold the lock while the kiosk runs; the system lets go of it however the process ends.

    Raises:
        AnswerError: another kiosk runs on this folder.
        EnvironmentFault: the folder cannot be used.
    """
    path = data / LOCK
    with disk_faults(path):
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _take_soon(fd):
            raise AnswerError(f"{data}: a kiosk runs on this folder already")
        yield
    finally:
        os.close(fd)


def kiosk_runs(data: Path) -> bool:
    """Whether a kiosk holds the lock of that folder."""
    try:
        fd = os.open(data / LOCK, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not _take(fd, fcntl.LOCK_SH)
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
