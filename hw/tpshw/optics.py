"""Where the camera must stand, and what it sees from there: pinhole geometry in mm and degrees.

Axes as in stand.toml: x along the long side of sheet and picture, y along the short one. A lens
is narrower or wider than its focal length says by some degrees; of the maker's angle and that of
the pinhole the narrower counts, so the sheet fits in any case.
"""

from __future__ import annotations

from math import atan, cos, degrees, radians, sin, tan

from msgspec import Struct

from tpshw.tables import Pair, Positive, read


class Camera(Struct, frozen=True, forbid_unknown_fields=True):
    """A row of cameras.toml."""

    name: str
    pixels: Pair
    sensor_mm: Pair
    pixel_um: Positive
    focal_mm: Positive
    f_number: Positive
    angle: Pair
    closest_mm: Positive
    lens_mm: Positive
    iso: Positive


class Sheet(Struct, frozen=True, forbid_unknown_fields=True):
    """What is photographed; `marks` is the rectangle that must be in the picture to be read."""

    name: str
    size: Pair
    marks: Pair | None = None


class Demand(Struct, frozen=True, forbid_unknown_fields=True):
    """What the reader asks for."""

    least: Positive
    good: Positive
    around: Positive
    curl_degrees: Positive


class Cameras(Struct, frozen=True, forbid_unknown_fields=True):
    """The file cameras.toml."""

    camera: dict[str, Camera]
    sheet: dict[str, Sheet]
    demand: Demand


class View(Struct, frozen=True):
    """What a camera sees of a sheet from its distance; mm, px/mm, degrees.

    `field` is what the picture covers at the sheet; `sharp` from where to where it is sharp when
    focused on the sheet; `whole` and `marks` the tilt of the camera at which the first corner of
    the sheet, or of its marks, leaves the picture.
    """

    distance: float
    half: Pair
    field: Pair
    per_mm: float
    sharp: Pair
    whole: float
    marks: float


def cameras() -> Cameras:
    """The file cameras.toml."""
    return read("cameras.toml", Cameras)


def half_angles(camera: Camera) -> Pair:
    """Half the field of view along x and y, degrees."""
    found = [
        min(angle / 2, degrees(atan(side / 2 / camera.focal_mm)))
        for angle, side in zip(camera.angle, camera.sensor_mm, strict=True)
    ]
    return found[0], found[1]


def distance(camera: Camera, sheet: Sheet, around: float) -> float:
    """From the lens to the sheet so that it fits with `around` mm on every side, mm."""
    fits = max(
        (side / 2 + around) / tan(radians(half))
        for side, half in zip(sheet.size, half_angles(camera), strict=True)
    )
    return max(fits, camera.closest_mm)


def view(camera: Camera, sheet: Sheet, demand: Demand, least: float = 0.0) -> View:
    """What the camera sees of the sheet from `distance`, or from `least` mm if that is more."""
    away = max(distance(camera, sheet, demand.around), least)
    half = half_angles(camera)
    field = (2 * away * tan(radians(half[0])), 2 * away * tan(radians(half[1])))
    return View(
        distance=away,
        half=half,
        field=field,
        per_mm=min(p / f for p, f in zip(camera.pixels, field, strict=True)),
        sharp=sharp(camera, away),
        whole=tilt(sheet.size, away, half),
        marks=tilt(sheet.marks or sheet.size, away, half),
    )


def sharp(camera: Camera, away: float) -> Pair:
    """Nearest and farthest place that is sharp, mm: a point is smeared over two pixels at most."""
    spot = 2 * camera.pixel_um / 1000
    focal = camera.focal_mm
    hyper = focal * focal / (camera.f_number * spot) + focal
    near = away * (hyper - focal) / (hyper + away - 2 * focal)
    far = away * (hyper - focal) / (hyper - away) if away < hyper else float("inf")
    return near, far


def tilt(size: Pair, away: float, half: Pair) -> float:
    """The tilt of the camera about either axis that loses the first corner of `size`, degrees."""
    low, high = 0.0, 45.0
    for _ in range(40):
        middle = (low + high) / 2
        if _seen(size, away, half, middle):
            low = middle
        else:
            high = middle
    return low


def _seen(size: Pair, away: float, half: Pair, angle: float) -> bool:
    x, y = size[0] / 2, size[1] / 2
    return _inside(x, y, away, half, angle) and _inside(y, x, away, (half[1], half[0]), angle)


def _inside(across: float, along: float, away: float, half: Pair, angle: float) -> bool:
    """Camera turned by `angle` about the `across` axis: is the corner on either side in view?"""
    turn = radians(angle)
    for side in (along, -along):
        depth = away * cos(turn) + side * sin(turn)
        shift = side * cos(turn) - away * sin(turn)
        if depth <= 0 or abs(shift) > depth * tan(radians(half[1])):
            return False
        if across > depth * tan(radians(half[0])):
            return False
    return True
