"""What has failed: told to machine, log and audit log once, and taken back when it is over."""

from __future__ import annotations

import logging
from contextlib import suppress

from tpsbox.board.notices import NOTICES, Notice
from tpsbox.board.ports import CameraFault
from tpsbox.errors import TpsError
from tpsbox.kiosk.clock import BoxClock
from tpsbox.kiosk.machine import AT_REST, Event, Machine, State
from tpsbox.kiosk.watch import Problem
from tpsbox.store.store import Store

log = logging.getLogger(__name__)

SHOWN = frozenset({State.CAMERA_FAULT, State.DISK_FAULT, State.FAULT, State.STUCK})
"""States that show a fault."""
QUIET = AT_REST - SHOWN
"""States in which a fault that nobody's press led to is news."""


class Faults:
    """The failsafe of one kiosk: nothing it is told of ends the program."""

    def __init__(self, machine: Machine, store: Store, clock: BoxClock) -> None:
        self._machine = machine
        self._store = store
        self._clock = clock
        self._newest: Problem | None = None
        self._noticed = False

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What the lights show as failed, in words."""
        if self._newest is None or self._machine.state not in SHOWN:
            return ()
        return (self._newest,)

    def fail(self, fault: Exception, event: Event | None = None) -> str:
        """Something failed: one line of why. `event` says what, else the fault does."""
        text = str(fault) if isinstance(fault, TpsError) else f"{type(fault).__name__}: {fault}"
        log.error("%s", text)
        self._noticed = False
        self._newest = Problem("fault", text[:500], self._clock.now())
        self._machine.step(event or event_of(fault))
        self.note("fault", error=self._newest.text)
        return text

    def notice(self, fault: Exception, event: Event | None = None) -> None:
        """Something failed without a press; said once, however often it is noticed."""
        if self._machine.state in QUIET:
            self.fail(fault, event)
            self._noticed = True

    def stuck_or_free(self, event: Event) -> None:
        """The button got stuck, or is free again."""
        self._machine.step(event)
        text = NOTICES[Notice.STUCK].meaning
        self._newest = Problem(Notice.STUCK.value, text, self._clock.now())
        self.note(event.name.lower())

    def camera_works(self) -> None:
        """The camera was asked, and is well."""
        self._back(State.CAMERA_FAULT, Event.CAMERA_BACK)

    def try_disk(self) -> None:
        """Once the audit log takes a row again, the disk is back."""
        if self._machine.state is State.DISK_FAULT and self._noticed:
            with suppress(Exception):
                self._store.events.add("disk_back")
                self._back(State.DISK_FAULT, Event.DISK_BACK)

    def note(self, name: str, **data: str) -> None:
        """Into the audit log, if the disk takes it."""
        with suppress(Exception):
            self._store.events.add(name, dict(data))

    def note_problem(self, name: str, problem: Problem) -> None:
        """The same for what the watch has seen."""
        self.note(name, code=problem.code, text=problem.text)

    def _back(self, state: State, event: Event) -> None:
        """A fault that showed without a press ends without one; a press that failed stays seen."""
        if self._machine.state is state and self._noticed:
            self._machine.step(event)
            log.info("%s", event.name.lower())


def event_of(fault: Exception) -> Event:
    """What a fault is to the machine: the camera's, the disk's, or the program's."""
    if isinstance(fault, CameraFault):
        return Event.CAMERA_FAILED
    return Event.DISK_FAILED if isinstance(fault, OSError) else Event.FAILED
