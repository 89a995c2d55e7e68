"""What light, table, fingers and sensor add to a simulated photo."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tpsbox.simulator.hand import Image
from tpsbox.simulator.lens import Matrix, project

COARSE = (96, 128)
"""Columns and rows on which smooth light is computed before it is enlarged."""

TILE = 1024
"""Side of the patch of noise that is laid over the frame: large enough to show no pattern."""


def brightness(
    size: tuple[int, int], loss: float, shadow: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Factor [height, width]: falls by `loss` across the frame, by `shadow` behind a soft edge."""
    x, y = _grid()
    angle = rng.uniform(0, 2 * np.pi)
    across = x * np.cos(angle) + y * np.sin(angle)
    factor = 1 - loss * (0.5 + across / 1.5)
    if shadow:
        angle = rng.uniform(0, 2 * np.pi)
        bend = 0.08 * np.sin(6 * (y * np.cos(angle) - x * np.sin(angle)) + rng.uniform(0, 6))
        edge = x * np.cos(angle) + y * np.sin(angle) - rng.uniform(-0.2, 0.2) + bend
        factor = factor * (1 - shadow / (1 + np.exp(-edge / 0.03)))
    return _enlarge(factor, size)


def shadow_edge(
    size: tuple[int, int], strength: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Factor [height, width] of a shadow with a sharp straight edge: a person, a phone, a lamp."""
    columns, rows = (4 * side for side in COARSE)
    x, y = np.meshgrid(np.linspace(-0.5, 0.5, columns), np.linspace(-0.5, 0.5, rows))
    angle, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-0.2, 0.2)
    beyond = x * np.cos(angle) + y * np.sin(angle) - offset
    return _enlarge(1 - strength / (1 + np.exp(-np.clip(beyond / 0.002, -60, 60))), size)


def screen(u: NDArray[np.float32], v: NDArray[np.float32], pitch: float) -> NDArray[np.float32]:
    """Factor [height, width, 3] of a screen that shows the sheet; `pitch` and u, v in one unit.

    Each of its pixels is three upright stripes with a dark grid between. Taken at the middle of
    the camera's pixels alone, so that a pitch near theirs gives the beats one sees as moire.
    """
    depth, turn = 0.22, np.float32(2 * np.pi / pitch)
    rows = 1 - depth / 2 + depth / 2 * np.cos(turn * v)
    stripes = [1 - depth + depth * np.cos(turn * u + 2 * np.pi * c / 3) for c in range(3)]
    return np.asarray(np.stack([rows * s for s in stripes], axis=2), dtype=np.float32)


def glare_layer(
    size: tuple[int, int],
    strength: float,
    rng: np.random.Generator,
    at: tuple[float, float] | None = None,
) -> Image:
    """Light to add [height, width, 3]: one bright spot off the middle, or `at` (shares)."""
    x, y = _grid()
    cx, cy = rng.uniform(-0.3, 0.3, 2) if at is None else (at[0] - 0.5, at[1] - 0.5)
    wide, high = rng.uniform(0.08, 0.2, 2)
    spot = np.exp(-(((x - cx) / wide) ** 2 + ((y - cy) / high) ** 2))
    layer = _enlarge(255 * strength * spot, size).astype(np.uint8)
    return np.asarray(cv2.merge([layer, layer, layer]), np.uint8)


def table(size: tuple[int, int], grey: int, rng: np.random.Generator) -> Image:
    """A wooden table [height, width, 3] RGB about as bright as `grey`: streaks along x."""
    columns, rows = COARSE
    streaks = rng.normal(0, 1, (rows, 1)) + rng.normal(0, 0.5, (rows, columns // 8))
    plane = _enlarge(grey * (1 + 0.08 * streaks), size)
    shades = [cv2.convertScaleAbs(plane, alpha=c) for c in (1.1, 1.0, 0.85)]
    return np.asarray(cv2.merge(shades), np.uint8)


def corner_spots(sheet_mm: tuple[float, float]) -> list[tuple[float, float]]:
    """Where (mm) a thumb lies that holds the sheet by a corner: upper left, then clockwise."""
    width, height = sheet_mm
    inset = 0.08 * min(sheet_mm)
    right, low = width - inset, height - inset
    return [(inset, inset), (right, inset), (right, low), (inset, low)]


def lay_thumb(
    image: Image,
    H: Matrix,
    sheet_mm: tuple[float, float],
    spot: tuple[float, float],
    rng: np.random.Generator,
) -> None:
    """Lay a thumb over a place (mm) of the sheet, in place; what was there is gone."""
    reach = 0.08 * min(sheet_mm)
    under, beside = project(H, np.array([spot, (spot[0] + reach, spot[1])]))
    radius = float(np.hypot(*(beside - under)))
    axes = (max(2, round(1.5 * radius)), max(2, round(0.9 * radius)))
    center = (round(float(under[0])), round(float(under[1])))
    skin = tuple(int(v) for v in np.array([150, 105, 80]) * rng.uniform(0.7, 1.2))
    cv2.ellipse(image, center, axes, float(rng.uniform(20, 70)), 0, 360, skin, -1, cv2.LINE_AA)


def grain(image: Image, sigma: float, rng: np.random.Generator) -> Image:
    """The picture with normal noise of `sigma` grey levels a channel."""
    tile = np.rint(rng.standard_normal((TILE, TILE, 3), np.float32) * sigma).astype(np.int16)
    height, width = image.shape[:2]
    repeats = (-(-height // TILE), -(-width // TILE), 1)
    noise = np.tile(tile, repeats)[:height, :width]
    return np.asarray(cv2.add(image, noise, dtype=cv2.CV_8U), np.uint8)


def _grid() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    columns, rows = COARSE
    x, y = np.meshgrid(np.linspace(-0.5, 0.5, columns), np.linspace(-0.5, 0.5, rows))
    return x, y


def _enlarge(plane: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float32]:
    big = cv2.resize(plane.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(big, dtype=np.float32)
