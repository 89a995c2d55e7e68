"""What the button says between presses: held long enough, stuck, free again."""

from __future__ import annotations

import logging
from contextlib import suppress

from tpsbox.board.ports import HOLD_SECONDS, SHUT_DOWN_SECONDS, STUCK_SECONDS, Board
from tpsbox.board.sounds import Sound
from tpsbox.kiosk.machine import Event

log = logging.getLogger(__name__)


class Finger:
    """Feels how long the button has been down."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._before = 0.0

    def feel(self, stuck: bool) -> Event | None:
        """What to tell the machine, if anything; `stuck` says whether it knows of a stuck button.

        A tap is heard when a hold has become long enough to mean something.

        Raises:
            EnvironmentFault: the button cannot be read.
        """
        held = self._board.button.held()
        before, self._before = self._before, held
        if held >= STUCK_SECONDS:
            if stuck:
                return None
            log.error("the button is down without a break: it is stuck, or something lies on it")
            return Event.BUTTON_STUCK
        if any(before < mark <= held for mark in (HOLD_SECONDS, SHUT_DOWN_SECONDS)):
            with suppress(Exception):  # a silent buzzer is no reason to miss a hold
                self._board.buzzer.play(Sound.HELD)
        if stuck and held == 0:
            log.info("the button is free again")
            return Event.BUTTON_FREE
        return None
