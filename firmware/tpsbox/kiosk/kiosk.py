"""The kiosk: follows the machine's table, does what it says, answers every press.

It never ends by itself. Whatever goes wrong is shown by the camera light, said in one line of the
log and, where the disk still takes it, in the audit log; then it goes on.
"""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable
from contextlib import suppress

from tpsbox.board.ports import Board, Outcome, Press
from tpsbox.board.signals import Shown
from tpsbox.errors import TpsError
from tpsbox.forms.election import Election
from tpsbox.kiosk import says
from tpsbox.kiosk.closing import Closing, close
from tpsbox.kiosk.lights import Holdings, holdings, signals
from tpsbox.kiosk.machine import Action, Event, Machine, State
from tpsbox.kiosk.reader import Done, Reader
from tpsbox.kiosk.standing import stand_all
from tpsbox.kiosk.take import adopt_orphans, take_attachment, take_sheet
from tpsbox.store.store import Store

log = logging.getLogger(__name__)

RETRY_SECONDS = 30.0
"""How often a photo that a fault left unread is tried again without a press."""


class Kiosk:
    """One box at work. All calls come from one thread; only `reader` may run beside it."""

    def __init__(
        self,
        store: Store,
        election: Election,
        board: Board,
        reader: Reader,
        model: bytes,
        *,
        wall: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        """`model` is the SHA-256 of the reading model; `wall` gives unix seconds."""
        self.machine = Machine(monotonic)
        self._store = store
        self._election = election
        self._board = board
        self._reader = reader
        self._model = model
        self._wall = wall
        self._monotonic = monotonic
        self._asked: dict[int, Press] = {}
        self._held = Holdings()
        self._shown: Shown | None = None
        self._seen: tuple[State, int] | None = None
        self._retry_at = monotonic() + RETRY_SECONDS

    @property
    def shown(self) -> Shown | None:
        """What the lights show now, None before the first time."""
        return self._shown

    def start(self) -> None:
        """Take up what a power cut left: photos kept and not read."""
        try:
            adopted = adopt_orphans(self._store)
            if adopted:
                log.warning("%d photos had no row yet; they are read now", adopted)
        except Exception as fault:
            self._fail(None, fault)
        self._reader.wake()
        self._refresh(changed=True)

    def press(self, press: Press) -> None:
        """Do what a press asks for."""
        event = Event.PRESS_ATTACHMENT if press.attachment else Event.PRESS
        self._do(self.machine.step(Event.HOLD if press.closes else event), press)

    def notice(self, fault: Exception) -> None:
        """A part of the board failed by itself; said once, however often it is noticed."""
        if self.machine.state is not State.FAULT:
            self._fail(None, fault)

    def tick(self) -> None:
        """Take in what was read since, let time pass, bring the lights up to date."""
        changed = self._hear()
        if self.machine.time_up():
            self._do(self.machine.step(Event.TIME_UP), None)
        if self._monotonic() >= self._retry_at:
            self._retry_at = self._monotonic() + RETRY_SECONDS
            self._reader.wake()
        self._refresh(changed)

    def _do(self, action: Action, press: Press | None) -> None:
        try:
            match action:
                case Action.TAKE_SHEET if press:
                    self._refresh()
                    self._take_sheet(press)
                case Action.TAKE_ATTACHMENT if press:
                    self._refresh()
                    self._take_attachment(press)
                case Action.CLOSE_COMPLETE | Action.CLOSE_ALL if press:
                    self._close(press, everything=action is Action.CLOSE_ALL)
                case Action.REPORT:
                    raise TpsError(says.IMPOSSIBLE)
        except Exception as fault:
            self._fail(press, fault)
        self._refresh(changed=True)

    def _take_sheet(self, press: Press) -> None:
        sheet = take_sheet(self._store, self._board.camera, self._wall)
        self._asked[sheet.id] = press
        self.machine.step(Event.KEPT)
        self._reader.wake()

    def _take_attachment(self, press: Press) -> None:
        sheet = take_attachment(self._store, self._board.camera, self._wall)
        self.machine.step(Event.KEPT)
        if sheet.status == "rejected":
            self.machine.step(Event.UNREADABLE)
        self._answer(press, says.attachment(sheet))

    def _close(self, press: Press, *, everything: bool) -> None:
        """Photos not yet read are read first: a hold says that all of them are taken."""
        self._refresh()
        self._reader.wake()
        self._reader.read_all()
        self._hear()
        if self._store.sheets.list(kind="sheet", status="taken"):
            raise TpsError(says.UNREAD)
        closing = close(
            self._store, self._election, self._model, self._wall(), everything=everything
        )
        self._note(closing)
        self.machine.step(_EVENTS[closing.kind])
        self._answer(press, says.closing(closing, stand_all(self._store, self._election)))

    def _note(self, closing: Closing) -> None:
        if closing.number is not None and closing.id is not None:
            closed = ",".join(closing.closed)
            self._store.events.add(
                "result", {"number": closing.number, "id": closing.id.hex(), "closed": closed}
            )

    def _hear(self) -> bool:
        """Take in what the reader did; whether there was anything."""
        heard = False
        with suppress(queue.Empty):
            while True:
                done = self._reader.done.get_nowait()
                heard = True
                try:
                    self._take_in(done)
                except Exception as fault:
                    self._fail(self._asked.pop(done.sheet.id, None), fault)
        return heard

    def _take_in(self, done: Done) -> None:
        press = self._asked.pop(done.sheet.id, None)
        if done.fault:
            self._fail(press, TpsError(done.fault))
        elif done.seen is None:
            self.machine.step(Event.UNREADABLE)
            self._answer(press, says.refused(done.sheet, done.refused))
        else:
            self.machine.step(Event.READ)
            if press is not None:
                standings = stand_all(self._store, self._election)
                self._answer(press, says.read(done.sheet, done.seen, standings))

    def _answer(self, press: Press | None, outcome: Outcome) -> None:
        log.info("%s: %s", outcome.kind, outcome.text)
        if press is not None:
            self._board.button.answer(press, outcome)

    def _fail(self, press: Press | None, fault: Exception) -> None:
        """The failsafe: whatever it was, say so and go on."""
        text = str(fault) if isinstance(fault, TpsError) else f"{type(fault).__name__}: {fault}"
        log.error("%s", text)
        if self.machine.state is not State.FAULT:
            self.machine.step(Event.FAILED)
        with suppress(Exception):
            self._store.events.add("fault", {"error": text[:500]})
        with suppress(Exception):
            self._answer(press, says.fault(text))

    def _refresh(self, changed: bool = False) -> None:
        """Show what is so now; the store is only counted when somebody has written to it."""
        try:
            seen = (self.machine.state, self._store.changes())
            if changed or seen != self._seen:
                self._held = holdings(self._store, stand_all(self._store, self._election))
                self._seen = seen
        except Exception as fault:
            self.notice(fault)
        shown = signals(self.machine.state, self._held)
        if shown != self._shown:
            with suppress(Exception):  # dark lights are no reason to stop taking photos
                self._board.lights.show(shown)
                self._shown = shown


_EVENTS = {
    "closed": Event.CLOSED,
    "nothing": Event.CLOSED,
    "unchanged": Event.CLOSED,
    "incomplete": Event.INCOMPLETE,
    "unenrolled": Event.UNENROLLED,
}
