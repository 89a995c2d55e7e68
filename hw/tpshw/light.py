"""The lamps: how bright they make the sheet, how long an exposure takes, and where they glare.

Two LED bars stand beside the short sides, at +x and -x, each along y and facing a place on the
other side of the sheet. A bar is taken as points that shine by Lambert's cosine law.
"""

from __future__ import annotations

from math import atan2, ceil, degrees, hypot, pi

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from tpshw.optics import Camera
from tpshw.tables import Pair, Positive

Grid = NDArray[np.float64]
POINTS = 15
"""Into which a bar is divided; more change the result by less than 1 %."""
WHITE = 0.8
"""Share of the light that white paper gives back."""
FILLED = 0.6
"""How bright white paper is to be in the photo, as a share of what overexposes."""
MAINS_MS = 10
"""Lamps on mains of 50 Hz flicker by this; exposures are multiples of it."""


class Lamp(Struct, frozen=True, forbid_unknown_fields=True):
    """The place of the bar at +x, mm; the other mirrors it."""

    foot_x: Positive
    x: Positive
    z: Positive
    behind: Positive
    aim_x: float

    @property
    def facing(self) -> Pair:
        """The direction in which the bar at +x shines: x and z of a unit vector."""
        away = hypot(self.aim_x - self.x, self.z)
        return (self.aim_x - self.x) / away, -self.z / away


class Lit(Struct, frozen=True):
    """Illuminance of a sheet by both lamps, lux."""

    least: float
    mean: float
    most: float


def lit(lamp: Lamp, lumens: float, length: float, size: Pair) -> Lit:
    """Over a sheet of `size` mm, by two bars of `length` mm and `lumens` each."""
    lux = field(lamp, lumens, length, size)
    return Lit(float(np.min(lux)), float(np.mean(lux)), float(np.max(lux)))


def field(lamp: Lamp, lumens: float, length: float, size: Pair) -> Grid:
    """The same at 21 rows of 31 places, [21, 31] lux."""
    x = np.linspace(-size[0] / 2, size[0] / 2, 31)[None, :, None]
    y = np.linspace(-size[1] / 2, size[1] / 2, 21)[:, None, None]
    there = np.linspace(-length / 2, length / 2, POINTS)[None, None, :]
    return _lux(lamp, 1, lumens, x, y, there) + _lux(lamp, -1, lumens, x, y, there)


def _lux(lamp: Lamp, side: int, lumens: float, x: Grid, y: Grid, there: Grid) -> Grid:
    """Of one bar at every place, [rows, columns] lux; a Lambert source has lumens/pi candela."""
    dx, dy = x - side * lamp.x, y - there
    away = np.sqrt(dx * dx + dy * dy + lamp.z * lamp.z)
    face_x, face_z = lamp.facing
    leaving = np.clip((dx * side * face_x - lamp.z * face_z) / away, 0, None)
    arriving = lamp.z / away
    metres = away / 1000
    total: Grid = np.sum(lumens / pi / POINTS * leaving * arriving / metres**2, axis=2)
    return total


def glare(lamp: Lamp, away: float) -> float:
    """Where on a flat sheet the camera sees the lamp mirrored: x, mm from the middle."""
    return lamp.x * away / (away + lamp.z)


def lean(lamp: Lamp, away: float, edge: float) -> float:
    """How far paper may lean anywhere up to x = `edge` before it mirrors the lamp, degrees.

    Leaning paper by an angle turns the mirrored ray by twice as much. Negative: it glares flat.
    """
    return min(_lean(lamp, away, side * edge * step / 20) for side in (1, -1) for step in range(21))


def _lean(lamp: Lamp, away: float, x: float) -> float:
    to_lamp = atan2(lamp.x - x, lamp.z)
    mirrored = atan2(x, away)
    return degrees(to_lamp - mirrored) / 2


def exposure_ms(camera: Camera, lux: float, gain: float = 1.0) -> float:
    """For white paper at `lux`, ms before rounding.

    ISO 12232: a sensor of ISO S is full at 78/S lux seconds; of the sheet's luminance L the lens
    leaves 0.65 L / N^2 lux on it.
    """
    luminance = WHITE * lux / pi
    on_sensor = 0.65 * luminance / camera.f_number**2
    return 1000 * FILLED * 78 / (camera.iso * gain) / on_sensor


def flicker_free(milliseconds: float) -> int:
    """The next multiple of 10 ms."""
    return max(1, ceil(milliseconds / MAINS_MS)) * MAINS_MS


def darkest(camera: Camera) -> float:
    """Illuminance that still gives a photo within 100 ms at gain 8, lux: without lamps."""
    return exposure_ms(camera, 1.0, gain=8.0) / 100
