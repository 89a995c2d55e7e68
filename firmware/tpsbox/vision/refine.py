"""Finds every box and bubble where it really is: paper curls, a homography leaves about 2 mm.

Groups of printed shapes (the boxes of a number, its bubbles) are matched in the flat sheet; a
smooth field of shifts is drawn through what the groups say; then each box moves a little more on
its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from tpsbox.forms.model import Page, Point, Rect
from tpsbox.vision.peak import subpixel
from tpsbox.vision.plane import Floats

Darkness = npt.NDArray[np.float32]

MARGIN_MM = 1.5
"""Paper around a group that belongs to its template: the outside of a frame is empty."""
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


def groups_of(page: Page, stroke: float) -> list[Group]:
    """The boxes of each number, and each number's bubbles."""
    groups = []
    for field in page.fields:
        groups.append(Group(field.boxes, (), 0.0, stroke))
        if field.bubbles is not None:
            circles = tuple(point for column in field.bubbles.columns for point in column)
            groups.append(Group((), circles, field.bubbles.diameter, 0.35))
    return groups


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
    found = cv2.matchTemplate(window, template, cv2.TM_CCOEFF_NORMED)
    score = np.asarray(np.where(np.isfinite(found), found, -1), dtype=np.float32)
    v, u = np.unravel_index(int(score.argmax()), score.shape)
    du, dv = subpixel(score, int(u), int(v))
    shift = ((left + u + du) / scale - area.x, (top + v + dv) / scale - area.y)
    return Match(area.center, (float(shift[0]), float(shift[1])), float(score[v, u]))


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


def refine(
    dark: Darkness, scale: float, page: Page, size: tuple[float, float], stroke: float, reach: float
) -> tuple[ShiftField, float]:
    """The shift field of a page and the median correlation of its groups at the end."""
    groups = groups_of(page, stroke)
    matches = [locate(dark, scale, group, (0.0, 0.0), reach) for group in groups]
    field = fit_field(matches, size, 1)
    for narrow, order in ((reach / 2, 1), (reach / 4, 2)):
        matches = [locate(dark, scale, g, field.at(g.bounds.center), narrow) for g in groups]
        field = fit_field(matches, size, order)
    final = [locate(dark, scale, g, field.at(g.bounds.center), reach / 6) for g in groups]
    return field, float(np.median([match.score for match in final]))


def settle_box(
    dark: Darkness, scale: float, box: Rect, field: ShiftField, stroke: float, reach: float
) -> tuple[float, float]:
    """The last small step of one box: the field's shift, bettered where its own frame is clear."""
    guess = field.at(box.center)
    match = locate(dark, scale, Group((box,), (), 0.0, stroke), guess, reach)
    if match.score < 0.35:
        return guess
    return match.shift
