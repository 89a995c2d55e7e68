"""A kiosk on a table: simulated board and clock, a disk that can fill up, scenarios as text.

A scenario is a text file, one step a line; `#` begins a comment. The steps are the methods
`do_...` below: `press p2` calls `do_press("p2")`.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import msgspec
from kiosk_samples import PPWP, TPS, photo, ppwp_look
from tpsbox.board.ports import Outcome
from tpsbox.board.signals import SIGNALS
from tpsbox.board.simulated import (
    Faults,
    PressFile,
    open_simulated,
    read_answer,
    spool_press,
)
from tpsbox.forms.election import load_election
from tpsbox.kiosk.closing import newest_statement
from tpsbox.kiosk.kiosk import Kiosk
from tpsbox.kiosk.reader import RUN, Reader
from tpsbox.kiosk.standing import stand_all
from tpsbox.reading.model import load_model
from tpsbox.record.receipt import ReceiptKind
from tpsbox.record.statement import State
from tpsbox.store.files import Disk
from tpsbox.store.outbox import ItemKind
from tpsbox.store.store import Store

START = 1_700_000_000.0


class Cut(BaseException):
    """The power is gone: nothing may catch this and go on."""


class Card(Disk):
    """A memory card that can be full."""

    def __init__(self) -> None:
        self.full = False

    def _check(self) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def write(self, fd: int, data: bytes) -> None:
        self._check()
        super().write(fd, data)

    def commit(self, connection: sqlite3.Connection) -> None:
        self._check()
        super().commit(connection)


class Bench:
    """One box; `start` and `kill` it as often as needed, its folder stays."""

    def __init__(self, data: Path, enrol) -> None:
        self.data = data
        self.folder = data / "simulated"
        self.now = 0.0
        self.card = Card()
        self.election = load_election(PPWP)
        self.cut_while_reading = False
        self.crash_while_reading = False
        self.outcome: Outcome | None = None
        self._enrol = enrol
        with Store(data) as store:
            if not store.identity.exists():  # else a copied folder
                store.identity.create(TPS, PPWP, self.election.package)
        self.start()

    def start(self) -> None:
        self.store = Store(self.data, clock=self.wall, disk=self.card, sweep=True)
        self.store.events.add(RUN)
        self.board = open_simulated(self.folder, self.wall)
        self.reader = Reader(self.store, self.look)
        self.kiosk = Kiosk(
            self.store,
            self.election,
            self.board,
            self.reader,
            load_model().sha256,
            wall=self.wall,
            monotonic=lambda: self.now,
        )
        self.kiosk.start()

    def stop(self) -> None:
        self.store.close()

    def wall(self) -> float:
        return START + self.now

    def look(self, jpeg: bytes):
        if self.cut_while_reading:
            raise Cut
        if self.crash_while_reading:
            raise ZeroDivisionError("as some library may")
        return ppwp_look(jpeg)

    def run(self, text: str) -> None:
        for number, line in enumerate(text.splitlines(), start=1):
            words = line.partition("#")[0].split()
            if words:
                try:
                    getattr(self, f"do_{words[0]}")(*words[1:])
                except AssertionError as error:
                    raise AssertionError(f"line {number}: {line}: {error}") from error

    def _press(self, press: PressFile, jpeg: bytes | None) -> None:
        name = spool_press(self.folder, press, jpeg)
        self.outcome = None
        try:
            pressed = self.board.button.wait(0)
            assert pressed is not None and pressed.name == name
            self.kiosk.press(pressed)
            self.reader.read_all()
            self.kiosk.tick()
        except Cut:
            self.stop()
            return
        self.outcome = read_answer(self.folder, name)

    def do_press(self, name: str = "") -> None:
        self._press(PressFile(), photo(name) if name else None)

    def do_attach(self, name: str) -> None:
        self._press(PressFile(attachment=True), photo(name))

    def do_hold(self, seconds: str) -> None:
        self._press(PressFile(held=float(seconds)), None)

    def do_wait(self, seconds: str) -> None:
        self.now += float(seconds)
        self.kiosk.tick()
        self.reader.read_all()
        self.kiosk.tick()

    def do_camera(self, *faults: str) -> None:
        (self.folder / "faults.json").write_bytes(msgspec.json.encode(Faults(faults)))

    def do_disk(self, state: str) -> None:
        self.card.full = {"full": True, "free": False}[state]

    def do_power(self, *words: str) -> None:
        """`cut while reading`: at the next photo; `on`, or `on and off`: cut again in reading."""
        if words == ("cut", "while", "reading"):
            self.cut_while_reading = True
            return
        self.cut_while_reading = words == ("on", "and", "off")
        self.start()
        try:
            self.reader.read_all()
            self.kiosk.tick()
        except Cut:
            self.stop()

    def do_reading(self, state: str) -> None:
        self.crash_while_reading = {"crashes": True, "works": False}[state]

    def do_enrol(self) -> None:
        self._enrol(self.store)

    def do_confirm(self, name: str) -> None:
        self._say(name, "confirm", self._field(name).number)

    def do_correct(self, name: str, value: str) -> None:
        self._say(name, "correct", None if value == "kosong" else int(value))

    def do_centre(self, answer: str, what: str) -> None:
        """`centre stored result` (or `all`): what the uplink writes down after a receipt."""
        with Store(self.data, clock=self.wall) as other:
            for item in other.outbox.list():
                if what == "all" or item.kind is ItemKind(what):
                    other.outbox.store_receipt(item.id, ReceiptKind[answer.upper()], b"receipt")
        self.kiosk.tick()

    def do_expect(self, what: str, *words: str) -> None:
        getattr(self, f"expect_{what}")(*words)

    def expect_camera(self, signal: str) -> None:
        self._expect_light("camera", signal)

    def expect_tick(self, signal: str) -> None:
        self._expect_light("tick", signal)

    def expect_cloud(self, signal: str) -> None:
        self._expect_light("cloud", signal)

    def expect_outcome(self, kind: str, *more: str) -> None:
        assert self.outcome is not None, "no answer to the press"
        found = (self.outcome.kind, *filter(None, (self.outcome.reason,)))
        assert found[: len(more) + 1] == (kind, *more), self.outcome

    def expect_value(self, name: str, value: str, state: str, *reasons: str) -> None:
        field = self._field(name)
        number = "kosong" if field.number is None else str(field.number)
        assert (number, field.state) == (value, State[state.upper()]), field
        for reason in reasons:
            assert reason in [str(r) for r in field.read.reasons], field.read

    def expect_results(self, count: str) -> None:
        assert len(self.store.results.list()) == int(count)

    def expect_newest(self, number: str, state: str) -> None:
        """The newest result's number, and whether its contest is open or closed."""
        statement = newest_statement(self.store, self.election)
        assert statement.number == int(number)
        assert statement.contests[0].closed == {"open": False, "closed": True}[state]

    def expect_photos(self, count: str) -> None:
        kept = list((self.data / "photos").glob("*/*.jpg"))
        assert len(kept) == int(count), kept

    def expect_queued(self, kind: str, count: str) -> None:
        items = [item for item in self.store.outbox.list() if item.kind is ItemKind(kind)]
        assert len(items) == int(count), f"{len(items)} queued"

    def expect_event(self, name: str) -> None:
        assert name in [event.name for event in self.store.events.list()]

    def _expect_light(self, light: str, signal: str) -> None:
        shown = msgspec.json.decode((self.folder / "lights.json").read_bytes())[light]
        assert shown["signal"] == signal, shown
        assert shown["pattern"] in {entry.pattern for entry in SIGNALS.values()}

    def _field(self, name: str):
        key, _, field = name.partition(".")
        (contest,) = (c for c in stand_all(self.store, self.election) if c.key == key)
        return contest.standing(field)

    def _say(self, name: str, kind: str, value: int | None) -> None:
        """As the command does it: from another process."""
        key, _, field = name.partition(".")
        with Store(self.data, clock=self.wall) as other:
            other.words.add(key, field, kind, value)
        self.kiosk.tick()
