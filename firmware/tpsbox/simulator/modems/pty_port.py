"""A serial port without a wire: a pseudo-terminal as slow as its baud rate.

A pseudo-terminal passes bytes on at once, so the pace of the wire is kept here: ten bits a byte.
"""

from __future__ import annotations

import os
import pty
import select
import threading
import tty
from contextlib import suppress
from pathlib import Path

from tpsbox.errors import EnvironmentFault

LINE_LIMIT = 4096
CHUNK = 16
"""Bytes written between two looks at the pace."""
LOOK = 0.05
SPLIT_PAUSE = 0.2
NOISE = b"\xff\x00#~\xfe"


class Unplugged(Exception):
    """The port has gone, as if its cable were pulled."""


class Pace:
    """Time, `speed` times as fast as outside; `stop`, once set, ends every wait."""

    def __init__(self, speed: float, stop: threading.Event) -> None:
        self.stop = stop
        self._speed = speed

    def sleep(self, seconds: float) -> None:
        """Let so many seconds of the simulated world pass."""
        self.stop.wait(seconds / self._speed)


class PtyPort:
    """The modem's end of the wire; `link` is a stable name for the box's end, if wanted."""

    def __init__(self, baud: int, pace: Pace, link: Path | None = None) -> None:
        self.path = ""
        self.split = False
        self.noisy = False
        self._byte = 10 / baud
        self._pace = pace
        self._link = link
        self._ends: tuple[int, int] | None = None
        self._buffer = b""
        self._lock = threading.Lock()

    def open(self) -> None:
        """Make the port.

        Raises:
            EnvironmentFault: the link's name is taken, or cannot be made.
        """
        master, slave = pty.openpty()
        tty.setraw(slave)
        os.set_blocking(master, False)
        self.path = os.ttyname(slave)
        self._buffer = b""
        self._ends = (master, slave)
        if self._link is not None:
            self._make_link(self._link)

    def read_line(self) -> str | None:
        """The next command without its line end, None if there is none after a short while.

        Raises:
            Unplugged: the port has gone.
        """
        end = self._buffer.find(b"\n")
        if end < 0:
            self._receive()
            return None
        raw, self._buffer = self._buffer[:end], self._buffer[end + 1 :]
        self._pace.sleep((len(raw) + 1) * self._byte)
        return raw.decode("latin-1").rstrip("\r")

    def say(self, *lines: str) -> None:
        """Write lines at the pace of the wire; to a pulled cable it writes into the air."""
        for line in lines:
            data = f"{line}\r\n".encode("latin-1")
            with self._lock:
                if self.noisy:
                    self._write(NOISE + b"\r\n" + NOISE[:1])
                if self.split:
                    half = len(data) // 2
                    self._write(data[:half])
                    self._pace.sleep(SPLIT_PAUSE)
                    data = data[half:]
                self._write(data)

    def unplug(self) -> None:
        """Pull the cable."""
        ends, self._ends = self._ends, None
        for end in ends or ():
            os.close(end)
        if self._link is not None and self._link.is_symlink():
            self._link.unlink()

    def _receive(self) -> None:
        if self._ends is None:
            raise Unplugged
        try:
            if select.select([self._ends[0]], [], [], LOOK)[0]:
                self._buffer += os.read(self._ends[0], LINE_LIMIT)
        except (OSError, ValueError, TypeError) as error:
            raise Unplugged from error  # another thread has closed it meanwhile
        if b"\n" not in self._buffer:
            self._buffer = self._buffer[-LINE_LIMIT:]

    def _write(self, data: bytes) -> None:
        for start in range(0, len(data), CHUNK):
            chunk = data[start : start + CHUNK]
            self._pace.sleep(len(chunk) * self._byte)
            if self._ends is not None:
                with suppress(OSError):  # nobody reads: a real wire loses the bytes too
                    os.write(self._ends[0], chunk)

    def _make_link(self, link: Path) -> None:
        try:
            if link.is_symlink():
                link.unlink()  # left by a simulator that was killed
            link.symlink_to(self.path)
        except OSError as error:
            raise EnvironmentFault(
                f"{link}: cannot be made: {(error.strerror or 'unknown').lower()}"
            ) from error
