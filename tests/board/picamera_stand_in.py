"""A stand-in for picamera2 that behaves as its manual and source say, and fails as cameras do.

Frames exist when they are asked for; each says when it was read out (`SensorTimestamp`, ns of the
monotonic clock) and how it was exposed. The first frame handed out is one from before: picamera2
keeps one buffered. Controls take effect `LAG` frames after they were set.
"""

from __future__ import annotations

import threading
import time
from typing import Any

LAG = 3
MODULE_3 = {
    "AeEnable",
    "AwbEnable",
    "ExposureTime",
    "AnalogueGain",
    "ColourGains",
    "AfMode",
    "LensPosition",
}
HQ = MODULE_3 - {"AfMode", "LensPosition"}


class Request:
    def __init__(self, camera: StandIn, metadata: dict[str, Any], number: int) -> None:
        self.camera, self.metadata, self.number = camera, metadata, number
        camera.held += 1

    def get_metadata(self) -> dict[str, Any]:
        return self.metadata

    def save(self, stream: str, file: Any, format: str) -> None:
        assert (stream, format) == ("main", "jpeg")
        file.write(b"\xff\xd8\xff frame %d" % self.number)

    def release(self) -> None:
        self.camera.held -= 1


class StandIn:
    """`plan` says what its opening and its frames do; see `Plan`."""

    sensor_resolution = (4608, 2592)

    def __init__(self, plan: Plan) -> None:
        plan.made.append(self)
        if plan.missing:
            raise IndexError("list index out of range")  # as picamera2 without any camera
        self.plan = plan
        self.options: dict[str, Any] = {}
        self.camera_properties = {"Model": plan.module}
        names = MODULE_3 if plan.module.startswith("imx708") else HQ
        self.camera_controls = dict.fromkeys(names, (0.0, 10.0, 1.0))
        self.post_callback: Any = None
        self.set: dict[str, Any] = {}
        self.now: dict[str, Any] = {}
        self.pending: list[tuple[int, dict[str, Any]]] = []
        self.frames = 0
        self.held = 0
        self.running = self.closed = False

    def create_still_configuration(self, main: Any, buffer_count: int, controls: Any) -> Any:
        assert main == {"size": self.sensor_resolution} and buffer_count >= 2
        return {"controls": controls}

    def configure(self, configuration: Any) -> None:
        self._advertised(configuration["controls"])
        self.set = dict(configuration["controls"])
        self.now = dict(self.set)

    def set_controls(self, controls: dict[str, Any]) -> None:
        self._advertised(controls)
        self.set |= controls
        self.pending.append((self.frames + LAG, dict(controls)))

    def start(self) -> None:
        self.running = True

    def capture_request(self) -> Request:
        assert self.running and self.held < 2, "more requests held than there are buffers"
        plan = self.plan
        if plan.hang is not None:
            plan.hang.wait()
        if plan.fault is not None:
            raise plan.fault
        stale = self.frames == 0 or plan.stale
        self.frames += 1
        while self.pending and self.pending[0][0] <= self.frames:
            self.now |= self.pending.pop(0)[1]
        metadata = self._metadata(stale)
        plan.lamp_lit.append(plan.lamp())
        request = Request(self, metadata, self.frames)
        if self.post_callback is not None:
            self.post_callback(request)
        return request

    def close(self) -> None:
        self.closed = True

    def _metadata(self, stale: bool) -> dict[str, Any]:
        plan = self.plan
        exposure, gain, red = plan.light[min(self.frames, len(plan.light)) - 1]
        automatic = self.now.get("AeEnable", True)
        exposure = exposure if automatic else self.now["ExposureTime"]
        read_out = time.monotonic_ns() + exposure * 1000 + 10**8
        metadata = {
            "ExposureTime": exposure,
            "AnalogueGain": gain if automatic else self.now["AnalogueGain"],
            "DigitalGain": 1.0,
            "ColourGains": (red, 1.5) if automatic else self.now["ColourGains"],
            "SensorTimestamp": 0 if stale else read_out,
        }
        if "LensPosition" in self.now:
            metadata["LensPosition"] = self.now["LensPosition"]
        return {name: value for name, value in metadata.items() if name not in plan.unsaid}

    def _advertised(self, controls: dict[str, Any]) -> None:
        for name in controls:
            if name not in self.camera_controls:
                raise RuntimeError(f"Control {name} is not advertised by libcamera")


class Plan:
    """What happens: a module, the light frame by frame (exposure us, gain, red gain), faults."""

    def __init__(self, module: str = "imx708") -> None:
        self.module = module
        self.light = [(9_000, 1.0, 1.0), (30_000, 2.0, 2.0), *[(33_000, 2.0, 2.1)] * 4]
        self.hang: threading.Event | None = None
        self.fault: Exception | None = None
        self.missing = False
        self.stale = False
        self.unsaid: set[str] = set()
        self.made: list[StandIn] = []
        self.lamp = lambda: False
        self.lamp_lit: list[bool] = []

    def make(self) -> StandIn:
        return StandIn(self)

    @property
    def device(self) -> StandIn:
        return self.made[-1]
