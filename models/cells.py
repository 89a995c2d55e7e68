"""Normalisation of one box: the arithmetic that training and the box have in common.

A *cell* is what the net reads: 40x40 uint8, 0 = paper, 255 = 1.2 times as dark as the printed
frame. A *canvas* is what training keeps: the rectified box with its frame and a margin round it,
so that errors of registration can be played over real frames.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]

CLASSES = "0123456789X-_?"
"""Ten digits, X = crossed, - = dash, _ = blank, ? = anything else (struck out, illegible)."""

SIZE = 40
"""Side of a cell in pixels."""

INK_CEILING = 1.2
"""Darkness of full scale, in units of the printed frame: pens may be darker than the print."""

LEAST_CONTRAST = 25.0
"""Grey levels between paper and frame below which contrast is not stretched any further."""

PAPER_PERCENTILE = 85.0

NOISE_FREE, NOISE_TAKEN = 0.10, 1.7
"""Ink that bare paper beside a box shows: more than NOISE_FREE of it is taken off, enlarged."""

INTERIOR = 64
MARGIN = 12
CANVAS = INTERIOR + 2 * MARGIN
"""A canvas is 88x88; the interior of the box, inside its frame stroke, is [12:76, 12:76]."""

LEVEL = 200.0
"""Canvas value of darkness 1.0 (as dark as the frame)."""


def gray_of(photo: Gray) -> Gray:
    """Darkest of the three colour channels: [h, w, 3] -> [h, w]; blue ink stays dark."""
    return photo.min(axis=2) if photo.ndim == 3 else photo


def resample(interior: Gray, size: int = SIZE) -> Gray:
    """Interior [h, w] -> [size, size]; an axis that shrinks is averaged, else linear."""
    height, width = interior.shape
    shrinks = height > size or width > size
    if shrinks and (height < size or width < size):
        # INTER_AREA enlarges by repeating pixels: bring the short axis up first.
        interior = cv2.resize(
            interior, (max(width, size), max(height, size)), interpolation=cv2.INTER_LINEAR
        )
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(interior, (size, size), interpolation=method)


def paper_level(cell: Gray) -> float:
    """Grey of the paper of a resampled interior: 85th percentile after a 3x3 binomial blur."""
    blurred = cv2.GaussianBlur(cell, (3, 3), 0)
    return float(np.percentile(blurred, PAPER_PERCENTILE))


def ink_cell(interior: Gray, black: float, noise: float = 0.0) -> Gray:
    """What the net reads.

    `interior` [h, w] is the grey image inside the frame stroke, `black` the grey level of the
    frame (see `frame_black`), `noise` what bare paper beside the box shows as ink (moire), 1 = as
    dark as the frame. Returns [40, 40] uint8.
    """
    cell = resample(interior)
    paper = paper_level(cell)
    ink = (paper - cell.astype(np.float32)) / max(paper - black, LEAST_CONTRAST)
    ink -= NOISE_TAKEN * max(0.0, noise - NOISE_FREE)
    scaled = np.clip(ink, 0.0, INK_CEILING) * (255.0 / INK_CEILING)
    return np.rint(scaled).astype(np.uint8)


def frame_black(gray: Gray, margin: int) -> float:
    """Grey of the printed frame: darkest across the stroke, median along the four sides.

    `gray` [h, w] is the box with `margin` pixels outside of its interior on each side.
    """
    m = margin
    sides = (
        gray[:m, m:-m].min(axis=0),
        gray[-m:, m:-m].min(axis=0),
        gray[m:-m, :m].min(axis=1),
        gray[m:-m, -m:].min(axis=1),
    )
    return float(np.median(np.concatenate(sides)))
