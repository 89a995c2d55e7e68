"""The lights of a Pi, by gpiozero: one thread sets them by the table and reads them back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tpsbox.board.beats import STEP, levels
from tpsbox.board.notices import NOTICES, Notice
from tpsbox.board.pi_lamp import Lamp
from tpsbox.board.pins import LIGHT_PINS
from tpsbox.board.ports import Lights
from tpsbox.board.signals import Light, Shown
from tpsbox.errors import EnvironmentFault

MISSES = 4
"""So many looks in a row in which a pin is not as it was set make a light count as broken."""


class PiLights(Lights):
    """Three LEDs. A short circuit or a pin in other hands is noticed; a burnt LED cannot be."""

    def __init__(self, lamp: Lamp, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the pins and begin with the self-test; `lamp` is told of with the lights.

        `clock` gives seconds that never jump.

        Raises:
            EnvironmentFault: no gpiozero, or no such pins.
        """
        self._lamp = lamp
        self._leds: dict[Light, Any] = {}
        try:
            from gpiozero import LED

            for light, pin in LIGHT_PINS.items():
                self._leds[light] = LED(pin)
        except Exception as error:  # as for the button
            for led in self._leds.values():
                led.close()
            raise EnvironmentFault(f"lights: {error}; check gpiozero and the wiring") from error
        self._misses = dict.fromkeys(Light, 0)
        test = Shown(notice=Notice.SELF_TEST)
        self._clock = clock
        began = clock()
        self._test_ends = began + sum(seconds for _, seconds in NOTICES[Notice.SELF_TEST].frames)
        self._turns: tuple[tuple[Shown, float], ...] = ((test, began),)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lights", daemon=True)
        self._thread.start()

    def show(self, shown: Shown) -> None:
        """See `Lights.show`. The self-test is seen to its end first."""
        now = self._clock()
        test = self._turns[:1] if now < self._test_ends else ()
        self._turns = (*test, (shown, max(now, self._test_ends)))

    def failed(self) -> tuple[str, ...]:
        """See `Lights.failed`."""
        lights = [light.value for light in Light if self._misses[light] >= MISSES]
        return (*lights, "lamp") if self._lamp.failed else tuple(lights)

    def close(self) -> None:
        """See `Lights.close`."""
        self._stop.set()
        self._thread.join()
        for led in self._leds.values():
            with suppress(Exception):  # some kernels leave a pin as it was when it is given back
                led.off()
            led.close()

    def turn(self) -> None:
        """Set every light as it is to be at this moment, and see whether it follows."""
        now = self._clock()
        turns = self._turns
        shown, since = turns[-1] if turns[-1][1] <= now else turns[0]
        for light, level in zip(Light, levels(shown, now - since), strict=True):
            self._set(light, level)

    def _run(self) -> None:
        while not self._stop.wait(STEP):
            self.turn()

    def _set(self, light: Light, level: bool) -> None:
        led = self._leds[light]
        try:
            follows = bool(led.value) is level
            if not follows:
                led.value = level
                follows = bool(led.value) is level
        except Exception:  # a light that cannot be set is as good as dark
            follows = False
        self._misses[light] = 0 if follows else self._misses[light] + 1
