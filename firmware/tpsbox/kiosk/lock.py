"""One kiosk a box: the lock that says whether it runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tpsbox.store.lock import hold, holder_says

LOCK = "kiosk.lock"

SERVING = b"serving\n"
"""The file of the lock begins so once presses are taken; how the kiosk is may follow."""
SPACE = 4096
"""Bytes of the file from the start on, so that a full disk still takes what is said later."""


@contextmanager
def kiosk_lock(data: Path) -> Iterator[Callable[[bytes], None]]:
    """Hold the lock while the kiosk runs; the system lets go of it however the process ends.

    Call what it gives with SERVING once presses are taken, then with SERVING and whatever else is
    to be known; it fails silently, since nothing depends on it.

    Raises:
        AnswerError: another kiosk runs on this folder.
        EnvironmentFault: the folder cannot be used.
    """
    with hold(data / LOCK, f"{data}: a kiosk runs on this folder already") as fd:
        with suppress(OSError):
            os.pwrite(fd, bytes(SPACE), 0)

        def say(text: bytes) -> None:
            with suppress(OSError):
                os.pwrite(fd, text[:SPACE].ljust(SPACE, b"\0"), 0)

        yield say


def kiosk_runs(data: Path) -> bool:
    """Whether a kiosk holds the lock of that folder, be it still starting."""
    return kiosk_says(data) is not None


def kiosk_serves(data: Path) -> bool:
    """Whether a kiosk takes presses in that folder."""
    return (kiosk_says(data) or b"").startswith(SERVING)


def kiosk_says(data: Path) -> bytes | None:
    """What the holder of the lock has written, None if nobody holds it."""
    said = holder_says(data / LOCK, SPACE)
    return None if said is None else said.rstrip(b"\0")
