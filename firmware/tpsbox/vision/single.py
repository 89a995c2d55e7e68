"""One cut-out box as a picture of its own: finds the frame in it and makes the model's cell."""

from __future__ import annotations

import cv2
import numpy as np

from tpsbox.errors import InputError
from tpsbox.forms.model import Rect
from tpsbox.vision.cells import box_image, ink_cell
from tpsbox.vision.photo import Gray
from tpsbox.vision.plane import darkness_of
from tpsbox.vision.refine import Group, locate

WORK = 120
"""Pixels to which the longer side of a crop is brought."""
STROKE = 1 / 19
"""Stroke of a frame over the side of the box: 20 mm boxes with 1.06 mm of print."""
SEEN = 0.30
"""Correlation from which a frame counts as found; without one the whole crop is the box."""


def single_cell(gray: Gray, source: str) -> Gray:
    """The cell, uint8 [40, 40], of a crop [h, w] that holds one box with or without its frame;
    `source` is named in errors.

    Raises:
        InputError: smaller than 12 pixels a side.
    """
    if min(gray.shape) < 12:
        raise InputError(f"{source}: a cut-out box needs at least 12 pixels a side")
    factor = WORK / max(gray.shape)
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    image = np.asarray(
        cv2.resize(gray, None, fx=factor, fy=factor, interpolation=method), dtype=np.uint8
    )
    box, score = _best_frame(image)
    if score < SEEN:
        box = Rect(0, 0, image.shape[1], image.shape[0]).grow(-1)
    seen = box_image(image, 1.0, box, STROKE * box.w)
    black = seen.frame if score >= SEEN else float(np.percentile(image, 2))
    return ink_cell(seen, black, 0.0)


def _best_frame(image: Gray) -> tuple[Rect, float]:
    """The square frame that fits the crop best: its centre lines in pixels, and the correlation."""
    dark = darkness_of(image, 4.0, 8.0)
    height, width = image.shape
    best, best_score = Rect(0, 0, width, height), -1.0
    for share in np.linspace(0.62, 0.98, 13):
        for aspect in (0.94, 1.0, 1.06):
            w, h = width * share, min(height * share * aspect, height * 0.99)
            guess = Rect((width - w) / 2, (height - h) / 2, w, h)
            reach = max(2.0, min(width - w, height - h) / 2 + 3)
            match = locate(dark, 1.0, Group((guess,), (), 0.0, STROKE * w), (0.0, 0.0), reach)
            if match.score > best_score:
                dx, dy = match.shift
                best, best_score = Rect(guess.x + dx, guess.y + dy, w, h), match.score
    return best, best_score
