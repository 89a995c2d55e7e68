"""A kiosk on a table: simulated board and clock, a disk that can fail; does scenarios.

Each step of the language (scenario.py) is a method `do_...` or `expect_...` of the bench.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from kiosk_samples import PPWP, TPS, photo, ppwp_look
from scenario import play
from tpsbox.board.ports import Board, Outcome
from tpsbox.board.signals import SIGNALS
from tpsbox.board.simulated import open_simulated
from tpsbox.board.spooled import (
    PressFile,
    quiet_faults,
    read_answer,
    spool_press,
    write_faults,
)
from tpsbox.forms.election import load_election
from tpsbox.kiosk.closing import newest_statement
from tpsbox.kiosk.condition import Condition
from tpsbox.kiosk.kiosk import Kiosk
from tpsbox.kiosk.reader import RUN, Reader
from tpsbox.kiosk.standing import stand_all
from tpsbox.reading.model import load_model
from tpsbox.record.receipt import ReceiptKind
from tpsbox.record.statement import Clock, State
from tpsbox.store.files import Disk
from tpsbox.store.linkstate import LinkCondition
from tpsbox.store.outbox import ItemKind
from tpsbox.store.store import Store

START = 1_700_000_000.0


class Cut(BaseException):
    """The power is gone: nothing may catch this and go on."""


class Card(Disk):
    """A memory card that fails from a call on; `left` counts the calls until then."""

    def __init__(self) -> None:
        self.left = -1
        self.error = errno.ENOSPC

    def _check(self) -> None:
        if self.left > 0:
            self.left -= 1
        if self.left == 0:
            raise OSError(self.error, os.strerror(self.error))

    def make_folder(self, path: Path) -> None:
        self._check()
        super().make_folder(path)

    def write(self, fd: int, data: bytes) -> None:
        self._check()
        super().write(fd, data)

    def sync(self, fd: int) -> None:
        self._check()
        super().sync(fd)

    def rename(self, old: Path, new: Path) -> None:
        self._check()
        super().rename(old, new)

    def commit(self, connection: sqlite3.Connection) -> None:
        self._check()
        super().commit(connection)


class Bench:
    """One box; `start` and `kill` it as often as needed, its folder stays."""

    def __init__(self, data: Path, enrol) -> None:
        self.data = data
        self.folder = data / "simulated"
        self.now = 0.0
        self.clock_off = 0.0
        self.condition: Condition | None = None
        self._heard = 0
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
        self.kiosk = self.kiosk_with(self.board)
        self.kiosk.start()

    def kiosk_with(self, board: Board) -> Kiosk:
        return Kiosk(
            self.store,
            self.election,
            board,
            self.reader,
            load_model().sha256,
            wall=self.wall,
            monotonic=lambda: self.now,
            tell=self._tell,
        )

    def stop(self) -> None:
        self.store.close()

    def wall(self) -> float:
        return START + self.now + self.clock_off

    def _tell(self, condition: Condition) -> None:
        self.condition = condition

    def look(self, jpeg: bytes):
        if self.cut_while_reading:
            raise Cut
        if self.crash_while_reading:
            raise ZeroDivisionError("as some library may")
        return ppwp_look(jpeg)

    def run(self, text: str) -> None:
        play(text, self)

    def _press(self, press: PressFile, jpeg: bytes | None, count: int = 1) -> None:
        names = [spool_press(self.folder, press, jpeg) for _ in range(count)]
        self.outcome = None
        try:
            pressed = self.board.button.wait(0)
            assert pressed is not None and pressed.name == names[0]
            self.kiosk.press(pressed)
            self.reader.read_all()
            self.kiosk.tick()
        except Cut:
            self.stop()
            return
        self.outcome = read_answer(self.folder, names[0])
        dropped = [read_answer(self.folder, name) for name in names[1:]]
        assert [outcome.kind for outcome in dropped] == ["busy"] * (count - 1)

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

    def do_presses(self, name: str, count: str) -> None:
        self._press(PressFile(), photo(name), int(count))

    def do_camera(self, *words: str) -> None:
        if words[0] in ("unplugged", "plugged"):
            self._fault(unplugged=words[0] == "unplugged")
        else:
            self._fault(camera=words)

    def do_button(self, state: str) -> None:
        self._fault(stuck={"stuck": True, "free": False}[state])

    def do_lights(self, *words: str) -> None:
        self._fault(lights=() if words == ("work",) else words)

    def do_supply(self, state: str) -> None:
        self._fault(weak_power={"weak": True, "good": False}[state])

    def do_clock(self, year: str) -> None:
        self.clock_off = 0.0
        if year != "right":
            self.clock_off = datetime(int(year), 1, 1, tzinfo=UTC).timestamp() - self.wall()

    def do_disk(self, state: str, call: str = "1") -> None:
        errors = {"full": errno.ENOSPC, "read-only": errno.EROFS, "fails": errno.EIO}
        self.card.left = -1 if state == "works" else int(call)
        self.card.error = errors.get(state, 0)

    def _fault(self, **changes: object) -> None:
        write_faults(self.folder, msgspec.structs.replace(quiet_faults(self.folder), **changes))

    def do_power(self, *words: str) -> None:
        """`off`; `cut while reading`: at the next photo; `on`; `on and off`: again in reading."""
        if words == ("cut", "while", "reading"):
            self.cut_while_reading = True
            return
        if words == ("off",):
            self.stop()
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

    def do_link(self, name: str, state: str) -> None:
        with Store(self.data, clock=self.wall) as other:
            other.links.set(name, LinkCondition[state.upper()])
        self.kiosk.tick()

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

    def expect_notice(self, name: str) -> None:
        notice = self.kiosk.shown.notice
        assert (notice.value if notice else "none") == name, notice

    def expect_sound(self, name: str) -> None:
        path = self.folder / "sounds.jsonl"
        lines = path.read_bytes().splitlines() if path.exists() else []
        heard = [msgspec.json.decode(line)["sound"] for line in lines][self._heard :]
        self._heard += len(heard)
        assert (heard[-1] if heard else "none") == name, heard

    def expect_problem(self, code: str) -> None:
        codes = [problem.code for problem in self.condition.problems]
        assert code in codes if code != "none" else not codes, codes

    def expect_stamp(self, clock: str) -> None:
        assert self.store.sheets.list()[-1].clock is Clock[clock.upper()]

    def expect_newest_stamp(self, clock: str) -> None:
        assert newest_statement(self.store, self.election).clock is Clock[clock.upper()]

    def expect_off(self) -> None:
        assert self.kiosk.finished
        assert self.board.power.off() == 0.0
        assert (self.folder / "power.jsonl").exists()

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
