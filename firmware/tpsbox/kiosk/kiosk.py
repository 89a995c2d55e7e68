"""The kiosk: follows the machine's table, does what it says, answers every press.

It never ends by itself. Whatever goes wrong is shown by the lights, said in one line of the log
and, where the disk still takes it, in the audit log; then it goes on.
"""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable
from contextlib import suppress

from tpsbox.board.ports import Board, Outcome, Press, PressKind
from tpsbox.board.signals import Shown
from tpsbox.errors import EnvironmentFault, TpsError
from tpsbox.forms.election import Election
from tpsbox.kiosk import says
from tpsbox.kiosk.clock import BoxClock
from tpsbox.kiosk.closing import Closing, close
from tpsbox.kiosk.condition import Condition
from tpsbox.kiosk.faults import Faults
from tpsbox.kiosk.finger import Finger
from tpsbox.kiosk.lights import Holdings, holdings, signals
from tpsbox.kiosk.machine import AT_REST, Action, Event, Machine, State
from tpsbox.kiosk.panel import Panel
from tpsbox.kiosk.reader import Done, Reader
from tpsbox.kiosk.standing import stand_all
from tpsbox.kiosk.take import adopt_orphans, take_attachment, take_sheet
from tpsbox.kiosk.watch import LOOK_SECONDS, Watch
from tpsbox.store.store import Store

log = logging.getLogger(__name__)

RETRY_SECONDS = 30.0
"""How often a photo that a fault left unread is tried again without a press."""

PRESSES = {
    PressKind.SHEET: Event.PRESS,
    PressKind.ATTACHMENT: Event.PRESS_ATTACHMENT,
    PressKind.CLOSE: Event.HOLD,
    PressKind.SHUT_DOWN: Event.LONG_HOLD,
}


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
        tell: Callable[[Condition], None] = lambda _: None,
    ) -> None:
        """`model` is the SHA-256 of the reading model; `wall` gives unix seconds.

        `tell` gets how the kiosk is whenever that changes.
        """
        self.machine = Machine(monotonic)
        self._store = store
        self._election = election
        self._board = board
        self._reader = reader
        self._model = model
        self._clock = BoxClock(wall)
        self._monotonic = monotonic
        self._asked: dict[int, Press] = {}
        self._held = Holdings()
        self._seen: tuple[State, int] | None = None
        self._retry_at = monotonic() + RETRY_SECONDS
        self._look_at = monotonic()
        self._panel = Panel(board, tell)
        self._finger = Finger(board)
        self._faults = Faults(self.machine, store, self._clock)
        note = self._faults.note_problem
        self._watch = Watch(board, self._clock, store.folder, monotonic, note)

    @property
    def finished(self) -> bool:
        """Whether the box was asked to shut down."""
        return self.machine.state is State.SHUTTING_DOWN

    @property
    def shown(self) -> Shown | None:
        """What the lights show, None before they show anything."""
        return self._panel.shown

    def start(self) -> None:
        """Take up what a power cut left: photos kept and not read."""
        try:
            adopted = adopt_orphans(self._store)
            if adopted:
                log.warning("%d photos had no row yet; they are read now", adopted)
        except Exception as fault:
            self._fail(None, fault)
        self._reader.wake()
        self._watch.look()
        self._refresh(changed=True)

    def press(self, press: Press) -> None:
        """Do what a press asks for; what was pressed meanwhile is dropped, then it is answered.

        Who presses upon the answer knows what came of it, and is heard.
        """
        if press.kind is PressKind.VOID:
            self._answer(press, says.void())
            return
        outcome = self._do(self.machine.step(PRESSES[press.kind]), press)
        self._drop_presses()
        self._reply(press, outcome)

    def notice(self, fault: Exception) -> None:
        """A part of the board failed by itself; said once, however often it is noticed."""
        self._faults.notice(fault, Event.FAILED)

    def tick(self) -> None:
        """Take in what was read since, let time pass, bring the lights up to date."""
        changed = self._hear()
        if self.machine.time_up():
            self._reply(None, self._do(self.machine.step(Event.TIME_UP), None))
        if self.machine.state in AT_REST:
            self._feel()
            self._look()
        now = self._monotonic()
        if now >= self._retry_at:
            self._retry_at = now + RETRY_SECONDS
            self._reader.wake()
            self._faults.try_disk()
        self._refresh(changed)

    def _do(self, action: Action, press: Press | None) -> Outcome | None:
        """What came of it; None where nobody asked, or where a photo is to be read first."""
        outcome = None
        try:
            match action:
                case Action.TAKE_SHEET if press:
                    self._refresh()
                    self._take_sheet(press)
                case Action.TAKE_ATTACHMENT if press:
                    self._refresh()
                    outcome = self._take_attachment()
                case Action.CLOSE_COMPLETE | Action.CLOSE_ALL if press:
                    outcome = self._close(everything=action is Action.CLOSE_ALL)
                case Action.SHUT_DOWN if press:
                    outcome = self._shut_down()
                case Action.REPORT:
                    raise TpsError(says.IMPOSSIBLE)
        except Exception as fault:
            outcome = says.fault(self._faults.fail(fault))
        self._refresh(changed=True)
        return outcome

    def _drop_presses(self) -> None:
        """Presses made during the work just done are void: nobody knew yet what came of it.

        Only a hold that asks to shut down is heard.
        """
        dropped = 0
        with suppress(Exception):  # a broken button is noticed by whoever waits for it
            while (press := self._board.button.wait(0)) is not None:
                if press.kind is PressKind.SHUT_DOWN:
                    self._reply(press, self._do(self.machine.step(Event.LONG_HOLD), press))
                else:
                    dropped += 1
                    self._board.button.answer(press, says.busy())
        if dropped:
            log.warning("%d presses came while the box was busy; they are not counted", dropped)

    def _shut_down(self) -> Outcome:
        with suppress(EnvironmentFault):  # a full disk must not keep the box from going off
            self._store.events.add("shut_down")
        return says.shutting_down()

    def _feel(self) -> None:
        """The button by itself: held, stuck, free again."""
        try:
            felt = self._finger.feel(self.machine.state is State.STUCK)
        except Exception as fault:
            self.notice(fault)
            return
        if felt is not None:
            self._faults.stuck_or_free(felt)

    def _look(self) -> None:
        """The camera, and what else can fail without a press."""
        self._watch.look()
        if self._monotonic() < self._look_at:
            return
        self._look_at = self._monotonic() + LOOK_SECONDS
        try:
            self._board.camera.check()
        except Exception as fault:
            self._faults.notice(fault)
        else:
            self._faults.camera_works()

    def _take_sheet(self, press: Press) -> None:
        sheet = take_sheet(self._store, self._board.camera, self._clock)
        self._asked[sheet.id] = press
        self.machine.step(Event.KEPT)
        self._reader.wake()

    def _take_attachment(self) -> Outcome:
        sheet = take_attachment(self._store, self._board.camera, self._clock)
        self.machine.step(Event.KEPT)
        if sheet.status == "rejected":
            self.machine.step(Event.UNREADABLE)
        return says.attachment(sheet)

    def _close(self, *, everything: bool) -> Outcome:
        """Photos not yet read are read first: a hold says that all of them are taken."""
        self._refresh()
        self._reader.wake()
        self._reader.read_all()
        self._hear()
        if self._store.sheets.list(kind="sheet", status="taken"):
            raise TpsError(says.UNREAD)
        closing = close(
            self._store, self._election, self._model, self._clock, everything=everything
        )
        self._note_result(closing)
        self.machine.step(_EVENTS[closing.kind])
        return says.closing(closing, stand_all(self._store, self._election))

    def _note_result(self, closing: Closing) -> None:
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
        if done.fault is not None:
            self._fail(press, done.fault)
        elif done.seen is None:
            self.machine.step(Event.UNREADABLE)
            self._answer(press, says.refused(done.sheet, done.refused))
        else:
            self.machine.step(Event.READ)
            if press is not None:
                standings = stand_all(self._store, self._election)
                self._answer(press, says.read(done.sheet, done.seen, standings))

    def _reply(self, press: Press | None, outcome: Outcome | None) -> None:
        """Answer, if there is anything to say; a button that takes no answer is a fault."""
        if outcome is None:
            return
        try:
            self._answer(press, outcome)
        except Exception as fault:
            self._fail(press, fault)
            self._refresh(changed=True)

    def _answer(self, press: Press | None, outcome: Outcome) -> None:
        log.info("%s: %s", outcome.kind, outcome.text)
        if press is not None:
            self._board.button.answer(press, outcome)

    def _fail(self, press: Press | None, fault: Exception) -> None:
        """Whatever it was, say so and go on."""
        text = self._faults.fail(fault)
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
            self._faults.notice(fault)
        state = self.machine.state
        shown = signals(state, self._held, self._watch.notices)
        self._panel.show(state, shown, (*self._faults.problems, *self._watch.problems))


_EVENTS = {
    "closed": Event.CLOSED,
    "nothing": Event.CLOSED,
    "unchanged": Event.CLOSED,
    "incomplete": Event.INCOMPLETE,
    "unenrolled": Event.UNENROLLED,
}
