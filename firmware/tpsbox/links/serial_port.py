"""Lines of text to and from a modem on a serial port, whatever else comes along.

pyserial's own readline gives half a line when its time is up, so lines are put together here.
Every wait has an end, and a closing link ends all of them.
"""

from __future__ import annotations

import errno
import select
import threading
from collections.abc import Callable
from pathlib import Path

import serial  # type: ignore[import-untyped]

from tpsbox.links.port import StopLink, WaitForNetwork

LINE_LIMIT = 1024
"""Bytes; the longest line of a modem has some 600. Noise without line ends is dropped beyond."""
READ_SLICE = 0.05
"""Seconds of one look at the port."""
FLOOD = 1.0
"""Seconds after a deadline in which lines that are already there are still read."""
WRITE_TIMEOUT = 5.0
"""Seconds; 528 bytes, the longest command, take 0.6 s at 9600 baud."""


class SerialLine:
    """One port, 8N1. `clock` gives monotonic seconds; `stop`, once set, ends every wait."""

    def __init__(
        self, path: str, baud: int, clock: Callable[[], float], stop: threading.Event
    ) -> None:
        self.path = path
        self.clock = clock
        self._baud = baud
        self._stop = stop
        self._port: serial.Serial | None = None
        self._buffer = bytearray()

    def open(self) -> None:
        """Take the port for this program alone.

        Raises:
            WaitForNetwork: it is not there, or another program has it.
            StopLink: this user may not use it.
        """
        self.close()
        try:
            self._port = serial.Serial(
                self.path,
                self._baud,
                timeout=READ_SLICE,
                write_timeout=WRITE_TIMEOUT,
                exclusive=True,
            )
        except (serial.SerialException, OSError, ValueError) as error:
            raise self._opening_fault(error) from error

    def write(self, command: str) -> None:
        """Send one line.

        Raises:
            WaitForNetwork: the modem is gone.
        """
        self.write_data(command.encode("ascii") + b"\r\n")

    def write_data(self, data: bytes) -> None:
        """Send raw bytes.

        Raises:
            WaitForNetwork: the modem is gone.
        """
        try:
            self._opened().write(data)
        except (serial.SerialException, OSError) as error:
            raise self._gone() from error

    def read(self, deadline: float) -> str | None:
        """The next line that is not empty, printable characters only; None after `deadline`.

        Raises:
            WaitForNetwork: the modem is gone, or the link is being closed.
        """
        while self.clock() <= deadline + FLOOD:
            line = self._next_line()
            if line:
                return line
            if line is None:
                late = self.clock() >= deadline
                if not self._receive(0.0 if late else READ_SLICE) and late:
                    return None
        return None

    def close(self) -> None:
        """Give the port back; never raises."""
        port, self._port = self._port, None
        self._buffer.clear()
        if port is not None:
            try:
                port.close()
            except (serial.SerialException, OSError):
                return

    def _next_line(self) -> str | None:
        end = self._buffer.find(b"\n")
        if end < 0:
            return None
        raw = self._buffer[:end]
        del self._buffer[: end + 1]
        return "".join(chr(byte) for byte in raw if 32 <= byte < 127).strip()

    def _receive(self, seconds: float) -> bool:
        """Take in what comes within so many seconds; whether anything did."""
        if self._stop.is_set():
            raise WaitForNetwork(f"{self.path}: the link is being closed")
        port = self._opened()
        try:
            if not select.select([port.fileno()], [], [], seconds)[0]:
                return False
            data = port.read(max(1, port.in_waiting))  # raises if the modem is gone
        except (serial.SerialException, OSError) as error:
            raise self._gone() from error
        self._take_in(data)
        return True

    def _take_in(self, data: bytes) -> None:
        self._buffer += data
        if b"\n" not in self._buffer and len(self._buffer) > LINE_LIMIT:
            self._buffer.clear()

    def _opened(self) -> serial.Serial:
        if self._port is None:
            raise WaitForNetwork(f"{self.path}: the modem's port is not open")
        return self._port

    def _gone(self) -> WaitForNetwork:
        return WaitForNetwork(f"{self.path}: the modem is gone: look at its cable")

    def _opening_fault(self, error: Exception) -> WaitForNetwork | StopLink:
        code = getattr(error, "errno", None)
        if code in (errno.EACCES, errno.EPERM):
            return StopLink(f"{self.path}: not allowed: put this user into the group dialout")
        if code == errno.EAGAIN or "exclusively lock" in str(error):
            return WaitForNetwork(f"{self.path}: another program uses the modem: stop that one")
        if not Path(self.path).exists():
            return WaitForNetwork(f"{self.path}: no modem there: plug it in")
        return WaitForNetwork(f"{self.path}: cannot be opened as a serial port: look at its cable")
