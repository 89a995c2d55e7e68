"""The wire of a simulated SIM7600: commands end with CR, and raw data go both ways."""

from __future__ import annotations

import time

from tpsbox.simulator.modems.pty_port import NOISE, SPLIT_PAUSE, PtyPort

ENTRY_SECONDS = 20.0
"""Seconds without a byte after which the modem no longer waits for the rest of its data."""


class AtPtyPort(PtyPort):
    """A pseudo-terminal that speaks in V.250 lines: `<CR><LF>text<CR><LF>`."""

    def read_line(self) -> str | None:
        """The next command without its CR, None if there is none after a short while.

        Raises:
            Unplugged: the port has gone.
        """
        self._buffer = self._buffer.lstrip(b"\n")
        end = self._buffer.find(b"\r")
        if end < 0:
            self._receive()
            return None
        raw, self._buffer = self._buffer[:end], self._buffer[end + 1 :]
        self._pace.sleep((len(raw) + 1) * self._byte)
        return raw.decode("latin-1")

    def read_data(self, length: int) -> bytes | None:
        """So many raw bytes, None if they do not come.

        Raises:
            Unplugged: the port has gone.
        """
        data = bytearray()
        heard_at = time.monotonic()
        while len(data) < length:
            if not self._buffer:
                self._receive()
            part = self._buffer[: length - len(data)]
            self._buffer = self._buffer[len(part) :]
            data += part
            self._pace.sleep(len(part) * self._byte)
            if part:
                heard_at = time.monotonic()
            elif self._pace.stop.is_set() or time.monotonic() - heard_at > ENTRY_SECONDS:
                return None
        return bytes(data)

    def say(self, *lines: str) -> None:
        """Write lines, each with a line end before and after it."""
        for line in lines:
            noise = NOISE + b"\r\n" + NOISE[:1] if self.noisy else b""
            self.put(noise + f"\r\n{line}\r\n".encode("latin-1"))

    def prompt(self) -> None:
        """Ask for data: a `>` without a line end."""
        self.put(b"\r\n>")

    def put(self, data: bytes) -> None:
        """Write raw bytes in one piece."""
        with self._lock:
            if self.split:
                half = len(data) // 2
                self._write(data[:half])
                self._pace.sleep(SPLIT_PAUSE)
                data = data[half:]
            self._write(data)
