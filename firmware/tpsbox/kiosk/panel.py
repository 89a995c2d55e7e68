"""Brings to lights, buzzer and other programs what changes, and nothing twice."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress

from tpsbox.board.notices import NOTICES
from tpsbox.board.ports import Board
from tpsbox.board.signals import SIGNALS, Light, Shown, Signal
from tpsbox.board.sounds import Sound
from tpsbox.kiosk.condition import Condition
from tpsbox.kiosk.machine import State
from tpsbox.kiosk.watch import Problem

log = logging.getLogger(__name__)


class Panel:
    """Remembers what was shown last; parts that fail are tried again at the next change."""

    def __init__(self, board: Board, tell: Callable[[Condition], None]) -> None:
        self._board = board
        self._tell = tell
        self.shown: Shown | None = None
        """What the lights show."""
        self._told: Condition | None = None
        self._heard: Shown | None = None
        self._dark = False

    def show(self, state: State, shown: Shown, problems: tuple[Problem, ...]) -> None:
        """This is so now."""
        condition = Condition(state.name.lower(), shown.described(), problems)
        if condition != self._told:
            self._told = condition
            self._tell(condition)
        if shown == self.shown:
            return
        heard, self._heard = self._heard, shown
        for sound in sounds(heard, shown):
            with suppress(Exception):  # nothing depends on being heard
                self._board.buzzer.play(sound)
        try:
            self._board.lights.show(shown)
        except Exception as fault:  # dark lights are no reason to stop taking photos
            if not self._dark:
                log.error("%s", fault)
            self._dark = True
        else:
            self.shown = shown
            self._dark = False


def sounds(before: Shown | None, after: Shown) -> list[Sound]:
    """What is heard when the lights change; the most urgent last, since it silences the others.

    "Kept" is heard after a photo only, not when a fault is over or the box starts.
    """
    if before is None:
        return []
    heard: list[Sound | None] = []
    for light in Light:
        was, now = before.of(light), after.of(light)
        if was is not now and (now is not Signal.KEPT or was is Signal.TAKING):
            heard.append(SIGNALS[now].sound)
    if after.notice is not None and after.notice is not before.notice:
        heard.append(NOTICES[after.notice].sound)
    return [sound for sound in heard if sound is not None]
