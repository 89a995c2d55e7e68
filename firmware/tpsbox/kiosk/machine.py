"""The one table of the kiosk: what a state makes of an event.

Every pair is there. A pair that cannot come about leads to FAULT, which is shown until the next
press: nothing that happens ends the program, but a hold that asks for it.
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
    CAMERA_FAULT = auto()
    """The camera gives no photo; shown until it does, or until the next press."""
    DISK_FAULT = auto()
    """The disk did not take something; shown until it does, or until the next press."""
    FAULT = auto()
    """The program or another part failed; shown until the next press."""
    STUCK = auto()
    """The button is down and nobody means it; until it is let go."""
    SHUTTING_DOWN = auto()
    """The end: nothing that happens leads out of it."""


class Event(Enum):
    """What can happen."""

    PRESS = auto()
    PRESS_ATTACHMENT = auto()
    HOLD = auto()
    LONG_HOLD = auto()
    """Held until it means "shut down"."""
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
    CAMERA_FAILED = auto()
    DISK_FAILED = auto()
    FAILED = auto()
    CAMERA_BACK = auto()
    DISK_BACK = auto()
    BUTTON_STUCK = auto()
    BUTTON_FREE = auto()
    TIME_UP = auto()


class Action(Enum):
    """What the kiosk has to do."""

    NONE = auto()
    TAKE_SHEET = auto()
    TAKE_ATTACHMENT = auto()
    CLOSE_COMPLETE = auto()
    CLOSE_ALL = auto()
    SHUT_DOWN = auto()
    REPORT = auto()
    """Write down that the impossible happened."""


Step = tuple[State, Action]

_SHEET: Step = (State.CAPTURING, Action.TAKE_SHEET)
_ATTACHMENT: Step = (State.CAPTURING, Action.TAKE_ATTACHMENT)
_CLOSE: Step = (State.CLOSING, Action.CLOSE_COMPLETE)
_CLOSE_ALL: Step = (State.CLOSING, Action.CLOSE_ALL)
_SHUT_DOWN: Step = (State.SHUTTING_DOWN, Action.SHUT_DOWN)
_IMPOSSIBLE: Step = (State.FAULT, Action.REPORT)


def _go(state: State) -> Step:
    return (state, Action.NONE)


def _row(state: State, **steps: Step) -> dict[Event, Step]:
    """What every state has in common; `steps` says what this one does otherwise.

    People are heard, ends of work that nobody began are impossible, a failure shows, and what
    goes on beside (reading, time, a fault that is over) changes nothing.
    """
    row = {
        Event.PRESS: _SHEET,
        Event.PRESS_ATTACHMENT: _ATTACHMENT,
        Event.HOLD: _CLOSE,
        Event.LONG_HOLD: _SHUT_DOWN,
        Event.KEPT: _IMPOSSIBLE,
        Event.READ: _go(state),
        Event.UNREADABLE: _go(State.REFUSED),
        Event.CLOSED: _IMPOSSIBLE,
        Event.INCOMPLETE: _IMPOSSIBLE,
        Event.UNENROLLED: _IMPOSSIBLE,
        Event.CAMERA_FAILED: _go(State.CAMERA_FAULT),
        Event.DISK_FAILED: _go(State.DISK_FAULT),
        Event.FAILED: _go(State.FAULT),
        Event.CAMERA_BACK: _go(state),
        Event.DISK_BACK: _go(state),
        Event.BUTTON_STUCK: _go(State.STUCK),
        Event.BUTTON_FREE: _go(state),
        Event.TIME_UP: _go(state),
    }
    return row | {Event[name]: step for name, step in steps.items()}


def _busy(state: State, **steps: Step) -> dict[Event, Step]:
    """Work in one go: nobody is heard before it ends, a stuck button is seen afterwards."""
    unheard = ("PRESS", "PRESS_ATTACHMENT", "HOLD", "LONG_HOLD")
    beside = ("UNREADABLE", "BUTTON_STUCK")
    row = dict.fromkeys(unheard, _IMPOSSIBLE) | dict.fromkeys(beside, _go(state))
    return _row(state, **(row | steps))


def _fault(state: State, **steps: Step) -> dict[Event, Step]:
    """A fault stays in sight when a photo taken before it is refused."""
    return _row(state, **({"UNREADABLE": _go(state)} | steps))


TABLE: dict[State, dict[Event, Step]] = {
    State.READY: _row(State.READY),
    State.REFUSED: _row(State.REFUSED),
    State.HELD_BACK: _row(State.HELD_BACK),
    State.ARMED: _row(State.ARMED, HOLD=_CLOSE_ALL, TIME_UP=_go(State.READY)),
    State.CAPTURING: _busy(State.CAPTURING, KEPT=_go(State.READY)),
    State.CLOSING: _busy(
        State.CLOSING,
        CLOSED=_go(State.READY),
        INCOMPLETE=_go(State.ARMED),
        UNENROLLED=_go(State.HELD_BACK),
    ),
    State.CAMERA_FAULT: _fault(State.CAMERA_FAULT, CAMERA_BACK=_go(State.READY)),
    State.DISK_FAULT: _fault(State.DISK_FAULT, DISK_BACK=_go(State.READY)),
    State.FAULT: _fault(State.FAULT),
    State.STUCK: _fault(State.STUCK, BUTTON_FREE=_go(State.READY)),
    State.SHUTTING_DOWN: dict.fromkeys(Event, _go(State.SHUTTING_DOWN)),
}

AT_REST = frozenset(State) - {State.CAPTURING, State.CLOSING, State.SHUTTING_DOWN}
"""States that wait for people."""


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
