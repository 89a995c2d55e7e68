"""What both modems' drivers share: a line, patience, and the downlinks that came along."""

from __future__ import annotations

import binascii
import logging
from collections.abc import Iterator

from tpsbox.links.lora_modem import Downlink, Patience
from tpsbox.links.serial_port import SerialLine

log = logging.getLogger(__name__)

TRIES = 3
"""How often a command without a usable answer is repeated: noise takes one now and then."""
UNASKED = 100
"""Lines that a modem may have said between two commands; one that says more is babbling."""


class Dialogue:
    """The line of a modem, and the downlinks found between its replies."""

    def __init__(self, line: SerialLine, patience: Patience) -> None:
        self.line = line
        self.patience = patience
        self._heard: list[Downlink] = []

    def read(self, deadline: float) -> str | None:
        """The next line, None after `deadline` (monotonic seconds)."""
        return self.line.read(deadline)

    def waiting(self) -> Iterator[str]:
        """The lines that have come unasked, as many as there can be if the modem is well."""
        for _ in range(UNASKED):
            line = self.line.read(self.line.clock())
            if line is None:
                return
            yield line

    def until(self, seconds: float) -> float:
        """The deadline that lies so far ahead."""
        return self.line.clock() + seconds

    def heard(self, port: str, hex_text: str) -> None:
        """Keep a downlink; one that noise has damaged is dropped."""
        try:
            data = binascii.unhexlify(hex_text.replace(" ", ""))
        except binascii.Error:
            log.warning("%s: a damaged downlink was dropped", self.line.path)
            return
        self._heard.append(Downlink(int(port), data))

    def take(self) -> tuple[Downlink, ...]:
        """The downlinks since the last call."""
        heard, self._heard = tuple(self._heard), []
        return heard
