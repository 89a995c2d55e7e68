"""Where a sheet with a tag lies, by its tag and at least two of its four corner marks.

A tag of 32 mm says little about the far end of a sheet of 900 mm, so the marks are found on their
own; the choice among them is the one whose homography also puts the tag where it was seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tpsbox.forms.model import Fiducials, Point
from tpsbox.vision.assign import Choice, Tagged, choices
from tpsbox.vision.marks import FOUND, find_corner, mark_candidates
from tpsbox.vision.photo import Photo
from tpsbox.vision.plane import Floats, at_level, fit_gently, fit_homography
from tpsbox.vision.tags import coarse_depth

SETTLED = 5
"""How many of the fitting choices are measured again in the flattened view."""


@dataclass(frozen=True)
class Registration:
    """Where the sheet lies: homography mm -> px, and which of TL, TR, BR, BL were seen.

    `mm` and `px` are the points it rests on.
    """

    H: Floats
    seen: tuple[bool, bool, bool, bool]
    mm: Floats
    px: Floats


def registrations(
    photo: Photo, fiducials: Fiducials, tag_mm: Sequence[Point], tag_px: Sequence[Point]
) -> Iterator[Registration]:
    """Where the sheet may lie, likeliest first; each with at least two marks that were seen."""
    tagged = Tagged(np.array(tag_mm), np.array(tag_px))
    depth = coarse_depth(photo)
    turn = tagged.affine
    side = fiducials.side * tagged.px_per_mm * 0.5**depth
    angle = float(np.arctan2(turn[1, 0], turn[0, 0]))
    candidates = mark_candidates(photo.level(depth), depth, side, angle)
    for missing in range(3):
        for choice in choices(candidates, fiducials.points, tagged, missing)[:SETTLED]:
            found = _settle(photo, choice, fiducials, tagged)
            if found is not None and sum(found.seen) >= 4 - missing:
                yield found


def _settle(
    photo: Photo, choice: Choice, fiducials: Fiducials, tagged: Tagged
) -> Registration | None:
    """Measure every mark again in the flattened view and fit over all that are really there."""
    depth = max(0, coarse_depth(photo) - 1)
    gray = photo.level(depth)
    pairs = [(mm, px) for mm, px in zip(fiducials.points, choice.px, strict=True) if px is not None]
    mm = np.array([*tagged.mm, *(pair[0] for pair in pairs)])
    H = _fit(mm, np.array([*tagged.px, *(pair[1] for pair in pairs)]))
    for radius in (fiducials.side, fiducials.side * 0.5):
        if H is None:
            return None
        known, px = list(tagged.mm), list(tagged.px)
        seen = [False] * 4
        for index, point in enumerate(fiducials.points):
            place, score = find_corner(gray, at_level(H, depth), fiducials, point, radius)
            if score >= FOUND:
                known.append(np.array(point))
                px.append((np.array(place) + 0.5) * 2.0**depth - 0.5)
                seen[index] = True
        H = _fit(np.array(known), np.array(px))
    if H is None or sum(seen) < 2:
        return None
    return Registration(H, (seen[0], seen[1], seen[2], seen[3]), np.array(known), np.array(px))


def _fit(mm: Floats, px: Floats) -> Floats | None:
    """Four corner marks and a tag say all there is to say; fewer say little of the far end."""
    return fit_homography(mm, px) if len(mm) >= 8 else fit_gently(mm, px)
