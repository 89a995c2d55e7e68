"""What libcamera is told on a Pi: focus, exposure and white balance, first measured, then locked.

Names and units are libcamera's (its control reference): ExposureTime in microseconds, LensPosition
in dioptres, SensorTimestamp in nanoseconds of the system's monotonic clock.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from tpsbox.board.camera_settings import CameraSettings, flicker_free

log = logging.getLogger(__name__)

Metadata = Mapping[str, Any]

DEFAULT_LENS = 1.17
"""Dioptres without a calibration: Camera Module 3 is 856 mm over a plano sheet (hw/README.md)."""
AF_MANUAL = 0
"""libcamera's AfModeManual."""
LENS_STEP = 0.05
"""Dioptres within which the lens is where it was told to be."""
SETTLED_FRAMES = 4
SETTLED_SPREAD = 0.03
"""Exposure and gains count as settled when they differ by so little over so many frames."""
SETTLE_SECONDS = 5.0
"""Then what was measured last is taken; in the dark AGC may hunt for ever."""


def has_lens(module: str) -> bool:
    """Whether a module has a focus motor; the HQ camera (imx477) is focused by hand."""
    return module.startswith("imx708")


def focus(module: str, lens_position: float | None) -> dict[str, Any]:
    """Controls that hold the focus; none for a module without a motor."""
    if not has_lens(module):
        return {}
    position = DEFAULT_LENS if lens_position is None else lens_position
    return {"AfMode": AF_MANUAL, "LensPosition": position}


def automatic(module: str, lens_position: float | None) -> dict[str, Any]:
    """Controls for measuring the light."""
    return {"AeEnable": True, "AwbEnable": True, **focus(module, lens_position)}


def locked(settings: CameraSettings) -> dict[str, Any]:
    """Controls for taking photos: nothing moves by itself."""
    return {
        "AeEnable": False,
        "AwbEnable": False,
        "ExposureTime": settings.exposure_us,
        "AnalogueGain": settings.gain,
        "ColourGains": settings.colour_gains,
        **focus(settings.module, settings.lens_position),
    }


def advertised(controls: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """Those controls that the camera has; libcamera refuses a whole set for one it has not."""
    return {name: value for name, value in controls.items() if name in known}


def settle(
    module: str,
    lens_position: float | None,
    next_frame: Callable[[], Metadata],
    clock: Callable[[], float],
) -> CameraSettings:
    """Settings measured from frames with automatic exposure, once these change no more."""
    until = clock() + SETTLE_SECONDS
    frames: list[tuple[float, ...]] = []
    while True:
        frame = next_frame()
        red, blue = frame.get("ColourGains", (1.0, 1.0))
        exposure = float(frame.get("ExposureTime", 2 * 10_000))
        gain = float(frame.get("AnalogueGain", 1.0)) * float(frame.get("DigitalGain", 1.0))
        frames = [*frames[1 - SETTLED_FRAMES :], (exposure * gain, float(red), float(blue))]
        if len(frames) == SETTLED_FRAMES and steady(frames):
            break
        if clock() >= until:
            log.warning("camera: light not settled in %g s; taken as it is", SETTLE_SECONDS)
            break
    exposure_us, sensor_gain = flicker_free(exposure, gain)
    return CameraSettings(
        module=module,
        exposure_us=exposure_us,
        gain=sensor_gain,
        colour_gains=(max(0.1, float(red)), max(0.1, float(blue))),
        lens_position=lens_position if has_lens(module) else None,
    )


def steady(frames: Sequence[Sequence[float]]) -> bool:
    """Whether each number differs by little over all frames."""
    return all(max(n) - min(n) <= SETTLED_SPREAD * max(n) for n in zip(*frames, strict=True))


def is_fresh(frame: Metadata, since_ns: int, settings: CameraSettings) -> bool | None:
    """Whether a frame was exposed after `since_ns` and as it was set; None if it does not say.

    The timestamp may be that of the first row's read-out, so the exposure before it is counted.
    """
    exposed = float(frame.get("ExposureTime", settings.exposure_us))
    if abs(exposed - settings.exposure_us) > 0.05 * settings.exposure_us:
        return False
    lens = settings.lens_position
    if lens is not None and abs(float(frame.get("LensPosition", lens)) - lens) > LENS_STEP:
        return False
    stamp = frame.get("SensorTimestamp")
    return None if stamp is None else int(stamp) - exposed * 1000 >= since_ns
