"""The buzzer of a Pi, by gpiozero."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tpsbox.board.pins import BUZZER_PIN
from tpsbox.board.ports import Buzzer
from tpsbox.board.sounds import SOUND_BEATS, Sound
from tpsbox.errors import EnvironmentFault

STEP = 0.01
"""Seconds between two levels; every beat is a multiple of it."""


class PiBuzzer(Buzzer):
    """An active buzzer: it hums by itself while its pin is high."""

    def __init__(self) -> None:
        """Take the pin.

        Raises:
            EnvironmentFault: no gpiozero, or no such pin.
        """
        try:
            from gpiozero import DigitalOutputDevice

            self._device: Any = DigitalOutputDevice(BUZZER_PIN)
        except Exception as error:  # as for the button
            raise EnvironmentFault(f"buzzer: {error}; check gpiozero and the wiring") from error
        self._device.source_delay = STEP

    def play(self, sound: Sound) -> None:
        """See `Buzzer.play`. gpiozero plays it in a thread of its own."""
        try:
            self._device.source = once(SOUND_BEATS[sound])
        except Exception as error:
            raise EnvironmentFault(f"buzzer: {error}") from error

    def close(self) -> None:
        """See `Buzzer.close`."""
        self._device.source = None
        self._device.off()
        self._device.close()


def once(beats: tuple[float, ...]) -> Iterator[int]:
    """The levels of a sound, one for each step, silence last."""
    for index, seconds in enumerate(beats):
        yield from [1 - index % 2] * max(1, round(seconds / STEP))
    yield 0
