"""Tells joined boxes from their neighbours: a table off by one box has an empty column of boxes.

Sheets without a tag come in printings whose tables differ by the width of a box; lines alone
then fit twice.
"""

from __future__ import annotations

import numpy as np

from tpsbox.forms.model import Field, Form, Page, Rect
from tpsbox.vision.photo import Gray
from tpsbox.vision.plane import Floats, cut, darkness_of

VIEW = 4.0
"""px/mm at which ink is looked for."""
INKED = 0.03
"""Share of dark pixels from which the middle of a box is written on."""


def column_shift(gray: Gray, H: Floats, form: Form, page: Page) -> float:
    """How far (mm, to the right) the boxes must move to hold what was written; mostly 0.

    Only forms whose boxes are joined can be off by one, and only a sheet that was filled in can
    tell: unless more than half of the numbers gain a written box, nothing moves.
    """
    joined = [field for field in page.fields if _joined(field)]
    if not joined:
        return 0.0
    dark = darkness_of(cut(gray, H, Rect(0, 0, *form.sheet), VIEW), VIEW, 3.0)
    pitch = joined[0].boxes[1].x - joined[0].boxes[0].x
    written = {
        shift: sum(_inked(dark, box, shift * pitch) for field in joined for box in field.boxes)
        for shift in (-1, 0, 1)
    }
    best = max(written, key=lambda shift: (written[shift], shift == 0))
    rows = len({field.boxes[0].y for field in joined})
    return best * pitch if written[best] - written[0] > rows / 2 else 0.0


def _joined(field: Field) -> bool:
    if len(field.boxes) < 2:
        return False
    first, second = field.boxes[:2]
    return abs(second.x - first.x - first.w) < 0.05 * first.w


def _inked(dark: np.ndarray[tuple[int, ...], np.dtype[np.float32]], box: Rect, dx: float) -> bool:
    x0, x1 = box.x + dx + 0.25 * box.w, box.x + dx + 0.75 * box.w
    y0, y1 = box.y + 0.2 * box.h, box.y + 0.8 * box.h
    part = dark[round(y0 * VIEW) : round(y1 * VIEW), max(0, round(x0 * VIEW)) : round(x1 * VIEW)]
    return part.size > 0 and float((part > 0.45).mean()) > INKED
