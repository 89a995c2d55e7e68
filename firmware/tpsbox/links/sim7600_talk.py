"""One command at a time with a SIM7600, through both orders of its final lines.

A command that works in the background ends with two lines, `OK` or `ERROR` and `+WORD: code`, and
which comes first differs between firmwares (AT Command Manual V3.00, chapter 16, lists all
orders). Both are waited for; the first `OK` alone means nothing.
"""

from __future__ import annotations

import re

import msgspec

from tpsbox.links.port import WaitForNetwork
from tpsbox.links.sim7600_framer import PROMPT, Message
from tpsbox.links.sim7600_port import AtPort

TRIES = 3
"""How often a plain command without an answer is repeated."""
GRACE = 1.0
"""Seconds for the second of two final lines once the first says that it went wrong."""
FAILED = 1
"""The modem's code for an error without a reason."""

_LOST = (
    (re.compile(r"\+CMQTTCONNLOST: ?\d+, ?\d"), "the connection to the broker was lost"),
    (re.compile(r"\+CMQTTPING: ?\d+, ?[1-9]"), "the broker does not answer a ping"),
    (re.compile(r"\+CMQTTNONET"), "the network was lost"),
    (re.compile(r"\+CIPEVENT: NETWORK CLOSED"), "the network was lost"),
    # Not SMS DONE or PB DONE: these come up to half a minute after a start.
    (re.compile(r"^RDY$"), "the modem has started anew"),
)


class Patience(msgspec.Struct, frozen=True):
    """Seconds after which silence counts as an answer."""

    reply: float = 5.0
    """To a command that needs no network."""
    network: float = 60.0
    """Until the modem is registered."""
    service: float = 125.0
    """To start, connect, subscribe and stop; the manual says 120 at most."""
    publish: float = 75.0
    """To a publish; the modem itself is told 60."""
    word: float = 1.0
    """For the retained word of the centre after subscribing."""


class Reply(msgspec.Struct, frozen=True):
    """What a plain command got: its lines, and why it was refused if it was."""

    lines: tuple[str, ...]
    error: str = ""

    def text(self, word: str) -> str | None:
        """What stands behind `+WORD:` in the first such line."""
        for line in self.lines:
            _, found, text = line.partition(f"+{word}:")
            if found:
                return text.strip()
        return None


class Talk:
    """The dialogue with one modem."""

    def __init__(self, line: AtPort, patience: Patience) -> None:
        self.line = line
        self.patience = patience
        self.lost = ""
        """Why the connection is gone, as the modem said unasked; empty while it stands."""

    def ask(self, command: str, word: str = "") -> Reply:
        """A command that is answered at once, and may be repeated.

        With `word`, an `OK` before a line `+WORD:` belongs to something earlier and is passed over.

        Raises:
            WaitForNetwork: the modem is silent or gone.
        """
        for _ in range(TRIES):
            self._drain(0.0)
            self.line.write(command)
            lines: list[str] = []
            deadline = self._until(self.patience.reply)
            while (line := self.line.read(deadline)) is not None:
                if line == "OK":
                    reply = Reply(tuple(lines))
                    if not word or reply.text(word) is not None:
                        return reply
                    continue
                if (error := _refusal(line)) is not None:
                    return Reply(tuple(lines), error)
                self._note(line)
                lines.append(line)
        raise self._silent()

    def transact(self, command: str, word: str, seconds: float, data: bytes | None = None) -> int:
        """A command that ends with `+WORD: code`; the code, 0 if it is done.

        Raises:
            WaitForNetwork: the modem is silent or gone.
        """
        return self._run(command, word, seconds, data, coded=True)

    def enter(self, command: str, word: str, data: bytes) -> int:
        """A command whose data follow a prompt and end with `OK`; 0, or the code of its refusal.

        Raises:
            WaitForNetwork: the modem is silent or gone.
        """
        return self._run(command, word, self.patience.reply, data, coded=False)

    def listen(self, seconds: float) -> tuple[Message, ...]:
        """Take in for so many seconds what comes unasked; the messages among it.

        Raises:
            WaitForNetwork: the modem is gone, or the link is being closed.
        """
        self._drain(seconds)
        return self.line.take_messages()

    def _run(
        self, command: str, word: str, seconds: float, data: bytes | None, *, coded: bool
    ) -> int:
        self._drain(0.0)
        self.line.write(command)
        deadline = self._until(seconds)
        ending = _Ending(word, coded)
        if data is not None:
            self._await(ending, self._until(self.patience.reply), prompt=True)
            if not ending.prompted:
                return self._code(ending)
            self.line.write_data(data)
        self._await(ending, deadline, prompt=False)
        return self._code(ending)

    def _await(self, ending: _Ending, deadline: float, *, prompt: bool) -> None:
        while not ending.complete:
            line = self.line.read(deadline, prompt=prompt)
            if line is None:
                return
            if prompt and line == PROMPT:
                ending.prompted = True
                return
            if prompt and line == "OK":
                continue  # the late end of something earlier: what asks for data prompts first
            if not ending.take(line):
                self._note(line)
            if ending.wrong or self.lost:
                deadline = min(deadline, self._until(GRACE))

    def _code(self, ending: _Ending) -> int:
        if ending.code is not None:
            return ending.code
        if ending.final == "ERROR":
            return FAILED
        if ending.final == "OK" and not ending.coded:
            return 0
        if self.lost:
            raise WaitForNetwork(f"{self.line.path}: {self.lost}")
        raise self._silent()

    def _drain(self, seconds: float) -> None:
        deadline = self._until(seconds)
        while (line := self.line.read(deadline)) is not None:  # ends soon even if it babbles
            self._note(line)

    def _note(self, line: str) -> None:
        for pattern, reason in _LOST:
            if pattern.search(line):
                self.lost = self.lost or reason

    def _until(self, seconds: float) -> float:
        return self.line.clock() + seconds

    def _silent(self) -> WaitForNetwork:
        return WaitForNetwork(
            f"{self.line.path}: the modem is silent: look at cable, port and baud rate"
        )


class _Ending:
    """The final lines of a command, as far as they have come."""

    def __init__(self, word: str, coded: bool) -> None:
        self._pattern = re.compile(rf"\+{word}: ?(?:\d+, ?)?(\d{{1,3}})$")
        self.coded = coded
        self.code: int | None = None
        self.final = ""
        self.prompted = False

    def take(self, line: str) -> bool:
        """Whether a line was one of them."""
        if line == "OK":
            self.final = "OK"
        elif _refusal(line) is not None:
            self.final = "ERROR"
        elif (match := self._pattern.search(line)) is not None:
            self.code = int(match[1])
        else:
            return False
        return True

    @property
    def wrong(self) -> bool:
        return self.final == "ERROR" or bool(self.code)

    @property
    def complete(self) -> bool:
        if self.final == "OK" and not self.coded:
            return True
        return bool(self.final) and self.code is not None


def _refusal(line: str) -> str | None:
    if line == "ERROR":
        return "ERROR"
    _, found, text = line.partition("+CME ERROR:")
    return text.strip() if found else None
