"""Where the fourth corner of a sheet lies when three are seen: by the print in between.

Three marks leave two numbers of a homography open. They are tried on a grid of places for the
fourth mark; the coarse dark pattern of a page tells which is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from tpsbox.forms.model import Form, Page, Rect
from tpsbox.vision.assign import homographies
from tpsbox.vision.lines import promised_lines
from tpsbox.vision.photo import Gray, Photo
from tpsbox.vision.plane import Floats, at_level, cut, darkness_of
from tpsbox.vision.tags import coarse_depth

VIEW = 0.34
"""px/mm of the view in which the grid is tried: a place 15 mm off still shows."""
ROUNDS = ((0.3, 11), (0.05, 5), (0.0125, 5))
"""How far, in shares of the sheet, the corner is tried each way from where it is thought to lie (at
first the parallelogram's), and in how many steps."""
SHEET_MM = 900.0
"""Millimetres of the photo's longer side, roughly: only widths of filters hang on it."""
LEAST = 0.12


@dataclass(frozen=True)
class Ink:
    """Where a photo, at 1 / 2**depth of its size, is darker than the paper around: uint8."""

    image: Gray
    depth: int


def ink_of(photo: Photo) -> Ink:
    """The photo's ink, blurred to what VIEW can show."""
    depth = coarse_depth(photo)
    level = photo.level(depth)
    dark = darkness_of(level, max(level.shape) / SHEET_MM, 8.0)
    soft = cv2.GaussianBlur(dark, (0, 0), 0.5 / VIEW * max(level.shape) / SHEET_MM)
    return Ink(np.asarray(np.rint(soft * 255), dtype=np.uint8), depth)


def fourth_corner(
    ink: Ink,
    points: Floats,
    seen: Sequence[int],
    px: Floats,
    layouts: Sequence[tuple[Form, Page]],
) -> Floats | None:
    """The homography mm -> px under which some page of `layouts` fits best.

    `points` [4, 2] are the corner marks in mm, `px` [3, 2] those of `seen` in the photo. None if
    no page fits at all.
    """
    hidden = ({0, 1, 2, 3} - set(seen)).pop()
    corners = parallelogram(seen, px)
    wide, high = corners[1] - corners[0], corners[3] - corners[0]
    pages = [_pattern(form, page) for form, page in layouts]
    best, best_H = LEAST, None
    middle = np.zeros(2)
    for reach, steps in ROUNDS:
        offsets = np.linspace(-reach, reach, steps)
        grid = middle + np.stack(np.meshgrid(offsets, offsets), axis=-1).reshape(-1, 2)
        tried = np.repeat(corners[None], len(grid), axis=0)
        tried[:, hidden] += grid[:, :1] * wide + grid[:, 1:] * high
        for place, H in zip(grid, homographies(points, tried), strict=True):
            score = _score(ink, H, layouts[0][0].sheet, pages)
            if score > best:
                best, best_H, middle = score, H, place
    return best_H


def parallelogram(seen: Sequence[int], px: Floats) -> Floats:
    """All four corners [4, 2] as they would lie without perspective, from three, [3, 2]."""
    hidden = ({0, 1, 2, 3} - set(seen)).pop()
    corners = np.zeros((4, 2))
    corners[list(seen)] = px
    before, across, after = (corners[(hidden + step) % 4] for step in (1, 2, 3))
    corners[hidden] = before + after - across
    return corners


@lru_cache(maxsize=32)
def _pattern(form: Form, page: Page) -> npt.NDArray[np.float32]:
    """The page's lines at VIEW, mean 0 and length 1."""
    size = (round(form.sheet[0] * VIEW), round(form.sheet[1] * VIEW))
    small = cv2.resize(promised_lines(form, page), size, interpolation=cv2.INTER_AREA)
    return _unit(np.asarray(small, dtype=np.float32))


def _unit(image: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    flat = image - image.mean()
    return np.asarray(flat / max(float(np.linalg.norm(flat)), 1e-6), dtype=np.float32)


def _score(
    ink: Ink,
    H: Floats,
    sheet: tuple[float, float],
    pages: Sequence[npt.NDArray[np.float32]],
) -> float:
    """The correlation of the best page under H; -1 where H is no view of a sheet."""
    if not np.isfinite(H).all():
        return -1.0
    seen = cut(ink.image, at_level(H, ink.depth), Rect(0, 0, *sheet), VIEW)
    view = _unit(seen.astype(np.float32))
    return max(float(np.vdot(view, page)) for page in pages)
