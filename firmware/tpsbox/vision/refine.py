"""Finds every box and bubble where it really is: paper curls, a homography leaves about 2 mm.

Groups of printed shapes (the boxes of a number, its bubbles) are matched in the flat sheet; a
smooth field of shifts is drawn through what the groups say; then each box moves a little more on
its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from tpsbox.forms.model import Bubbles, Field, Page, Point, Rect
from tpsbox.vision.peak import subpixel
from tpsbox.vision.photo import Gray
from tpsbox.vision.plane import Floats, cut

Darkness = npt.NDArray[np.float32]

MARGIN_MM = 1.5
"""Paper around a group that belongs to its template: the outside of a frame is empty."""
CLEAR = 0.35
"""Correlation from which a group or a box stands where it was found."""
HUBER_MM = 0.5
"""A group further than this from the smooth field counts less and less."""


@dataclass(frozen=True)
class Group:
    """Printed shapes that move together: frames, or circles of one diameter. All in mm."""

    frames: tuple[Rect, ...]
    circles: tuple[Point, ...]
    diameter: float
    stroke: float

    @property
    def bounds(self) -> Rect:
        """The smallest rectangle around the group."""
        r = self.diameter / 2
        xs = [v for f in self.frames for v in (f.x, f.x + f.w)] + [
            v for x, _ in self.circles for v in (x - r, x + r)
        ]
        ys = [v for f in self.frames for v in (f.y, f.y + f.h)] + [
            v for _, y in self.circles for v in (y - r, y + r)
        ]
        return Rect(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


@dataclass(frozen=True)
class Match:
    """Where a group was found: its centre (mm), the shift (mm) and the correlation."""

    center: Point
    shift: tuple[float, float]
    score: float


@dataclass(frozen=True)
class ShiftField:
    """A smooth field of shifts: polynomial over the sheet, up to second order."""

    size: tuple[float, float]
    weights: Floats

    def at(self, point: Point) -> tuple[float, float]:
        """The shift (mm) at a point (mm)."""
        dx, dy = _basis([point], self.size, len(self.weights))[0] @ self.weights
        return (float(dx), float(dy))


def boxes_of(field: Field, stroke: float) -> Group:
    """The boxes of a number."""
    return Group(field.boxes, (), 0.0, stroke)


def circles_of(bubbles: Bubbles) -> Group:
    """The bubbles of a number."""
    circles = tuple(point for column in bubbles.columns for point in column)
    return Group((), circles, bubbles.diameter, 0.35)


def groups_of(page: Page, stroke: float) -> list[Group]:
    """The boxes of each number, and each number's bubbles."""
    groups = []
    for field in page.fields:
        groups.append(boxes_of(field, stroke))
        if field.bubbles is not None:
            groups.append(circles_of(field.bubbles))
    return groups


@lru_cache(maxsize=64)
def template_of(group: Group, scale: float) -> npt.NDArray[np.float32]:
    """The group's print at `scale` px/mm, 1 = ink, with MARGIN_MM of paper around."""
    area = group.bounds.grow(MARGIN_MM)
    fine = 4
    k = scale * fine
    image = np.zeros((max(1, round(area.h * k)), max(1, round(area.w * k))), np.float32)
    width = max(1, round(max(group.stroke, 0.9 / scale) * k))

    def px(x: float, y: float) -> tuple[int, int]:
        return (round((x - area.x) * k), round((y - area.y) * k))

    for frame in group.frames:
        end = px(frame.x + frame.w, frame.y + frame.h)
        cv2.rectangle(image, px(frame.x, frame.y), end, (1.0,), width)
    for x, y in group.circles:
        cv2.circle(image, px(x, y), round(group.diameter / 2 * k), (1.0,), width)
    shape = (max(1, round(area.w * scale)), max(1, round(area.h * scale)))
    return np.asarray(cv2.resize(image, shape, interpolation=cv2.INTER_AREA), dtype=np.float32)


def locate(dark: Darkness, scale: float, group: Group, guess: Point, reach: float) -> Match:
    """Search the group within `reach` mm of where `guess` (a shift in mm) puts it."""
    template = template_of(group, scale)
    area = group.bounds.grow(MARGIN_MM)
    pad = max(1, round(reach * scale))
    left = round((area.x + guess[0]) * scale) - pad
    top = round((area.y + guess[1]) * scale) - pad
    height, width = template.shape
    window = _window(dark, left, top, width + 2 * pad, height + 2 * pad)
    u, v, score = _best_place(cv2.matchTemplate(window, template, cv2.TM_CCOEFF_NORMED))
    shift = ((left + u) / scale - area.x, (top + v) / scale - area.y)
    return Match(area.center, shift, score)


def _best_place(found: npt.ArrayLike) -> tuple[float, float, float]:
    """Column and row of the top of a correlation, between its pixels, and its height."""
    score = np.asarray(found, dtype=np.float32)
    score = np.where(np.isfinite(score), score, np.float32(-1))
    v, u = (int(i) for i in np.unravel_index(int(score.argmax()), score.shape))
    du, dv = subpixel(score, u, v)
    return u + du, v + dv, float(score[v, u])


@dataclass(frozen=True)
class View:
    """A photo at 1 / 2**depth of its size, and H (sheet mm to its px), searched at `scale` px/mm.

    Only the places that are searched are flattened.
    """

    image: Gray
    H: Floats
    scale: float

    def seek(self, group: Group, guess: tuple[float, float], reach: float) -> Match:
        """Search the group within `reach` mm of where `guess` (a shift in mm) puts it."""
        area = group.bounds.grow(MARGIN_MM)
        seen = area.grow(reach)
        moved = Rect(seen.x + guess[0], seen.y + guess[1], seen.w, seen.h)
        window = ~cut(self.image, self.H, moved, self.scale, cv2.BORDER_REPLICATE)
        template = _print_of(_at_origin(group), self.scale)
        if window.shape[0] < template.shape[0] or window.shape[1] < template.shape[1]:
            return Match(area.center, guess, -1.0)
        u, v, score = _best_place(cv2.matchTemplate(window, template, cv2.TM_CCOEFF_NORMED))
        shift = (u / self.scale - reach + guess[0], v / self.scale - reach + guess[1])
        return Match(area.center, shift, score)


@lru_cache(maxsize=64)
def _print_of(group: Group, scale: float) -> npt.NDArray[np.uint8]:
    """`template_of` in bytes; few shapes come back all over a form."""
    return np.asarray(np.rint(template_of(group, scale) * 255), dtype=np.uint8)


def _at_origin(group: Group) -> Group:
    """The group moved to the sheet's corner: groups of one shape become equal."""
    left, top = group.bounds.x, group.bounds.y
    frames = tuple(
        Rect(round(f.x - left, 3), round(f.y - top, 3), round(f.w, 3), round(f.h, 3))
        for f in group.frames
    )
    circles = tuple((round(x - left, 3), round(y - top, 3)) for x, y in group.circles)
    return Group(frames, circles, group.diameter, group.stroke)


def _window(dark: Darkness, left: int, top: int, width: int, height: int) -> Darkness:
    """A part of the image; what lies outside of it is paper."""
    window = np.zeros((height, width), np.float32)
    y0, y1 = max(top, 0), min(top + height, dark.shape[0])
    x0, x1 = max(left, 0), min(left + width, dark.shape[1])
    if y1 > y0 and x1 > x0:
        window[y0 - top : y1 - top, x0 - left : x1 - left] = dark[y0:y1, x0:x1]
    return window


def fit_field(matches: Sequence[Match], size: tuple[float, float], order: int) -> ShiftField:
    """A robust field through the matches: `order` 1 is affine, 2 bends; ridge on the slopes."""
    terms = 3 if order == 1 else 6
    basis = _basis([match.center for match in matches], size, terms)
    shifts = np.array([match.shift for match in matches])
    trust = np.array([max(match.score, 0.0) ** 2 for match in matches])
    ridge = np.diag([1e-6, *[0.02] * 2, *[0.1] * 3][:terms])
    weight = trust + 1e-9
    weights = np.zeros((terms, 2))
    for _ in range(8):
        scaled = basis * weight[:, None]
        weights = np.linalg.solve(basis.T @ scaled + ridge, scaled.T @ shifts)
        error = np.linalg.norm(shifts - basis @ weights, axis=1)
        weight = trust * np.minimum(1, HUBER_MM / np.maximum(error, 1e-6)) ** 2 + 1e-9
    return ShiftField(size, weights)


def _basis(points: Sequence[Point], size: tuple[float, float], terms: int) -> Floats:
    p = np.asarray(points, dtype=np.float64)
    x, y = 2 * p[:, 0] / size[0] - 1, 2 * p[:, 1] / size[1] - 1
    columns = [np.ones_like(x), x, y, x * x, x * y, y * y]
    return np.asarray(np.stack(columns[:terms], axis=1), dtype=np.float64)


@dataclass(frozen=True)
class Refined:
    """Where the groups of a page lie: a smooth field of shifts, and each group's own match.

    `fit` is the median correlation of the groups.
    """

    shifts: ShiftField
    matches: dict[Group, Match]
    fit: float

    def shift_of(self, group: Group) -> tuple[float, float]:
        """The group's own shift (mm) where its print is clear, else the field's.

        A crease moves what lies beyond it; no smooth field follows that.
        """
        match = self.matches[group]
        return match.shift if match.score >= CLEAR else self.shifts.at(group.bounds.center)


def refine(
    view: View, page: Page, size: tuple[float, float], stroke: float, reach: float
) -> Refined:
    """Find the groups of a page, each at most `reach` mm from where H puts it."""
    groups = groups_of(page, stroke)
    matches = [view.seek(group, (0.0, 0.0), reach) for group in groups]
    field = fit_field(matches, size, 1)
    matches = [view.seek(g, field.at(g.bounds.center), reach / 2) for g in groups]
    field = fit_field(matches, size, 2)
    fit = float(np.median([match.score for match in matches]))
    return Refined(field, dict(zip(groups, matches, strict=True)), fit)


def settle_box(
    view: View, box: Rect, guess: tuple[float, float], stroke: float, reach: float
) -> tuple[float, float]:
    """The last small step of one box: `guess`, bettered where its own frame is clear."""
    match = view.seek(Group((box,), (), 0.0, stroke), guess, reach)
    return match.shift if match.score >= CLEAR else guess
