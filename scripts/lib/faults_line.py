"""A slow, far, lossy line for IP packets in one direction; its clock is the caller's."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Quality:
    """Bits per second, seconds of delay, share of packets lost, seconds that a packet may wait."""

    rate: float = 9600.0
    delay: float = 0.8
    loss: float = 0.3
    backlog: float = 4.0


class Line:
    """Packets go out one after another at the rate, then travel for the delay, in order.

    A packet that is lost has taken its time on the line; one that would wait too long is dropped.
    """

    def __init__(self, quality: Quality, dice: Random) -> None:
        self._quality = quality
        self._dice = dice
        self._free_at = 0.0
        self._flying: deque[tuple[float, bytes]] = deque()
        self.carried = 0
        self.lost = 0
        self.dropped = 0

    def put(self, packet: bytes, now: float) -> None:
        """Take a packet at `now` (seconds)."""
        quality = self._quality
        starts = max(now, self._free_at)
        if starts - now > quality.backlog:
            self.dropped += 1
            return
        self._free_at = starts + 8 * len(packet) / quality.rate
        if self._dice.random() < quality.loss:
            self.lost += 1
            return
        self.carried += 1
        self._flying.append((self._free_at + quality.delay, packet))

    def take(self, now: float) -> list[bytes]:
        """The packets that have arrived by `now`."""
        arrived = []
        while self._flying and self._flying[0][0] <= now:
            arrived.append(self._flying.popleft()[1])
        return arrived

    def next_at(self) -> float | None:
        """When the next packet arrives, None if none is on its way."""
        return self._flying[0][0] if self._flying else None
