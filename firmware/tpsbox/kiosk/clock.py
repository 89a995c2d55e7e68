"""The box's clock, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Callable

from tpsbox.record.statement import Clock

EARLIEST = 1_672_531_200.0
"""1 January 2023 in unix seconds: this program is younger than that. A Pi without a clock of its
own starts in 1970, one with an empty battery often in 2000."""


class BoxClock:
    """Wall time by the system's clock."""

    def __init__(self, wall: Callable[[], float]) -> None:
        """`wall` gives unix seconds."""
        self.now = wall

    @property
    def wrong(self) -> bool:
        """Whether it shows a time that cannot be."""
        return self.now() < EARLIEST

    @property
    def quality(self) -> Clock:
        """What a record says of its time."""
        return Clock.NONE if self.wrong else Clock.SYSTEM
