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
FIRST = 10
"""Groups, spread over the page, that say how the whole sheet is shifted and stretched."""
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


@lru_cache(maxsize=1024)
def _shape_of(group: Group) -> Group:
    """The group moved to the sheet's corner: the few shapes of a form come back all over it."""
    left, top = group.bounds.x, group.bounds.y
    frames = tuple(
        Rect(round(f.x - left, 3), round(f.y - top, 3), round(f.w, 3), round(f.h, 3))
        for f in group.frames
    )
    circles = tuple((round(x - left, 3), round(y - top, 3)) for x, y in group.circles)
    return Group(frames, circles, group.diameter, group.stroke)


@lru_cache(maxsize=64)
def _template_of(group: Group, scale: float) -> npt.NDArray[np.uint8]:
    """The group's print at `scale` px/mm, 255 = ink, with MARGIN_MM of paper around."""
    area = group.bounds.grow(MARGIN_MM)
    fine = 4
    k = scale * fine
    image = np.zeros((max(1, round(area.h * k)), max(1, round(area.w * k))), np.uint8)
    width = max(1, round(max(group.stroke, 0.9 / scale) * k))

    def px(x: float, y: float) -> tuple[int, int]:
        return (round((x - area.x) * k), round((y - area.y) * k))

    for frame in group.frames:
        end = px(frame.x + frame.w, frame.y + frame.h)
        cv2.rectangle(image, px(frame.x, frame.y), end, (255,), width)
    for x, y in group.circles:
        cv2.circle(image, px(x, y), round(group.diameter / 2 * k), (255,), width)
    shape = (max(1, round(area.w * scale)), max(1, round(area.h * scale)))
    return np.asarray(cv2.resize(image, shape, interpolation=cv2.INTER_AREA), dtype=np.uint8)


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
        window = self._ink(area, guess, reach)
        return self._match(window, area, _template_of(_shape_of(group), self.scale), guess, reach)

    def seek_each(
        self, boxes: Sequence[Rect], stroke: float, guess: tuple[float, float], reach: float
    ) -> list[Match]:
        """Search every box of a number on its own: flattened together, since they are near."""
        around = Group(tuple(boxes), (), 0.0, stroke).bounds.grow(MARGIN_MM)
        window = self._ink(around, guess, reach)
        return [self._seek_in(window, around, box, stroke, guess, reach) for box in boxes]

    def _seek_in(
        self,
        window: Gray,
        around: Rect,
        box: Rect,
        stroke: float,
        guess: tuple[float, float],
        reach: float,
    ) -> Match:
        """One box in the window of its number, which it shares with others."""
        area = box.grow(MARGIN_MM)
        # Windows are cut at whole pixels; what is left over belongs to the guess.
        column, row = (area.x - around.x) * self.scale, (area.y - around.y) * self.scale
        left, top = round(column), round(row)
        template = _template_of(_shape_of(Group((box,), (), 0.0, stroke)), self.scale)
        pad = 2 * round(reach * self.scale)
        height, width = template.shape
        part = window[top : top + height + pad, left : left + width + pad]
        rest = ((left - column) / self.scale, (top - row) / self.scale)
        start = (guess[0] + rest[0], guess[1] + rest[1])
        return self._match(part, area, template, start, reach)

    def _ink(self, area: Rect, guess: tuple[float, float], reach: float) -> Gray:
        """`area` and `reach` mm around it, moved by `guess`, flat and inverted."""
        seen = area.grow(reach)
        moved = Rect(seen.x + guess[0], seen.y + guess[1], seen.w, seen.h)
        return ~cut(self.image, self.H, moved, self.scale, cv2.BORDER_REPLICATE)

    def _match(
        self,
        window: Gray,
        area: Rect,
        template: Gray,
        start: tuple[float, float],
        reach: float,
    ) -> Match:
        if window.shape[0] < template.shape[0] or window.shape[1] < template.shape[1]:
            return Match(area.center, start, -1.0)
        found = cv2.matchTemplate(window, template, cv2.TM_CCOEFF_NORMED)
        score = np.asarray(found, dtype=np.float32)
        _, best, _, (u, v) = cv2.minMaxLoc(score)
        du, dv = subpixel(score, u, v)
        x = (u + du) / self.scale - reach + start[0]
        y = (v + dv) / self.scale - reach + start[1]
        return Match(area.center, (float(x), float(y)), float(best) if np.isfinite(best) else -1.0)


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
        weights = cv2.solve(basis.T @ scaled + ridge, scaled.T @ shifts)[1]
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
    spread = groups[:: -(-len(groups) // FIRST)]
    field = fit_field([view.seek(group, (0.0, 0.0), reach) for group in spread], size, 1)
    matches = [view.seek(g, field.at(g.bounds.center), reach / 2) for g in groups]
    field = fit_field(matches, size, 2)
    fit = float(np.median([match.score for match in matches]))
    return Refined(field, dict(zip(groups, matches, strict=True)), fit)


def settle_boxes(
    view: View, field: Field, guess: tuple[float, float], stroke: float, reach: float
) -> tuple[Rect, ...]:
    """The boxes of a number where they are: at `guess`, bettered where a frame is clear."""
    moved = []
    for box, match in zip(
        field.boxes, view.seek_each(field.boxes, stroke, guess, reach), strict=True
    ):
        dx, dy = match.shift if match.score >= CLEAR else guess
        moved.append(Rect(box.x + dx, box.y + dy, box.w, box.h))
    return tuple(moved)
