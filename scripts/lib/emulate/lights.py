"""What a light says, seen from its changes alone, as a person sees it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import log

from tpsbox.board.signals import BEATS, Pattern
from tpsbox.board.sounds import Sound

Edge = tuple[float, int]
"""Seconds of some clock, and the level from then on."""

STILL = 2.6
"""Seconds without a change, longer than any pattern's pause: a light is steady, or off."""

UNEVEN = 1.8
"""Gaps between flashes that differ by more are the pauses of a pattern, not an uneven processor."""


BETWEEN_SOUNDS, LONG, CLICK = 0.6, 0.4, 0.08
"""Seconds: a pause that ends a sound; the shortest long beep; the longest click."""
MOST_FLASHES = max(len(beats) for beats in BEATS.values()) // 2


def pattern(edges: Sequence[Edge], now: float) -> Pattern | None:
    """The pattern of the last rounds; None while it cannot be told yet.

    Flashes are counted, as people do, since an emulated processor stretches time.
    """
    if not edges:
        return None
    if now - edges[-1][0] >= STILL:
        return Pattern.STEADY if edges[-1][1] else Pattern.OFF
    ups = [time for time, level in edges if level][-10:]
    gaps = [after - before for before, after in pairwise(ups)]
    if len(gaps) < 2:
        return None
    count, period = _round(gaps)
    alike = [p for p in BEATS if BEATS[p] and len(BEATS[p]) == 2 * count]
    return min(alike, key=lambda p: abs(log(period / sum(BEATS[p]))), default=None)


def sound(edges: Sequence[Edge]) -> Sound | None:
    """The last sound that a buzzer's line made, None if there was none."""
    ups = [n for n, (_, level) in enumerate(edges[:-1]) if level]
    beeps = [(edges[n][0], edges[n + 1][0]) for n in ups]
    last: list[float] = []
    for number, (begun, ended) in enumerate(beeps):
        if number and begun - beeps[number - 1][1] > BETWEEN_SOUNDS:
            last = []
        last.append(ended - begun)
    if len(last) == 1:
        return Sound.KEPT if last[0] > CLICK else Sound.HELD
    kinds = tuple(seconds > LONG for seconds in last)
    return {
        (False, False): Sound.REFUSED,
        (True, True, True): Sound.FAULT,
        (False, False, True): Sound.GOODBYE,
    }.get(kinds)


def _round(gaps: Sequence[float]) -> tuple[int, float]:
    """How many flashes the last whole round has, and how long it takes; 0 flashes: not seen yet."""
    if max(gaps[-5:]) < UNEVEN * min(gaps[-5:]):
        return (1, gaps[-1]) if len(gaps) > MOST_FLASHES or gaps[-1] > 1 else (0, 1.0)
    pause = (max(gaps) + min(gaps)) / 2
    pauses = [n for n, gap in enumerate(gaps) if gap > pause]
    if len(pauses) < 2:
        return 0, 1.0
    before, last = pauses[-2:]
    return last - before, sum(gaps[before + 1 : last + 1])
