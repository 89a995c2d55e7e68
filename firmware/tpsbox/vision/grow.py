"""Finishes a registration whose far end is uncertain, from one printed group to the next.

With fewer than four corner marks a homography is sure only near what was seen. The group of boxes
nearest to that is looked for first, then counts as seen itself. What was found so must in the end
agree with all the lines of the page, or it is not taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tpsbox.forms.model import Form, Page, Rect
from tpsbox.vision.lines import promised_lines, seen_lines, slide
from tpsbox.vision.photo import Photo
from tpsbox.vision.plane import Floats, at_level, fit_gently, project, scale_at
from tpsbox.vision.refine import Group, View, groups_of

SEEK_PX = 24
"""Pixels to a box side at which groups are looked for."""
FOUND = 0.42
"""Correlation from which a group counts as found."""
LEAST_FOUND = 0.6
"""Share of the groups that must be found."""
NEAR_MM, FAR_MM = 4.0, 10.0
"""How far a group is looked for: at once beside known points, and at most. Rows of boxes lie
23 mm apart, so that no group is taken for its neighbour."""
DOUBT = 0.03
"""Millimetres of doubt for each millimetre from a known point."""
SLIP_MM = 26.0
"""How far the lines of the whole page are slid: a row or a box too far must not fit better."""
STAYS_MM = 4.0
LINES_FIT = 0.25
"""Correlation of the page's lines from which it is that page; other pages stay below 0.15."""


@dataclass(frozen=True)
class Grown:
    """A homography that rests on print all over the page, and how well the page's lines fit."""

    H: Floats
    score: float


def grow(photo: Photo, H: Floats, mm: Floats, px: Floats, form: Form, page: Page) -> Grown | None:
    """The homography bettered from the known points outward; None if the page is not there.

    `mm` and `px` [n, 2] are the points on which H rests.
    """
    box_mm = min(box.w for field in page.fields for box in field.boxes)
    depth = _depth(photo, H, SEEK_PX / box_mm, page)
    image = photo.level(depth)
    known, seen = list(mm), list(px)
    left = [*groups_of(page, form.stroke), *_grids(page)]
    found = 0
    total = len(left)
    while left:
        group = min(left, key=lambda group: _distance(group, known))
        left.remove(group)
        reach = min(FAR_MM, NEAR_MM + DOUBT * _distance(group, known))
        view = View(image, at_level(H, depth), SEEK_PX / box_mm)
        match = view.seek(group, (0.0, 0.0), reach)
        if match.score < FOUND:
            continue
        found += 1
        known.append(np.array(match.center))
        seen.append(project(H, np.add([match.center], [match.shift]))[0])
        better = fit_gently(np.array(known), np.array(seen))
        if better is None:
            return None
        H = better
    if found < LEAST_FOUND * total:
        return None
    score = lines_fit(photo, H, form, page)
    return Grown(H, score) if score >= LINES_FIT else None


def lines_fit(photo: Photo, H: Floats, form: Form, page: Page) -> float:
    """How well the page's lines agree with the photo under H; -1 where they fit better beside."""
    depth = _depth(photo, H, 2.0, page)
    area = Rect(0, 0, *form.sheet).grow(SLIP_MM)
    seen = seen_lines(photo.level(depth), at_level(H, depth), area)
    (dx, dy), score = slide(seen, promised_lines(form, page), SLIP_MM)
    return score if np.hypot(dx, dy) <= STAYS_MM else -1.0


def _grids(page: Page) -> list[Group]:
    """The outlines of tally grids: on some pages the only print far from the boxes."""
    return [
        Group((field.tally.grid,), (), 0.0, 0.8) for field in page.fields if field.tally is not None
    ]


def _depth(photo: Photo, H: Floats, scale: float, page: Page) -> int:
    """How often the photo may be halved and still have `scale` px/mm, or nearly."""
    photo_scale = min(scale_at(H, field.boxes[0].center) for field in page.fields)
    depth = 0
    while photo_scale / 2 ** (depth + 1) >= 0.85 * scale and min(photo.size) >> depth > 100:
        depth += 1
    return depth


def _distance(group: Group, known: Sequence[Floats]) -> float:
    """From the edge of the group to the nearest known point, in mm."""
    b = group.bounds
    points = np.array(known)
    dx = np.maximum(0, np.maximum(b.x - points[:, 0], points[:, 0] - b.x - b.w))
    dy = np.maximum(0, np.maximum(b.y - points[:, 1], points[:, 1] - b.y - b.h))
    return float(np.hypot(dx, dy).min())
