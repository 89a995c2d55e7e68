"""The camera of a Pi, by picamera2: opened again when it is lost, as often as makes sense."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from tpsbox.board.camera_settings import CameraSettings
from tpsbox.board.pi_controls import has_lens, locked
from tpsbox.board.pi_lamp import Lamp
from tpsbox.board.pi_session import CameraSession
from tpsbox.board.ports import CameraFault, TunableCamera

log = logging.getLogger(__name__)

CAPTURE_SECONDS = 10.0
"""picamera2 has no time limit of its own, and cases are known in which it never returns."""
PAUSES = (2.0, 4.0, 8.0, 16.0, 30.0, 60.0)
"""Seconds between openings that nobody asked for; then only a press opens it again."""
MOST_LEFT = 4
"""Threads left hanging in the driver, after which opening again is of no use."""


class PiCamera(TunableCamera):
    """Runs all the time in the configuration for full stills, so that a press waits for nothing."""

    def __init__(
        self,
        make: Callable[[], Any],
        settings: CameraSettings | None,
        lamp: Lamp,
        *,
        seconds: float = CAPTURE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`make` gives a Picamera2; `seconds` is the limit for one photo."""
        self._make = make
        self._settings = settings
        self._lamp = lamp
        self._seconds = seconds
        self._clock = clock
        self._tries = 0
        self._left = 0
        self._open_at = clock()
        self.session = CameraSession(make, settings, lamp)

    def capture(self) -> bytes:
        """See `Camera.capture`. A capture that hangs is left behind in its thread."""
        self._recover(asked=True)
        try:
            photo = self.session.capture(self._seconds)
        except CameraFault:
            self._lamp.off()  # the thread that lit it may hang
            raise
        self._tries = 0
        return photo

    def check(self) -> None:
        """See `Camera.check`."""
        if trouble := self.session.trouble():
            self._recover(asked=False)
            raise CameraFault(f"camera: {trouble}; {self._advice()}")

    @property
    def lens_range(self) -> tuple[float, float] | None:
        """See `TunableCamera.lens_range`."""
        known = self.session.ask(lambda device: dict(device.camera_controls), self._seconds)
        if not has_lens(self.session.module) or "LensPosition" not in known:
            return None
        low, high, _ = known["LensPosition"]
        return float(low), float(high)

    def measure(self, lens_position: float | None) -> CameraSettings:
        """See `TunableCamera.measure`."""
        session = self.session
        settings = session.ask(lambda device: session.measure(device, lens_position), self._seconds)
        session.settings = settings
        return session.settings

    def use(self, settings: CameraSettings) -> None:
        """See `TunableCamera.use`."""
        session = self.session
        session.ask(lambda device: session.set(device, locked(settings)), self._seconds)
        session.settings = settings

    def close(self) -> None:
        """See `Camera.close`."""
        self.session.close()
        self._lamp.close()

    def _recover(self, *, asked: bool) -> None:
        """Open it again if it is lost and the time for it has come."""
        trouble = self.session.trouble()
        if not trouble or self._left >= MOST_LEFT:
            return
        now = self._clock()
        if not asked and (self._tries >= len(PAUSES) or now < self._open_at):
            return
        self._open_at = now + PAUSES[min(self._tries, len(PAUSES) - 1)]
        self._tries += 1
        log.warning("camera: %s; opened again", trouble)
        if not self.session.close():
            self._left += 1
        self.session = CameraSession(self._make, self._settings, self._lamp)

    def _advice(self) -> str:
        if self._left >= MOST_LEFT or self._tries >= len(PAUSES):
            return "check the cable, then switch the box off and on"
        return "check the cable"
