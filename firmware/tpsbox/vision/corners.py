"""Finds the form's corner marks in the photo and, with the tag, where the sheet lies.

A tag of 32 mm says little about the far end of a sheet of 900 mm, so the marks are found on their
own: points where four quadrants change between dark and light (the ring test of Bennett and
Lasenby, "ChESS", 2014). Which of them are the sheet's corners is decided by the one assignment
whose homography also puts the tag where it was seen.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from tpsbox.forms.model import Fiducials, Point, Rect
from tpsbox.vision.peak import subpixel
from tpsbox.vision.photo import Gray
from tpsbox.vision.plane import Floats, cut, fit_homography, project, scale_at

SIDE_PX = 12
"""Pixels per side of a corner square in a search patch: fine enough for a tenth of a square."""
FOUND = 0.6
"""Correlation from which a place counts as a corner mark; print gives 0.8 to 0.95."""
RING_SIDE_PX = 8.0
"""Pixels per side of a corner square in the small image in which candidates are sought."""
CANDIDATES = 8
"""How many candidates are tried for one corner."""
STRONG = 500.0
"""Ring response (of 16 x 2 x 255 at most) from which a mark counts in full."""
SETTLED = 8
"""How many of the fitting assignments are measured again in the flattened view."""
TAG_ERROR_MM = 4.0
"""How far an assignment may put the tag's corners from where they were seen."""


@dataclass(frozen=True)
class Registration:
    """Where the sheet lies: homography mm -> px, and which of TL, TR, BR, BL were seen."""

    H: Floats
    seen: tuple[bool, bool, bool, bool]


def corner_template(fiducials: Fiducials) -> npt.NDArray[np.float32]:
    """The mark at SIDE_PX to a side, ink 0 on paper 255, its point in the middle."""
    n, margin = SIDE_PX, SIDE_PX // 3
    size = 2 * margin + (2 * n if fiducials.kind == "two-squares" else n)
    image = np.full((size, size), 255, np.float32)
    image[margin : margin + n, margin : margin + n] = 0
    if fiducials.kind == "two-squares":
        image[margin + n : margin + 2 * n, margin + n : margin + 2 * n] = 0
    return image


def find_corner(
    gray: Gray, H: Floats, fiducials: Fiducials, point: Point, radius: float
) -> tuple[Point, float]:
    """The best place of the mark within `radius` mm of `point`: photo px, and the correlation."""
    template = corner_template(fiducials)
    scale = SIDE_PX / fiducials.side
    reach = radius + template.shape[0] / 2 / scale
    patch = cut(gray, H, Rect(point[0] - reach, point[1] - reach, 2 * reach, 2 * reach), scale)
    patch = np.asarray(cv2.GaussianBlur(patch, (3, 3), 0), dtype=np.uint8)
    score = cv2.matchTemplate(patch.astype(np.float32), template, cv2.TM_CCOEFF_NORMED)
    _, best, _, (u, v) = cv2.minMaxLoc(score)
    du, dv = subpixel(np.asarray(score, dtype=np.float32), u, v)
    middle = (score.shape[0] - 1) / 2
    x = point[0] + (u + du - middle) / scale
    y = point[1] + (v + dv - middle) / scale
    place = project(H, [(x, y)])[0]
    return (float(place[0]), float(place[1])), float(best)


def ring_response(image: Gray, radius: float) -> npt.NDArray[np.float32]:
    """float32 of the image's shape: high where opposite quadrants are alike, neighbours not."""
    angles = np.arange(16) * np.pi / 8
    smooth = np.asarray(cv2.GaussianBlur(image, (3, 3), 0), dtype=np.float32)
    ring = [_shifted(smooth, radius * np.cos(a), radius * np.sin(a)) for a in angles]
    total = np.zeros_like(smooth)
    for i in range(4):
        total += np.abs(ring[i] + ring[i + 8] - ring[i + 4] - ring[i + 12])
    for i in range(8):
        total -= np.abs(ring[i] - ring[i + 8])
    centre = cv2.blur(smooth, (3, 3))
    mean = sum(ring[1:], ring[0]) / 16
    return np.asarray(total - 16 * np.abs(mean - centre), dtype=np.float32)


def _shifted(image: npt.NDArray[np.float32], dx: float, dy: float) -> npt.NDArray[np.float32]:
    move = np.array([[1, 0, -dx], [0, 1, -dy]], dtype=np.float64)
    size = (image.shape[1], image.shape[0])
    moved = cv2.warpAffine(image, move, size, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, dtype=np.float32)


def mark_candidates(
    gray: Gray, px_per_mm: float, fiducials: Fiducials
) -> list[tuple[Point, float]]:
    """Points (px of `gray`) that look like two touching squares, strongest first."""
    factor = min(1.0, RING_SIDE_PX / (fiducials.side * px_per_mm))
    small = np.asarray(
        cv2.resize(gray, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), dtype=np.uint8
    )
    side = fiducials.side * px_per_mm * factor
    response = ring_response(small, max(2.5, side * 0.5))
    peak = cv2.dilate(response, np.ones((7, 7), np.uint8))
    rows, columns = np.nonzero((response == peak) & (response > 60))
    order = np.argsort(-response[rows, columns])[:400]
    return [
        (
            ((columns[i] + 0.5) / factor - 0.5, (rows[i] + 0.5) / factor - 0.5),
            float(response[rows[i], columns[i]]),
        )
        for i in order
    ]


def register(
    gray: Gray, fiducials: Fiducials, tag_mm: Sequence[Point], tag_px: Sequence[Point]
) -> Registration | None:
    """The sheet's homography from the tag's corners and at least two corner marks.

    None where fewer than two marks fit the tag: then nothing can be said of the far end.
    """
    start = fit_homography(tag_mm, tag_px)
    if start is None:
        return None
    px_per_mm = scale_at(start, tag_mm[0])
    affine, _ = cv2.estimateAffine2D(np.array(tag_mm), np.array(tag_px))
    if affine is None or px_per_mm <= 0:
        return None
    turn = np.asarray(affine, dtype=np.float64)
    candidates = mark_candidates(gray, px_per_mm, fiducials)
    choices = [
        _near(candidates, turn, point, _distance(point, tag_mm)) for point in fiducials.points
    ]
    strength = dict(candidates)
    best: Registration | None = None
    for missing in range(3):
        fitting: list[tuple[float, Floats]] = []
        for chosen in _assignments(choices, missing):
            fit = _fit(fiducials, chosen, tag_mm, tag_px)
            if fit is not None and fit[0] / px_per_mm <= TAG_ERROR_MM:
                marks = sum(min(1.0, strength[place] / STRONG) for place in chosen if place)
                fitting.append((marks - 0.1 * fit[0] / px_per_mm, fit[1]))
        fitting.sort(key=lambda scored: -scored[0])
        for _, H in fitting[:SETTLED]:
            found = _settle(gray, H, fiducials, tag_mm, tag_px)
            if found is not None and (best is None or sum(found.seen) > sum(best.seen)):
                best = found
            if best is not None and all(best.seen):
                return best
        if best is not None and sum(best.seen) >= 3:
            return best
    return best


def _near(
    candidates: list[tuple[Point, float]], affine: npt.NDArray[np.float64], point: Point, far: float
) -> list[Point]:
    """The strongest candidates where perspective may have put `point`, `far` mm from the tag."""
    place = affine[:, :2] @ np.array(point) + affine[:, 2]
    reach = (8 + 0.85 * far) * float(np.sqrt(abs(np.linalg.det(affine[:, :2]))))
    near = [
        (place_px, strength)
        for place_px, strength in candidates
        if np.hypot(place_px[0] - place[0], place_px[1] - place[1]) < reach
    ]
    return [place_px for place_px, _ in near[:CANDIDATES]]


def _assignments(choices: list[list[Point]], missing: int) -> Iterator[tuple[Point | None, ...]]:
    """Every way to give each corner a candidate, but for so many that are not seen."""
    for hidden in itertools.combinations(range(4), missing):
        yield from itertools.product(
            *([None] if index in hidden else places for index, places in enumerate(choices))
        )


def _fit(
    fiducials: Fiducials,
    chosen: tuple[Point | None, ...],
    tag_mm: Sequence[Point],
    tag_px: Sequence[Point],
) -> tuple[float, Floats] | None:
    """The worst error (px) of an assignment over tag and marks, and its homography."""
    mm = [point for point, place in zip(fiducials.points, chosen, strict=True) if place]
    px = [place for place in chosen if place]
    if len(set(px)) < len(px):
        return None
    if len(px) == 4:
        exact = cv2.getPerspectiveTransform(np.array(mm, np.float32), np.array(px, np.float32))
        H = np.asarray(exact, dtype=np.float64)
    else:
        fitted = fit_homography([*tag_mm, *mm], [*tag_px, *px])
        if fitted is None:
            return None
        H = fitted
    error = project(H, [*tag_mm, *mm]) - np.array([*tag_px, *px])
    return float(np.abs(error).max()), H


def _settle(
    gray: Gray,
    H: Floats,
    fiducials: Fiducials,
    tag_mm: Sequence[Point],
    tag_px: Sequence[Point],
) -> Registration | None:
    """Measure every mark again in the flattened view and fit over all that are really there."""
    for radius in (fiducials.side, fiducials.side * 0.5):
        mm, px = list(tag_mm), list(tag_px)
        seen = [False] * 4
        for index, point in enumerate(fiducials.points):
            place, score = find_corner(gray, H, fiducials, point, radius)
            if score >= FOUND:
                mm.append(point)
                px.append(place)
                seen[index] = True
        better = fit_homography(mm, px)
        if better is None or sum(seen) < 2:
            return None
        H = better
    return Registration(H, (seen[0], seen[1], seen[2], seen[3]))


def _distance(point: Point, known: Sequence[Point]) -> float:
    return float(min(np.hypot(point[0] - x, point[1] - y) for x, y in known))
