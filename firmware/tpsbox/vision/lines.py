"""The lines of a sheet: those its form promises, those a flattened photo shows, how they agree."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from tpsbox.forms.model import Form, Page, Rect
from tpsbox.vision.photo import Gray
from tpsbox.vision.plane import Floats, cut, darkness_of

COARSE = 1.0
"""px/mm at which lines are compared: a table line is one blurred pixel, a search takes
milliseconds."""

Lines = npt.NDArray[np.float32]


def ridges(dark: Lines, mm: float) -> Lines:
    """Thin straight lines along the two axes: dark along a run, light beside it. 0 to 1.

    `mm` is the size of a millimetre in pixels. Type and handwriting answer weakly, filled areas
    not at all.
    """
    run, across = max(3, round(9 * mm)) | 1, max(3, round(2.2 * mm)) | 1
    level = np.minimum(dark, 0.6)
    along_x = cv2.blur(level, (run, 1)) - cv2.blur(level, (run, across))
    along_y = cv2.blur(level, (1, run)) - cv2.blur(level, (across, run))
    return np.asarray(np.clip(np.maximum(along_x, along_y), 0, 1), dtype=np.float32)


@lru_cache(maxsize=16)
def promised_lines(form: Form, page: Page) -> Lines:
    """The ridges of the page's boxes and lines at COARSE px/mm; float32 [h, w]."""
    k = COARSE * 4

    def px(x: float, y: float) -> tuple[int, int]:
        return (round(x * k), round(y * k))

    image = np.zeros((round(form.sheet[1] * k), round(form.sheet[0] * k)), np.float32)
    for field in page.fields:
        for box in field.boxes:
            end = px(box.x + box.w, box.y + box.h)
            cv2.rectangle(image, px(box.x, box.y), end, (0.9,), max(1, round(form.stroke * k)))
        if field.tally is not None:
            upper_left, upper_right, lower_right, lower_left = field.tally.grid.corners
            edges = [upper_left, upper_right], [upper_left, lower_left], [upper_right, lower_right]
            for start, stop in edges:
                cv2.line(image, px(*start), px(*stop), (0.5,), max(1, round(0.8 * k)))
    for line in page.lines:
        cv2.line(image, px(*line.start), px(*line.end), (0.5,), max(1, round(line.width * k)))
    return coarse(ridges(image, k), k)


def coarse(lines: Lines, mm: float) -> Lines:
    """Ridges at `mm` px/mm brought to COARSE px/mm, blurred by half a millimetre."""
    soft = cv2.GaussianBlur(lines, (0, 0), 0.6 * mm)
    size = (round(lines.shape[1] / mm * COARSE), round(lines.shape[0] / mm * COARSE))
    return np.asarray(cv2.resize(soft, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def seen_lines(gray: Gray, H: Floats, area: Rect) -> Lines:
    """The lines in an area (mm) along the sheet's own axes: the photo is flattened first.

    float32 [h, w] at COARSE px/mm; H takes mm to px of `gray`.
    """
    mm = COARSE * 2.5
    seen = cut(gray, H, area, mm)
    return coarse(ridges(darkness_of(seen, mm, 6.0), mm), mm)


def slide(seen: Lines, promised: Lines, pad: float) -> tuple[tuple[float, float], float]:
    """Slide the promised lines over a view with `pad` mm more on every side.

    How far (mm, right and down) they fit best, and how well (-1 to 1).
    """
    score = cv2.matchTemplate(seen, promised, cv2.TM_CCOEFF_NORMED)
    _, best, _, (u, v) = cv2.minMaxLoc(score)
    return (u / COARSE - pad, v / COARSE - pad), float(best)
