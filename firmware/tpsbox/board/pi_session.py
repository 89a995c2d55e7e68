"""One picamera2 device in a thread of its own: whatever hangs in the driver hangs there alone."""

from __future__ import annotations

import io
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from tpsbox.board.camera_settings import CameraSettings
from tpsbox.board.pi_controls import Metadata, advertised, automatic, is_fresh, locked, settle
from tpsbox.board.pi_lamp import Lamp
from tpsbox.board.ports import CameraFault

OPEN_SECONDS = 20.0
"""Opening takes two seconds, measuring the light five more."""
FROZEN_SECONDS = 5.0
"""Without a frame for so long the camera counts as frozen; it gives ten a second."""
CLOSE_SECONDS = 2.0
LAMP_NS = 20_000_000
"""From switching the lamp on until a frame may begin."""
STALE_FRAMES = 30
"""So many frames may come before one that was begun after the press: three seconds' worth."""
BUFFERS = 2
JPEG_QUALITY = 92

Answer = Callable[["bytes | Exception"], None]


class CameraSession:
    """From opening the device to closing or losing it."""

    def __init__(
        self, make: Callable[[], Any], settings: CameraSettings | None, lamp: Lamp
    ) -> None:
        """Start to open what `make` gives, a Picamera2; return at once."""
        self.settings = settings
        self.module = ""
        self._make = make
        self._lamp = lamp
        self._device: Any = None
        self._fault: Exception | None = None
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._alive_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)
        self._thread.start()

    def trouble(self) -> str:
        """Why there will be no photo; nothing if all is well or it is being opened."""
        if self._fault is not None:
            return str(self._fault)
        silent = time.monotonic() - self._alive_at
        if self._device is None:
            return f"not open after {OPEN_SECONDS:g} s" if silent > OPEN_SECONDS else ""
        return f"no frame for {silent:.0f} s" if silent > FROZEN_SECONDS else ""

    def capture(self, seconds: float) -> bytes:
        """A photo as JPEG whose exposure begins after this call.

        Raises:
            CameraFault: none within `seconds`.
        """
        photo: bytes = self.ask(self._take, seconds)
        return photo

    def ask(self, work: Callable[[Any], Any], seconds: float) -> Any:
        """What `work` gives for the device, in the session's thread.

        Raises:
            CameraFault: it failed, or took longer than `seconds`.
        """
        answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

        def job() -> None:
            try:
                if self._fault is not None:
                    raise self._fault
                answers.put(work(self._device))
            except Exception as error:  # whatever the driver raises, the kiosk must hear of it
                self._fault = error
                answers.put(error)

        self._jobs.put(job)
        try:
            answer = answers.get(timeout=seconds)
        except queue.Empty:
            self._fault = CameraFault(f"no photo within {seconds:g} s")
            raise CameraFault(f"camera: {self._fault}; check the cable") from None
        if isinstance(answer, Exception):
            raise CameraFault(f"camera: {answer}") from answer
        return answer

    def close(self) -> bool:
        """Give the device back; False if its thread hangs and had to be left behind."""
        self._jobs.put(None)
        self._thread.join(CLOSE_SECONDS)
        return not self._thread.is_alive()

    def _run(self) -> None:
        device = None
        try:
            device = self._make()
            self._open(device)
        except Exception as error:
            self._fault = error
        while (job := self._jobs.get()) is not None:
            job()
        if device is not None:
            device.close()

    def _open(self, device: Any) -> None:
        device.options["quality"] = JPEG_QUALITY
        self.module = str(device.camera_properties.get("Model", ""))
        mine = self.settings if self.settings and self.settings.module == self.module else None
        lens = None if mine is None else mine.lens_position
        first = automatic(self.module, lens) if mine is None else locked(mine)
        # Configuring forgets controls that were set before, so they go with it.
        device.configure(
            device.create_still_configuration(
                main={"size": device.sensor_resolution},
                buffer_count=BUFFERS,
                controls=advertised(first, device.camera_controls),
            )
        )
        device.post_callback = self._frame
        device.start()
        self._device = device
        self.settings = mine or self.measure(device, lens)

    def measure(self, device: Any, lens_position: float | None) -> CameraSettings:
        """Let exposure and white balance find themselves under the lamp, then lock them."""
        self.set(device, automatic(self.module, lens_position))
        with self._lamp.lit():
            measured = settle(
                self.module, lens_position, lambda: next_frame(device), time.monotonic
            )
        self.set(device, locked(measured))
        return measured

    def set(self, device: Any, controls: dict[str, Any]) -> None:
        """Set those of `controls` that this camera has."""
        device.set_controls(advertised(controls, device.camera_controls))

    def _frame(self, _request: Any) -> None:
        self._alive_at = time.monotonic()

    def _take(self, device: Any) -> bytes:
        if self.settings is None:
            raise CameraFault("not open yet")
        with self._lamp.lit():
            since = time.monotonic_ns() + LAMP_NS
            for count in range(STALE_FRAMES):
                request = device.capture_request()
                try:
                    fresh = is_fresh(request.get_metadata(), since, self.settings)
                    # Without timestamps: what was buffered before the press is gone by now.
                    if fresh or (fresh is None and count > BUFFERS):
                        return jpeg_of(request)
                finally:
                    request.release()
        raise CameraFault(f"no fresh frame among {STALE_FRAMES}")


def jpeg_of(request: Any) -> bytes:
    """The picture of a request."""
    photo = io.BytesIO()
    request.save("main", photo, format="jpeg")
    return photo.getvalue()


def next_frame(device: Any) -> Metadata:
    """What the next frame says of itself."""
    request = device.capture_request()
    try:
        metadata: Metadata = request.get_metadata()
        return metadata
    finally:
        request.release()
