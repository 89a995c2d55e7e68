"""Where the simulated camera sees each point of the sheet."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

MESH = 16
"""Pixels between the knots on which places are computed exactly."""

FOCAL = 1.2
"""Focal length in longer sides of the frame: about that of a phone's or a Pi's camera."""

Matrix = NDArray[np.float64]


class Crease(msgspec.Struct, frozen=True):
    """A fold across the sheet, at a share of its height, turned by `angle_deg` about its middle.

    It stands up: print near it is displaced by up to `mm` across it, falling to nothing on both
    sides within RIDGE_MM, so that straight lines have a kink there. Beyond the fold the paper is
    darker by the share `step`.
    """

    at: float = 0.5
    angle_deg: float = 0.0
    mm: float = 3.0
    step: float = 0.15


RIDGE_MM = 150.0
"""How far from a fold a sheet on a table lies flat again."""


def pose(
    sheet_mm: tuple[float, float],
    size: tuple[int, int],
    fill: float,
    shift: tuple[float, float],
    angles: tuple[float, float, float],
) -> Matrix:
    """Homography [3, 3] from mm on the sheet to pixels.

    The sheet is turned (`angles`: tilt, its direction, rotation, in degrees) before a pinhole
    camera; the picture is then scaled until its bounding box takes `fill` of the frame.
    """
    tilt, towards, rotation = np.radians(angles)
    width, height = sheet_mm
    distance = FOCAL * max(sheet_mm)
    turn = _rotation(rotation) @ _rotation(towards) @ _lean(tilt) @ _rotation(-towards)
    # Columns: where x, y and the origin of the sheet go, in front of the camera.
    origin = turn @ np.array([-width / 2, -height / 2, 0]) + np.array([0, 0, distance])
    H = np.stack([turn[:, 0], turn[:, 1], origin], axis=1)
    corners = project(H, np.array([[0, 0], [width, 0], [width, height], [0, height]]))
    low, high = corners.min(axis=0), corners.max(axis=0)
    frame = np.array(size, dtype=np.float64)
    zoom = fill * (frame / (high - low)).min()
    middle = frame / 2 + np.array(shift) * frame - zoom * (low + high) / 2
    onto = np.array([[zoom, 0, middle[0]], [0, zoom, middle[1]], [0, 0, 1]])
    return np.asarray(onto @ H / H[2, 2])


def project(H: Matrix, points: Matrix) -> Matrix:
    """Points [n, 2] through a homography."""
    homogeneous = points @ H[:, :2].T + H[:, 2]
    return np.asarray(homogeneous[:, :2] / homogeneous[:, 2:])


def sheet_places(
    H: Matrix,
    size: tuple[int, int],
    sheet_mm: tuple[float, float],
    curl_mm: float,
    rng: np.random.Generator,
    crease: Crease | None = None,
) -> Matrix:
    """mm on the sheet [rows, columns, 2] seen at the middle of every MESH x MESH pixels."""
    columns, rows = (-(-side // MESH) for side in size)
    x, y = np.meshgrid(np.arange(columns), np.arange(rows))
    # Enlarging by MESH puts knot k at pixel (k + 1/2) MESH - 1/2.
    pixels = np.stack([x, y], axis=2).reshape(-1, 2) * float(MESH) + (MESH - 1) / 2
    places = project(np.linalg.inv(H), pixels)
    if curl_mm:
        places += curl_mm * _waves(places, sheet_mm, rng)
    if crease:
        beyond, across = beyond_crease(places, sheet_mm, crease)
        height = np.clip(1 - np.abs(beyond) / RIDGE_MM, 0, 1)
        places += crease.mm * height[:, None] * across
    return places.reshape(rows, columns, 2)


def beyond_crease(
    places: Matrix, sheet_mm: tuple[float, float], crease: Crease
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far (mm) places [..., 2] lie beyond the fold, and the direction [2] across it."""
    angle = np.radians(crease.angle_deg)
    across = np.array([-np.sin(angle), np.cos(angle)])
    middle = np.array([sheet_mm[0] / 2, crease.at * sheet_mm[1]])
    return (places - middle) @ across, across


def _waves(places: Matrix, sheet_mm: tuple[float, float], rng: np.random.Generator) -> Matrix:
    """Smooth displacements of at most 1 in each direction: less than two waves over the sheet."""
    along = places / np.array(sheet_mm) * 2 * np.pi
    total = np.zeros_like(places)
    for axis in (0, 1):
        for _ in range(2):
            waves, phase = rng.uniform(0.4, 1.4, 2), rng.uniform(0, 2 * np.pi)
            total[:, axis] += 0.5 * np.sin(along @ waves + phase)
    return total


def _rotation(angle: float) -> Matrix:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def _lean(angle: float) -> Matrix:
    """Lean the x axis away from the camera."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])
