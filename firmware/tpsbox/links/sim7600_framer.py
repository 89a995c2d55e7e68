"""Takes apart what a SIM7600 says: lines, prompts without a line end, and messages by length.

A message that comes in may stand between any two lines (SIM7500/SIM7600 AT Command Manual V3.00,
chapter 16), its topic and payload as raw bytes of a stated length; a payload over 1,500 bytes
comes in several blocks.
"""

from __future__ import annotations

import re

import msgspec

PROMPT = ">"
LINE_LIMIT = 1024
"""Bytes; the longest line of the modem has 559. Noise without line ends is dropped beyond."""
TOPIC_LIMIT = 1024
PAYLOAD_LIMIT = 10_240
"""Bytes that the modem takes and gives as one payload."""

_BLOCK = re.compile(r"\+CMQTTRX(START|TOPIC|PAYLOAD|END): ?\d+(?:, ?(\d{1,5}))?(?:, ?(\d{1,5}))?$")


class Message(msgspec.Struct, frozen=True):
    """What the broker sent."""

    topic: str
    payload: bytes


class _Incoming:
    """A message of which some has come."""

    def __init__(self, topic: int, payload: int) -> None:
        self.lengths = topic, payload
        self.topic = bytearray()
        self.payload = bytearray()

    def whole(self) -> Message | None:
        if (len(self.topic), len(self.payload)) != self.lengths:
            return None
        return Message(self.topic.decode("utf-8", "replace"), bytes(self.payload))


class Framer:
    """Bytes in, lines and messages out, however the bytes were cut."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        """Whole messages, for the caller to take away."""
        self._buffer = bytearray()
        self._incoming: _Incoming | None = None
        self._into: bytearray | None = None
        self._missing = 0

    @property
    def amid(self) -> bool:
        """Whether raw bytes of a message are awaited."""
        return self._missing > 0

    def feed(self, data: bytes) -> None:
        """Take in what has come."""
        self._buffer += data

    def next(self, *, prompt: bool = False) -> str | None:
        """The next line that is not empty, printable characters only; None if there is none yet.

        With `prompt`, a `>` that stands alone is given as `PROMPT`.
        """
        while True:
            if self._missing and not self._take_raw():
                return None
            if prompt and self._take_prompt():
                return PROMPT
            line = self._take_line()
            if line is None:
                return None
            if line and not self._is_of_message(line):
                return line

    def give_up(self) -> None:
        """The rest of the raw bytes will not come: a damaged length, or lost bytes."""
        self._missing = 0
        self._incoming = None

    def _take_raw(self) -> bool:
        part = self._buffer[: self._missing]
        del self._buffer[: len(part)]
        self._missing -= len(part)
        if self._into is not None:
            self._into += part
        return self._missing == 0

    def _take_prompt(self) -> bool:
        """Whether a prompt stands first, or alone behind noise; it is taken away."""
        skipped = next((i for i, byte in enumerate(self._buffer) if 32 < byte < 127), 0)
        if self._buffer[skipped : skipped + 1] == b">":
            del self._buffer[: skipped + 1]
            return True
        if b"\n" not in self._buffer and self._buffer.rstrip(b" ").endswith(b">"):
            self._buffer.clear()
            return True
        return False

    def _take_line(self) -> str | None:
        end = self._buffer.find(b"\n")
        if end < 0:
            if len(self._buffer) > LINE_LIMIT:
                self._buffer.clear()
            return None
        raw = self._buffer[:end]
        del self._buffer[: end + 1]
        return "".join(chr(byte) for byte in raw if 32 <= byte < 127).strip()

    def _is_of_message(self, line: str) -> bool:
        match = _BLOCK.search(line)
        if match is None:
            return False
        length = int(match[2] or 0)
        match match[1]:
            case "START":
                payload = int(match[3] or 0)
                fits = length <= TOPIC_LIMIT and payload <= PAYLOAD_LIMIT
                self._incoming = _Incoming(length, payload) if fits else None
            case "TOPIC":
                into = None if self._incoming is None else self._incoming.topic
                self._expect(length, TOPIC_LIMIT, into)
            case "PAYLOAD":
                into = None if self._incoming is None else self._incoming.payload
                self._expect(length, PAYLOAD_LIMIT, into)
            case _:
                self._finish()
        return True

    def _expect(self, length: int, limit: int, into: bytearray | None) -> None:
        if length <= limit:  # a longer one is a damaged number: what follows is read as lines
            self._missing, self._into = length, into

    def _finish(self) -> None:
        incoming, self._incoming = self._incoming, None
        if incoming is not None and (message := incoming.whole()) is not None:
            self.messages.append(message)
