"""DATA/camera.json: how the camera of this box is set, as `tpsbox calibrate` measured it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec

from tpsbox.board.spool import take

CAMERA_FILE = "camera.json"

MAINS_US = 10_000
"""Lamps on 50 Hz mains flicker with 100 Hz; an exposure of whole periods sees them all alike."""
LONGEST_US = 100_000
"""A longer exposure shakes with the table that the stand is on."""

Gain = Annotated[float, msgspec.Meta(ge=0.1, le=64)]


class Geometry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a sheet lay under the camera: pixels to a mm, tilt in degrees, share of the photo."""

    px_per_mm: float
    tilt: float
    fill: float


class CameraSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`module` is libcamera's name of the sensor, `lens_position` in dioptres (None: no motor).

    `exposure_us` is a multiple of `MAINS_US`, `gain` that of the sensor, `colour_gains` those of
    red and blue.
    """

    module: str
    exposure_us: Annotated[int, msgspec.Meta(ge=MAINS_US, le=LONGEST_US, multiple_of=MAINS_US)]
    gain: Gain
    colour_gains: tuple[Gain, Gain]
    lens_position: Annotated[float, msgspec.Meta(ge=0, le=32)] | None = None
    geometry: Geometry | None = None


def load_settings(data: Path) -> CameraSettings | None:
    """The settings of the box in that folder, None if it was not calibrated yet.

    Raises:
        InputError: the file makes no sense.
        EnvironmentFault: it cannot be read.
    """
    return take(data / CAMERA_FILE, CameraSettings)


def flicker_free(exposure_us: float, gain: float) -> tuple[int, float]:
    """The exposure of whole mains periods and the gain that together give as bright a photo."""
    periods = max(1, min(LONGEST_US // MAINS_US, round(exposure_us / MAINS_US)))
    exposure = periods * MAINS_US
    return exposure, min(16.0, max(1.0, gain * exposure_us / exposure))
