"""Real boxes as canvases: their darkness measured between paper and frame."""

from __future__ import annotations

import cv2
import house  # noqa: F401  (puts the box's own code on the path)
import numpy as np
from cells import CANVAS, INTERIOR, LEVEL, MARGIN, Gray, frame_black, gray_of
from numpy.typing import NDArray
from tpsbox.vision.frame import flatten


def rectify(photo: Gray) -> Gray | None:
    """Crop [h, w, 3] -> canvas [88, 88] of darkness (200 = frame), or None without a frame."""
    flat = flatten(gray_of(photo))
    if flat is None:
        return None
    interior = flat[MARGIN:-MARGIN, MARGIN:-MARGIN]
    return _darkness(flat, interior, frame_black(flat, MARGIN))


def unframed(photo: Gray) -> Gray:
    """Crop [h, w, 3] cut at its frame or inside of it -> canvas [88, 88], a drawn frame round it.

    As the box reads such a crop: all of it is interior, and its darkest spots count as print.
    """
    gray = gray_of(photo)[1:-1, 1:-1]
    interior = cv2.resize(gray, (INTERIOR, INTERIOR), interpolation=cv2.INTER_CUBIC)
    return framed(_darkness(interior, interior, float(np.percentile(interior, 2))))


def framed(interior: Gray) -> Gray:
    """Darkness of an interior [64, 64] -> canvas [88, 88] with a frame drawn round it."""
    canvas = np.zeros((CANVAS, CANVAS), np.uint8)
    near, far = MARGIN - 4, CANVAS - MARGIN + 4
    canvas[near:far, near:far] = int(LEVEL)
    canvas[MARGIN:-MARGIN, MARGIN:-MARGIN] = interior
    return canvas


def _darkness(gray: Gray, interior: Gray, black: float) -> NDArray[np.uint8]:
    paper = float(np.percentile(cv2.GaussianBlur(interior, (5, 5), 0), 85))
    dark = (paper - gray.astype(np.float32)) / max(paper - black, 25.0)
    return np.clip(dark * LEVEL, 0, 255).astype(np.uint8)
