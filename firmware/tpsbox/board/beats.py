"""Which light is on at a moment: the tables of signals and notices as a function of time."""

from __future__ import annotations

from collections.abc import Sequence

from tpsbox.board.notices import NOTICES, WARNING_EVERY, Frame
from tpsbox.board.signals import BEATS, SIGNALS, Light, Pattern, Shown

STEP = 0.025
"""Seconds between two looks; every beat of the tables is a multiple of it."""

Levels = tuple[bool, bool, bool]
"""Camera, tick, cloud."""


def levels(shown: Shown, seconds: float) -> Levels:
    """What is lit `seconds` after `shown` was first shown."""
    if shown.notice is not None:
        entry = NOTICES[shown.notice]
        if entry.whole:
            return _frame(entry.frames, seconds)
        length = sum(duration for _, duration in entry.frames)
        into = seconds % (WARNING_EVERY + length) - WARNING_EVERY
        if into >= 0:
            return _frame(entry.frames, into)
    camera, tick, cloud = (lit(SIGNALS[shown.of(light)].pattern, seconds) for light in Light)
    return camera, tick, cloud


def lit(pattern: Pattern, seconds: float) -> bool:
    """Whether a light of that pattern is on, `seconds` after it began."""
    beats = BEATS[pattern]
    if not beats:
        return pattern is Pattern.STEADY
    return _beat(beats, seconds) % 2 == 0


def _frame(frames: Sequence[Frame], seconds: float) -> Levels:
    index = _beat([duration for _, duration in frames], seconds)
    camera, tick, cloud = (level == "1" for level in frames[index][0])
    return camera, tick, cloud


def _beat(durations: Sequence[float], seconds: float) -> int:
    """Which beat of an endless round is on; a hair early is taken for in time."""
    left = (seconds + 1e-6) % sum(durations)
    for index, duration in enumerate(durations):
        if left < duration:
            return index
        left -= duration
    return 0
