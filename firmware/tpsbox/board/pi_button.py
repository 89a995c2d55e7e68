"""The buttons of a Pi, by gpiozero."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from math import inf
from typing import Any

from tpsbox.board.pins import ATTACHMENT_PIN, BUTTON_PIN
from tpsbox.board.ports import Button, Outcome, Press
from tpsbox.errors import EnvironmentFault

BOUNCE_SECONDS = 0.05
"""gpiozero does not debounce by itself; with 0.5 s quick presses would be lost."""


class PiButton(Button):
    """The button for sheets and holds, and the one for attachments; told when let go."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Listen; a button that is down already means nothing until it is let go.

        Raises:
            EnvironmentFault: no gpiozero, or no such pins.
        """
        self._presses: queue.SimpleQueue[Press] = queue.SimpleQueue()
        self._clock = clock
        self._down: dict[bool, float] = {}
        self._devices: list[Any] = []
        try:
            from gpiozero import Button as GpioButton

            for pin, attachment in ((BUTTON_PIN, False), (ATTACHMENT_PIN, True)):
                device = GpioButton(pin, bounce_time=BOUNCE_SECONDS)
                self._devices.append(device)
                self._watch(device, attachment)
        except Exception as error:  # gpiozero's own tree, lgpio's and OSError have no common root
            self.close()
            raise EnvironmentFault(f"button: {error}; check gpiozero and the wiring") from error

    def wait(self, timeout: float) -> Press | None:
        """See `Button.wait`."""
        try:
            return self._presses.get(timeout=timeout) if timeout > 0 else self._presses.get_nowait()
        except queue.Empty:
            return None

    def held(self) -> float:
        """See `Button.held`."""
        down = tuple(self._down.values())
        return self._clock() - min(down) if down else 0.0

    def answer(self, press: Press, outcome: Outcome) -> None:
        """The lights are the answer here."""

    def close(self) -> None:
        """See `Button.close`."""
        for device in self._devices:
            device.close()

    def _watch(self, device: Any, attachment: bool) -> None:
        if device.is_pressed:
            self._down[attachment] = -inf

        def pressed() -> None:
            self._down.setdefault(attachment, self._clock())

        def released() -> None:
            since = self._down.pop(attachment, None)
            if since is not None:
                self._presses.put(Press(self._clock() - since, attachment))

        device.when_pressed = pressed
        device.when_released = released
