"""What goes wrong with a simulated modem, and when: `3:ack-lost`, `1-2:join-fails`.

The number counts joins for `join-fails`, and frames that the box asks to send for all others, each
from 1 and over the life of the simulator.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from tpsbox.errors import UsageError


class FaultKind(StrEnum):
    """One thing that goes wrong."""

    JOIN_FAILS = "join-fails"
    """The network does not answer the join request."""
    ACK_LOST = "ack-lost"
    """The frame arrives; the acknowledgement and what came with it do not."""
    UPLINK_LOST = "uplink-lost"
    """The frame does not arrive, with all its repetitions."""
    BUSY = "busy"
    """The modem says that it is busy."""
    LENGTH_ERROR = "length-error"
    """MAC commands take up the room, until an empty or tiny frame has carried them away."""
    NO_BAND = "no-band"
    """The modem wants a pause of 1.5 s for its duty cycle."""
    RESET = "reset"
    """The modem starts anew in the middle: silence, no session, its clock at the start."""
    GARBAGE = "garbage"
    """Noise before and between the lines."""
    SPLIT_LINES = "split-lines"
    """Lines come in two parts with a pause between."""
    UNPLUGGED = "unplugged"
    """The cable is pulled out in the middle, and put back after 10 s."""
    OLD_DOWNLINK = "old-downlink"
    """The last downlink comes once more."""
    RATE_DROP = "rate-drop"
    """The network sets the slowest data rate just before."""


class Fault(msgspec.Struct, frozen=True):
    """A fault at the joins or frames with the numbers `first` to `last`."""

    first: int
    last: int
    kind: FaultKind


def parse_fault(text: str) -> Fault:
    """The fault written as `N:kind` or `N-M:kind`.

    Raises:
        UsageError: it is not.
    """
    match = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?:([a-z-]+)", text)
    kinds = ", ".join(FaultKind)
    if match is None:
        raise UsageError(f"fault {text!r}: write 3:ack-lost or 2-4:ack-lost; kinds: {kinds}")
    if match[3] not in tuple(FaultKind):
        raise UsageError(f"fault {text!r}: no such kind; one of {kinds}")
    first = int(match[1])
    last = int(match[2] or first)
    if not 1 <= first <= last:
        raise UsageError(f"fault {text!r}: numbers count from 1 upwards")
    return Fault(first, last, FaultKind(match[3]))


class FaultScript:
    """Counts joins and frames and says what is wrong with each."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._faults = tuple(faults)
        self._joins = 0
        self._frames = 0

    def at_join(self) -> frozenset[FaultKind]:
        """What is wrong with the join that begins."""
        self._joins += 1
        return self._at(self._joins) & {FaultKind.JOIN_FAILS}

    def at_frame(self) -> frozenset[FaultKind]:
        """What is wrong with the frame that is asked for."""
        self._frames += 1
        return self._at(self._frames) - {FaultKind.JOIN_FAILS}

    def _at(self, number: int) -> frozenset[FaultKind]:
        return frozenset(f.kind for f in self._faults if f.first <= number <= f.last)
