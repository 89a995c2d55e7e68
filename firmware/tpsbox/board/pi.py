"""The Raspberry Pi's board: camera by picamera2, button and lights by gpiozero.

Pins are BCM numbers. Both libraries come from the Pi's own system and are imported here when a
board is opened, nowhere else.
"""

from __future__ import annotations

import io
import queue
import threading
import time
from collections.abc import Callable
from itertools import cycle
from typing import Any, cast

from tpsbox.board.pins import ATTACHMENT_PIN, BUTTON_PIN, LIGHT_PINS
from tpsbox.board.ports import HOLD_SECONDS, Board, Button, Camera, Lights, Outcome, Press
from tpsbox.board.signals import BEATS, SIGNALS, Light, Pattern, Shown, Signal
from tpsbox.errors import EnvironmentFault

BOUNCE_SECONDS = 0.05
"""gpiozero does not debounce by itself; with 0.5 s quick presses would be lost."""
CAPTURE_SECONDS = 10.0
"""picamera2 has no time limit of its own, and cases are known in which it never returns."""
WARM_UP_SECONDS = 2.0
"""Until exposure has settled after the camera starts."""


def open_pi() -> Board:
    """Camera, button and lights of this Pi.

    Raises:
        EnvironmentFault: a library or device is missing or in use.
    """
    camera = PiCamera()
    try:
        button = PiButton()
        try:
            return Board(camera, button, PiLights())
        except EnvironmentFault:
            button.close()
            raise
    except EnvironmentFault:
        camera.close()
        raise


class PiCamera(Camera):
    """Runs all the time in the configuration for full stills, so that a press waits for nothing."""

    def __init__(self, seconds: float = CAPTURE_SECONDS) -> None:
        """Start the camera; `seconds` is the limit for one photo.

        Raises:
            EnvironmentFault: no picamera2, or no camera.
        """
        self._seconds = seconds
        self._stuck: threading.Thread | None = None
        try:
            from picamera2 import Picamera2

            self._device: Any = Picamera2()
            self._device.options["quality"] = 92
            still = self._device.create_still_configuration(
                main={"size": self._device.sensor_resolution}, buffer_count=2
            )
            self._device.configure(still)
            self._device.start()
        except (ImportError, OSError, RuntimeError, IndexError) as error:
            raise EnvironmentFault(f"camera: {error}; check the cable and picamera2") from error
        time.sleep(WARM_UP_SECONDS)

    def capture(self) -> bytes:
        """See `Camera.capture`. A capture that hangs is left behind in its thread."""
        if self._stuck is not None and self._stuck.is_alive():
            raise EnvironmentFault("camera: it still hangs in the photo before; restart the box")
        results: queue.Queue[bytes | Exception] = queue.Queue()
        thread = threading.Thread(target=self._take, args=(results,), daemon=True)
        self._stuck = thread
        thread.start()
        try:
            result = results.get(timeout=self._seconds)
        except queue.Empty:
            raise EnvironmentFault(
                f"camera: no photo within {self._seconds:g} s; check the cable"
            ) from None
        if isinstance(result, Exception):
            raise EnvironmentFault(f"camera: {result}") from result
        return result

    def close(self) -> None:
        """See `Camera.close`."""
        if self._stuck is None or not self._stuck.is_alive():
            self._device.close()

    def _take(self, results: queue.Queue[bytes | Exception]) -> None:
        try:
            # flush: a frame whose exposure began after the press, not one from the buffer.
            request = self._device.capture_request(flush=True)
            try:
                photo = io.BytesIO()
                request.save("main", photo, format="jpeg")
            finally:
                request.release()
            results.put(photo.getvalue())
        except Exception as error:  # whatever the driver raises, the kiosk must hear of it
            results.put(error)


class PiButton(Button):
    """The button for sheets and holds, and the one for attachments.

    A hold is told as soon as it is long enough, a short press when the button is let go.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._presses: queue.Queue[Press] = queue.Queue()
        self._clock = clock
        try:
            from gpiozero import Button as GpioButton

            self._devices = [
                self._watch(GpioButton, pin, attachment)
                for pin, attachment in ((BUTTON_PIN, False), (ATTACHMENT_PIN, True))
            ]
        except Exception as error:  # gpiozero's own tree, lgpio's and OSError have no common root
            raise EnvironmentFault(f"button: {error}; check gpiozero and the wiring") from error

    def wait(self, timeout: float) -> Press | None:
        """See `Button.wait`."""
        try:
            return self._presses.get(timeout=timeout) if timeout > 0 else self._presses.get_nowait()
        except queue.Empty:
            return None

    def answer(self, press: Press, outcome: Outcome) -> None:
        """The lights are the answer here."""

    def close(self) -> None:
        """See `Button.close`."""
        for device in self._devices:
            device.close()

    def _watch(self, kind: Any, pin: int, attachment: bool) -> Any:
        device = kind(pin, bounce_time=BOUNCE_SECONDS, hold_time=HOLD_SECONDS)
        pressed_at: list[float] = []

        def pressed() -> None:
            pressed_at[:] = [self._clock()]

        def told(at_least: float = 0.0) -> None:
            if pressed_at:  # else the hold was told already, and this is the letting go
                held = max(at_least, self._clock() - pressed_at.pop())
                self._presses.put(Press(held, attachment))

        device.when_pressed = pressed
        device.when_released = lambda: told()
        if not attachment:
            device.when_held = lambda: told(HOLD_SECONDS)
        return device


class PiLights(Lights):
    """Three LEDs; each blinks in a thread of gpiozero's own."""

    def __init__(self) -> None:
        self._shown: dict[Light, Signal] = {}
        try:
            from gpiozero import LED

            self._leds: dict[Light, Any] = {light: LED(pin) for light, pin in LIGHT_PINS.items()}
        except Exception as error:  # as for the button
            raise EnvironmentFault(f"lights: {error}; check gpiozero and the wiring") from error

    def show(self, shown: Shown) -> None:
        """See `Lights.show`."""
        for light, signal in zip(Light, (shown.camera, shown.tick, shown.cloud), strict=True):
            if self._shown.get(light) is not signal:
                self._set(light, SIGNALS[signal].pattern)
                self._shown[light] = signal

    def close(self) -> None:
        """See `Lights.close`."""
        for led in self._leds.values():
            led.close()

    def _set(self, light: Light, pattern: Pattern) -> None:
        led = self._leds[light]
        led.source = None  # ends the blinking before
        if pattern is Pattern.OFF:
            led.off()
        elif pattern is Pattern.STEADY:
            led.on()
        else:
            led.source_delay = 0.025
            led.source = _levels(BEATS[pattern], led.source_delay)


def _levels(beats: tuple[float, ...], step: float) -> Any:
    """0 and 1 for ever, one for each step of so many seconds."""
    round_of: list[int] = []
    for index, seconds in enumerate(beats):
        round_of += [1 - index % 2] * max(1, round(seconds / step))
    return cast(Any, cycle(round_of))
