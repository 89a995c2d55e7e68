"""From a canvas to a cell, by way of a photograph or a scan that never was."""

from __future__ import annotations

import cv2
import numpy as np
from cells import (
    CANVAS,
    INTERIOR,
    LEVEL,
    MARGIN,
    PAPER_PERCENTILE,
    Gray,
    frame_black,
    ink_cell,
)
from numpy.typing import NDArray

Rng = np.random.Generator

SHIFT = 0.04
SCALE = 0.04
TURN = 3.0
"""Errors of registration in the field: share of the side, share of the side, degrees."""

WILD = 0.12
"""Share of boxes that were cut by eye: anywhere from the frame's outside to well inside of it."""

MOIRE = 0.08
"""Share of photos with a screen's stripes, whose level the box measures and takes off."""


def registration(rng: Rng, amount: float) -> NDArray[np.float64]:
    """2x3 map of canvas pixels about its centre, of `amount` times the errors of the field."""
    spread = 0.6 * amount
    turn = np.radians(np.clip(rng.normal(0, TURN * spread), -2 * TURN, 2 * TURN))
    scale = 1 + np.clip(rng.normal(0, SCALE * spread, 2), -0.08, 0.08)
    shift = np.clip(rng.normal(0, SHIFT * spread, 2), -0.08, 0.08) * INTERIOR
    shear = rng.normal(0, 0.03 * spread)
    linear = np.array([[np.cos(turn), -np.sin(turn) + shear], [np.sin(turn), np.cos(turn)]])
    linear = linear * scale
    centre = (CANVAS - 1) / 2
    offset = centre - linear @ (centre, centre) + shift
    return np.column_stack((linear, offset))


def cut_by_eye(rng: Rng) -> NDArray[np.float64]:
    """2x3 map of canvas pixels for a box whose cut did not follow its frame."""
    scale = rng.uniform(0.84, 1.18, 2)
    linear = np.diag(scale)
    linear[0, 1] = rng.normal(0, 0.04)
    centre = (CANVAS - 1) / 2
    shift = rng.uniform(-0.1, 0.1, 2) * INTERIOR
    return np.column_stack((linear, centre - linear @ (centre, centre) + shift))


def rewritten(canvas: Gray, rng: Rng) -> Gray:
    """A real box as if its writer had written it again: bent a little, with another pen.

    Only the interior changes, and nothing at its edge: frame and neighbours stay as they are.
    """
    bend = np.stack([_lumps(rng, int(rng.integers(3, 6))) for _ in range(2)])
    inside = np.zeros((CANVAS, CANVAS), np.float32)
    inside[MARGIN:-MARGIN, MARGIN:-MARGIN] = 1
    inside = cv2.GaussianBlur(inside, (0, 0), 3)[None] ** 2
    y, x = np.indices((CANVAS, CANVAS), dtype=np.float32)
    shift = bend * inside * (rng.uniform(0.3, 0.03 * INTERIOR))
    out = cv2.remap(
        canvas, x + shift[0], y + shift[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    if rng.random() < 0.3:
        change = cv2.dilate if rng.random() < 0.5 else cv2.erode
        other_pen = change(out, np.ones((3, 3), np.uint8))
        weight = inside[0] * rng.uniform(0, 0.7)
        out = (out * (1 - weight) + other_pen * weight).astype(np.uint8)
    return out


def _lumps(rng: Rng, grains: int) -> NDArray[np.float32]:
    coarse = rng.standard_normal((grains, grains)).astype(np.float32)
    return cv2.resize(coarse, (CANVAS, CANVAS), interpolation=cv2.INTER_CUBIC)


def sample(canvas: Gray, matrix: NDArray[np.float64], side: int, blur: float) -> Gray:
    """Canvas -> darkness image whose interior is `side` pixels, as a camera would average it."""
    margin = round(MARGIN * side / INTERIOR)
    factor = side / INTERIOR
    sigma = float(np.hypot(blur, 0.4 / factor if factor < 1 else 0.0))
    soft = cv2.GaussianBlur(canvas, (0, 0), sigma) if sigma > 0.3 else canvas
    to_small = np.array(
        [
            [factor, 0, margin + 0.5 * factor - 0.5 - MARGIN * factor],
            [0, factor, margin + 0.5 * factor - 0.5 - MARGIN * factor],
        ]
    )
    full = to_small[:, :2] @ matrix
    full[:, 2] += to_small[:, 2]
    size = side + 2 * margin
    return cv2.warpAffine(
        soft, full, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def expose(dark: NDArray[np.float32], rng: Rng) -> NDArray[np.float32]:
    """Darkness (1 = frame) -> grey levels of a photo in uneven light, noisy."""
    height, width = dark.shape
    paper, contrast = rng.uniform(90, 250), rng.uniform(0.4, 0.95)
    gray = paper * (1 - contrast * dark)
    if rng.random() < 0.6:
        x = np.linspace(-1, 1, width, dtype=np.float32)
        y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
        slope = rng.normal(0, 0.06, 2)
        gray = gray * (1 + slope[0] * x + slope[1] * y)
    if rng.random() < 0.7:
        noise = rng.standard_normal(dark.shape, dtype=np.float32)
        if rng.random() < 0.3:
            noise = cv2.GaussianBlur(noise, (3, 3), 0) * 2
        gray = gray + noise * (paper * contrast * rng.uniform(0.005, 0.06))
    return gray


def moire(shape: tuple[int, int], rng: Rng) -> NDArray[np.float32]:
    """Zero-mean stripes [h, w] of amplitude 1, crossing at times: a photo of a screen."""
    y, x = np.indices(shape, dtype=np.float32)
    out = np.zeros(shape, np.float32)
    for _ in range(rng.integers(1, 3)):
        period, turn = rng.uniform(2.5, 14), rng.uniform(0, np.pi)
        phase = (x * np.cos(turn) + y * np.sin(turn)) * (2 * np.pi / period)
        out += np.sin(phase + rng.uniform(0, 2 * np.pi))
    return out


def binarise(dark: NDArray[np.float32], margin: int, rng: Rng) -> NDArray[np.float32]:
    """Darkness -> black and white scan with lost strokes and salt; light greys may survive."""
    inner = cv2.GaussianBlur(dark, (3, 3), 0)[margin:-margin, margin:-margin]
    # The threshold follows the writing, or a thin mark would vanish and keep its label.
    strong = float(np.percentile(inner, 98.5))
    level = rng.uniform(0.3, 0.65) * np.clip(strong, 0.25, 1.0)
    dark = dark + rng.standard_normal(dark.shape, dtype=np.float32) * rng.uniform(0, 0.2) * level
    out = (dark > level).astype(np.float32)
    if rng.random() < 0.5:
        speck = rng.random(dark.shape)
        out[speck < rng.uniform(0, 0.008)] = 1
        out[speck > 1 - rng.uniform(0, 0.02)] = 0
    if rng.random() < 0.4:
        out = np.maximum(out, np.clip(dark, 0, 0.25))
    if rng.random() < 0.7:
        out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.3, 0.8))
    return out


def jpeg(gray: Gray, rng: Rng) -> Gray:
    """The image after a camera's or a messenger's compression."""
    quality = int(rng.integers(25, 92))
    return cv2.imdecode(
        cv2.imencode(".jpg", gray, (cv2.IMWRITE_JPEG_QUALITY, quality))[1], cv2.IMREAD_GRAYSCALE
    )


def cell_of(canvas: Gray) -> Gray:
    """The undisturbed cell of a canvas."""
    gray = np.clip(255 - canvas.astype(np.float32) * (230 / LEVEL), 0, 255).astype(np.uint8)
    return ink_cell(gray[MARGIN:-MARGIN, MARGIN:-MARGIN], frame_black(gray, MARGIN))


def disturbed(canvas: Gray, rng: Rng, amount: float = 1.0, scans: float = 0.25) -> Gray:
    """One cell as the field might deliver it.

    `amount` scales the errors of registration, `scans` is the share of black-and-white scans.
    """
    scan = rng.random() < scans
    side = round(np.exp(rng.uniform(np.log(32 if scan else 26), np.log(64))))
    blur = rng.uniform(0, 1.0) if scan else abs(rng.normal(0, 1.1))
    margin = round(MARGIN * side / INTERIOR)
    wild = amount > 0 and rng.random() < WILD * amount
    place = cut_by_eye(rng) if wild else registration(rng, amount)
    small = sample(canvas, place, side, blur)
    dark = small.astype(np.float32) / LEVEL
    gray = 245 - 225 * binarise(dark, margin, rng) if scan else expose(dark, rng)
    noise = 0.0
    if not scan and rng.random() < MOIRE:
        contrast = float(gray.max() - gray.min())
        pattern = moire(gray.shape, rng) * rng.uniform(0.02, 0.14)
        gray = gray + pattern * contrast
        noise = float(np.percentile(pattern, PAPER_PERCENTILE) - np.percentile(pattern, 10))
    image = np.clip(gray, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        image = jpeg(image, rng)
    # The box measures the frame only as well as it is registered.
    black = frame_black(image, margin) + rng.normal(0, 4)
    return ink_cell(image[margin:-margin, margin:-margin], black, noise)
