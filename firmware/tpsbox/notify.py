"""What systemd hears from a process of the box: that it serves, that it is alive, and how it is.

The protocol of sd_notify(3): lines in a datagram to the socket that NOTIFY_SOCKET names. Started by
anything else than systemd there is no such socket, and nothing is said.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress

PULSE = 5.0
"""Seconds between two signs of life; the units kill a process after many times that."""

Alive = Callable[[Callable[[], str]], None]
"""To be called in every turn of a main loop, with what tells how the process is."""


def silent(words: Callable[[], str]) -> None:
    """For a loop that nobody listens to."""


class Notifier:
    """One process's line to systemd."""

    def __init__(
        self, address: str | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`address`: the socket, by default as the environment names it; `clock` in seconds."""
        self._address = os.environ.get("NOTIFY_SOCKET", "") if address is None else address
        self._clock = clock
        self._last: float | None = None

    def alive(self, words: Callable[[], str]) -> None:
        """The main loop has come round; the first time this also says that the process serves.

        `words` gives one line for `systemctl status`; it is asked once in `PULSE` seconds at most.
        """
        now = self._clock()
        if not self._address or (self._last is not None and now - self._last < PULSE):
            return
        lines = ["WATCHDOG=1", "STATUS=" + words().replace("\n", " ")]
        if self._last is None:
            lines.insert(0, "READY=1")
        self._last = now
        self._send("\n".join(lines))

    def _send(self, text: str) -> None:
        # A name in the abstract namespace is written with @ for its leading zero byte.
        name = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        # A sign of life that cannot be given is no reason to stop: systemd will act on its absence.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(text.encode(), name)
