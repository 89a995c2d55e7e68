"""The serial port of a SIM7600: commands end with CR alone, data follows a prompt as raw bytes."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tpsbox.links.serial_port import FLOOD, READ_SLICE, SerialLine
from tpsbox.links.sim7600_framer import Framer, Message

RAW_PATIENCE = 3.0
"""Seconds without a byte in the middle of a message; a block of 1,500 takes 0.13 s at 115200."""


class AtPort(SerialLine):
    """As every modem's line, but prompts and incoming messages are told from lines."""

    def __init__(
        self, path: str, baud: int, clock: Callable[[], float], stop: threading.Event
    ) -> None:
        super().__init__(path, baud, clock, stop)
        self._framer = Framer()
        self._heard_at = 0.0

    def open(self) -> None:
        """Take the port for this program alone; errors as for every modem."""
        self._framer = Framer()
        super().open()

    def write(self, command: str) -> None:
        """Send one line, ended by CR alone: after it, an LF would be the first byte of the data.

        Raises:
            WaitForNetwork: the modem is gone.
        """
        self.write_data(command.encode("ascii") + b"\r")

    def read(self, deadline: float, *, prompt: bool = False) -> str | None:
        """The next line, or a prompt if one is awaited; None after `deadline`.

        Raises:
            WaitForNetwork: the modem is gone, or the link is being closed.
        """
        while self.clock() <= deadline + FLOOD:
            line = self._framer.next(prompt=prompt)
            if line is not None:
                return line
            late = self.clock() >= deadline
            if not self._receive(0.0 if late else READ_SLICE):
                if self._framer.amid and self.clock() - self._heard_at > RAW_PATIENCE:
                    self._framer.give_up()
                elif late:
                    return None
        return None

    def take_messages(self) -> tuple[Message, ...]:
        """The messages that have come in since the last call."""
        found, self._framer.messages = tuple(self._framer.messages), []
        return found

    def _take_in(self, data: bytes) -> None:
        self._framer.feed(data)
        self._heard_at = self.clock()
