"""One kiosk a box: the lock that says whether it runs."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tpsbox.errors import AnswerError
from tpsbox.store.files import disk_faults

LOCK = "kiosk.lock"

SERVING = b"serving\n"
"""The file of the lock begins so once presses are taken; how the kiosk is may follow."""
SPACE = 4096
"""Bytes of the file from the start on, so that a full disk still takes what is said later."""

TRIES, TRY_SECONDS = 10, 0.05


@contextmanager
def kiosk_lock(data: Path) -> Iterator[Callable[[bytes], None]]:
    """Hold the lock while the kiosk runs; the system lets go of it however the process ends.

    Call what it gives with SERVING once presses are taken, then with SERVING and whatever else is
    to be known; it fails silently, since nothing depends on it.

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
        with suppress(OSError):
            os.pwrite(fd, bytes(SPACE), 0)

        def say(text: bytes) -> None:
            with suppress(OSError):
                os.pwrite(fd, text[:SPACE].ljust(SPACE, b"\0"), 0)

        yield say
    finally:
        os.close(fd)


def kiosk_runs(data: Path) -> bool:
    """Whether a kiosk holds the lock of that folder, be it still starting."""
    return kiosk_says(data) is not None


def kiosk_serves(data: Path) -> bool:
    """Whether a kiosk takes presses in that folder."""
    return (kiosk_says(data) or b"").startswith(SERVING)


def kiosk_says(data: Path) -> bytes | None:
    """What the holder of the lock has written, None if nobody holds it."""
    try:
        fd = os.open(data / LOCK, os.O_RDWR | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        return None if _take(fd, fcntl.LOCK_SH) else os.pread(fd, SPACE, 0).rstrip(b"\0")
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
