"""The one table of the kiosk: what a state makes of an event.

Every pair is listed. A pair that cannot come about leads to FAULT, which is shown until the next
press: nothing that happens ends the program.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto

ARMED_SECONDS = 10.0
"""How long a second hold counts as the answer to "some sheets are missing"."""


class State(Enum):
    """What the kiosk is about, apart from what the store holds."""

    READY = auto()
    CAPTURING = auto()
    CLOSING = auto()
    REFUSED = auto()
    """A photo was refused; shown until the next press."""
    ARMED = auto()
    """A hold left contests open; another one soon closes them as they are."""
    HELD_BACK = auto()
    """A hold made no result because the centre does not know this box; until the next press."""
    FAULT = auto()
    """Camera, disk or program failed; shown until the next press."""


class Event(Enum):
    """What can happen."""

    PRESS = auto()
    PRESS_ATTACHMENT = auto()
    HOLD = auto()
    KEPT = auto()
    """The photo is on the medium."""
    READ = auto()
    UNREADABLE = auto()
    """A kept photo was refused by the reading."""
    CLOSED = auto()
    """A hold ended with nothing left open, or nothing to close."""
    INCOMPLETE = auto()
    """A hold ended with contests left open."""
    UNENROLLED = auto()
    FAILED = auto()
    TIME_UP = auto()


class Action(Enum):
    """What the kiosk has to do."""

    NONE = auto()
    TAKE_SHEET = auto()
    TAKE_ATTACHMENT = auto()
    CLOSE_COMPLETE = auto()
    CLOSE_ALL = auto()
    REPORT = auto()
    """Write down that the impossible happened."""


Step = tuple[State, Action]

_SHEET: Step = (State.CAPTURING, Action.TAKE_SHEET)
_ATTACHMENT: Step = (State.CAPTURING, Action.TAKE_ATTACHMENT)
_CLOSE: Step = (State.CLOSING, Action.CLOSE_COMPLETE)
_CLOSE_ALL: Step = (State.CLOSING, Action.CLOSE_ALL)
_FAULT: Step = (State.FAULT, Action.NONE)
_IMPOSSIBLE: Step = (State.FAULT, Action.REPORT)


def _stay(state: State) -> Step:
    return (state, Action.NONE)


def _at_rest(state: State, **changes: Step) -> dict[Event, Step]:
    """A state that waits for people: a press or hold leads on, reading goes on beside it."""
    row = {
        Event.PRESS: _SHEET,
        Event.PRESS_ATTACHMENT: _ATTACHMENT,
        Event.HOLD: _CLOSE,
        Event.KEPT: _IMPOSSIBLE,
        Event.READ: _stay(state),
        Event.UNREADABLE: _stay(State.REFUSED),
        Event.CLOSED: _IMPOSSIBLE,
        Event.INCOMPLETE: _IMPOSSIBLE,
        Event.UNENROLLED: _IMPOSSIBLE,
        Event.FAILED: _FAULT,
        Event.TIME_UP: _stay(state),
    }
    return row | {Event[name]: step for name, step in changes.items()}


TABLE: dict[State, dict[Event, Step]] = {
    State.READY: _at_rest(State.READY),
    State.REFUSED: _at_rest(State.REFUSED),
    State.HELD_BACK: _at_rest(State.HELD_BACK),
    # A fault stays in sight when a photo taken before it is read or refused.
    State.FAULT: _at_rest(State.FAULT, UNREADABLE=_stay(State.FAULT)),
    State.ARMED: _at_rest(State.ARMED, HOLD=_CLOSE_ALL, TIME_UP=_stay(State.READY)),
    State.CAPTURING: {
        Event.PRESS: _IMPOSSIBLE,
        Event.PRESS_ATTACHMENT: _IMPOSSIBLE,
        Event.HOLD: _IMPOSSIBLE,
        Event.KEPT: _stay(State.READY),
        Event.READ: _stay(State.CAPTURING),
        Event.UNREADABLE: _stay(State.CAPTURING),
        Event.CLOSED: _IMPOSSIBLE,
        Event.INCOMPLETE: _IMPOSSIBLE,
        Event.UNENROLLED: _IMPOSSIBLE,
        Event.FAILED: _FAULT,
        Event.TIME_UP: _stay(State.CAPTURING),
    },
    State.CLOSING: {
        Event.PRESS: _IMPOSSIBLE,
        Event.PRESS_ATTACHMENT: _IMPOSSIBLE,
        Event.HOLD: _IMPOSSIBLE,
        Event.KEPT: _IMPOSSIBLE,
        Event.READ: _stay(State.CLOSING),
        Event.UNREADABLE: _stay(State.CLOSING),
        Event.CLOSED: _stay(State.READY),
        Event.INCOMPLETE: _stay(State.ARMED),
        Event.UNENROLLED: _stay(State.HELD_BACK),
        Event.FAILED: _FAULT,
        Event.TIME_UP: _stay(State.CLOSING),
    },
}


class Machine:
    """Where the kiosk is in the table, and since when."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """`monotonic` gives seconds that never jump."""
        self.state = State.READY
        self._monotonic = monotonic
        self._since = monotonic()

    def step(self, event: Event) -> Action:
        """Follow the table; what to do now."""
        before = self.state
        self.state, action = TABLE[before][event]
        if self.state is not before:
            self._since = self._monotonic()
        return action

    def time_up(self) -> bool:
        """Whether the second hold did not come in time."""
        return self.state is State.ARMED and self._monotonic() - self._since >= ARMED_SECONDS
