"""Black corner squares of sheets without a tag: blobs, and the four of them that make a sheet."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from tpsbox.forms.model import Form, Point
from tpsbox.vision.photo import Gray
from tpsbox.vision.plane import Floats, fit_homography, scale_at

WORK_PX = 1600
"""The longer side of the picture in which blobs are sought."""
MOST_BLOBS = 12
MOST_QUADS = 12
"""How many quads are handed on, those whose squares have the right size first."""


@dataclass(frozen=True)
class Blob:
    """A dark blob about as wide as high: its middle and its side, in photo px."""

    at: Point
    side: float


def square_blobs(gray: Gray) -> list[Blob]:
    """The most square-like dark blobs of the photo, best filled first."""
    factor = min(1.0, WORK_PX / max(gray.shape))
    small = cv2.resize(gray, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    window = max(31, round(max(small.shape) / 20)) | 1
    black = cv2.adaptiveThreshold(
        small, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, window, 40
    )
    count, _, stats, centres = cv2.connectedComponentsWithStats(black)
    found: list[tuple[float, Blob]] = []
    for index in range(1, count):
        _, _, w, h, area = stats[index]
        if min(w, h) < 8 or max(w, h) > max(small.shape) / 12 or not 0.6 < w / h < 1.67:
            continue
        filled = area / (w * h)
        if filled > 0.6:
            x, y = centres[index]
            place = ((x + 0.5) / factor - 0.5, (y + 0.5) / factor - 0.5)
            found.append((filled, Blob(place, float(np.sqrt(area)) / factor)))
    found.sort(key=lambda scored: -scored[0])
    return [blob for _, blob in found[:MOST_BLOBS]]


def quads_of_squares(gray: Gray, form: Form) -> list[Floats]:
    """Homographies (mm -> px) of every likely choice of four squares, in all four directions."""
    if form.fiducials.kind != "square":
        return []
    blobs = square_blobs(gray)
    scored: list[tuple[float, Floats]] = []
    for four in itertools.combinations(blobs, 4):
        ring = _ring([blob.at for blob in four])
        if ring is None:
            continue
        for turn in range(4):
            H = fit_homography(form.fiducials.points, ring[turn:] + ring[:turn])
            if H is not None:
                scored.append((_size_error(H, form, four, ring, turn), H))
    scored.sort(key=lambda pair: pair[0])
    return [H for error, H in scored[:MOST_QUADS] if error < 0.7]


def _ring(points: Sequence[Point]) -> list[Point] | None:
    """The points clockwise on the screen, if they make a convex quad of some size."""
    # OpenCV counts its directions with y upwards: its counter-clockwise is ours clockwise.
    hull = cv2.convexHull(np.array(points, np.float32), clockwise=False).reshape(-1, 2)
    if len(hull) < 4 or cv2.contourArea(hull) < 100 * 100:
        return None
    return [(float(x), float(y)) for x, y in hull]


def _size_error(
    H: Floats, form: Form, four: Sequence[Blob], ring: Sequence[Point], turn: int
) -> float:
    """How far (in log ratio) the worst square is from the size that H gives it."""
    sides = {blob.at: blob.side for blob in four}
    worst = 0.0
    for point, place in zip(form.fiducials.points, [*ring[turn:], *ring[:turn]], strict=True):
        nearest = min(sides, key=lambda at: np.hypot(at[0] - place[0], at[1] - place[1]))
        wanted = form.fiducials.side * scale_at(H, point)
        worst = max(worst, abs(float(np.log(max(sides[nearest], 1e-6) / max(wanted, 1e-6)))))
    return worst
