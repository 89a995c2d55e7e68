"""Finds a large sheet whose tag is hidden: by three or four of its corner marks and its print.

The marks say where the sheet may lie; the lines and boxes of every page say which page it is, which
way up, and that it is one at all.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from tpsbox.forms.model import Fiducials, Form, Page
from tpsbox.vision.assign import homographies
from tpsbox.vision.fourth import fourth_corner, ink_of, parallelogram
from tpsbox.vision.grow import Grown, grow, lines_fit
from tpsbox.vision.marks import FOUND, Candidates, find_corner, mark_candidates
from tpsbox.vision.photo import Photo
from tpsbox.vision.plane import Floats, at_level
from tpsbox.vision.tags import coarse_depth

Layout = tuple[Form, Page]

SHARES = (0.95, 0.6)
"""Of the photo's longer side that the sheet may fill; each tried size is good for 40 %."""
LEAST_CONTRAST, LIKE_BEST = 0.3, 0.6
"""Contrast of a mark, and its share of the best one's: all four are printed in one black."""
MARKS = 10
"""How many of the best candidates are taken for corners."""
THREES = 5
"""Of the best candidates, from which three are taken where four do not fit."""
POSES = 40
"""How many choices of four are looked at, those of the strongest marks first."""
ASPECTS = (0.35, 1.25)
"""Width over height of three corners' parallelogram; a sheet of 600 x 900 mm stays between."""
LEANING = 0.45
"""Correlation from which a mark may be one while perspective is not known yet."""
PAGE_FITS = 0.2
"""Correlation of a page's lines from which its boxes are looked for."""
CLEARER = 0.06
"""By how much the page must fit better than any other page or the other way up."""


@dataclass(frozen=True)
class Untagged:
    """The layouts whose print fits, and the homography mm -> px.

    They are alike in every box, but for sheets of other forms whose print comes too near.
    """

    layouts: list[Layout]
    H: Floats


def place_by_marks(photo: Photo, forms: Sequence[Form]) -> Untagged | None:
    """The sheet that bears marks of two squares; None if no page of `forms` clearly fits."""
    forms = [form for form in forms if form.fiducials.kind == "two-squares"]
    if not forms:
        return None
    prints = _prints(forms)
    candidates = _candidates(photo, forms[0])
    for poses in itertools.chain(
        [list(itertools.islice(_fours(photo, candidates, forms), POSES))],
        _threes(photo, candidates, prints),
    ):
        found = _best_page(photo, poses, prints, forms)
        if found is not None:
            return found
    return None


def _prints(forms: Sequence[Form]) -> list[Layout]:
    """Every page once of those that are alike in every box: their print tells nothing apart."""
    found: list[Layout] = []
    for form in forms:
        for page in form.pages:
            if not any(page.fields == other.fields for _, other in found):
                found.append((form, page))
    return found


def _candidates(photo: Photo, form: Form) -> Candidates:
    """Marks of any size and turn, strongest first, each place once."""
    depth = coarse_depth(photo)
    image = photo.level(depth)
    places, contrasts = np.zeros((0, 2)), np.zeros(0)
    for share in SHARES:
        side = form.fiducials.side / max(form.sheet) * share * max(image.shape)
        # A mark looks the same upside down.
        for angle in np.radians([0, 45, 90, 135]):
            found = mark_candidates(image, depth, side, float(angle))
            places = np.vstack([places, found.places])
            contrasts = np.concatenate([contrasts, found.contrasts])
    kept: list[int] = []
    near = 12.0 * 2**depth
    for i in np.argsort(-contrasts, kind="stable"):
        apart = all(np.hypot(*(places[i] - places[k])) > near for k in kept)
        if apart and contrasts[i] >= max(LEAST_CONTRAST, LIKE_BEST * contrasts.max()):
            kept.append(int(i))
        if len(kept) == MARKS:
            break
    return Candidates(places[kept], contrasts[kept])


def _fours(photo: Photo, candidates: Candidates, forms: Sequence[Form]) -> Iterator[Floats]:
    """Poses (mm -> px) in which four candidates look like the marks, both ways up."""
    fiducials = forms[0].fiducials
    for four in itertools.combinations(range(len(candidates.places)), 4):
        ring = _clockwise(candidates.places[list(four)])
        if len(ring) < 4:
            continue
        px = np.array([np.roll(ring, -turn, axis=0) for turn in range(4)])
        for H in homographies(np.array(fiducials.points), px):
            if np.isfinite(H).all() and _marks_seen(photo, H, fiducials, range(4)):
                yield H


def _threes(
    photo: Photo, candidates: Candidates, prints: Sequence[Layout]
) -> Iterator[list[Floats]]:
    """For every three candidates, the poses in which they look like marks.

    Print says where the fourth lies.
    """
    fiducials, ink = prints[0][0].fiducials, ink_of(photo)
    points = np.array(fiducials.points)
    for three in itertools.combinations(range(min(THREES, len(candidates.places))), 3):
        ring = _clockwise(candidates.places[list(three)])
        if len(ring) < 3:
            continue
        poses = []
        for hidden, turn in itertools.product(range(4), range(3)):
            seen, px = [(hidden + step) % 4 for step in (1, 2, 3)], np.roll(ring, -turn, axis=0)
            if not _may_be_corners(photo, fiducials, seen, px):
                continue
            H = fourth_corner(ink, points, seen, px, prints)
            if H is not None and _marks_seen(photo, H, fiducials, seen):
                poses.append(H)
        yield poses


def _may_be_corners(photo: Photo, fiducials: Fiducials, seen: Sequence[int], px: Floats) -> bool:
    """Whether three places look like marks of a sheet without perspective, roughly."""
    flat = parallelogram(seen, px)
    wide, high = (float(np.hypot(*(flat[k] - flat[0]))) for k in (1, 3))
    if not ASPECTS[0] < wide / max(high, 1e-6) < ASPECTS[1]:
        return False
    affine = homographies(np.array(fiducials.points), flat[None])[0]
    return _marks_seen(photo, affine, fiducials, seen, LEANING)


def _clockwise(places: Floats) -> Floats:
    """The corners of the hull, clockwise on the screen."""
    hull = cv2.convexHull(places.astype(np.float32), clockwise=False)
    return np.asarray(hull.reshape(-1, 2), dtype=np.float64)


def _marks_seen(
    photo: Photo,
    H: Floats,
    fiducials: Fiducials,
    corners: Sequence[int],
    least: float = FOUND,
) -> bool:
    depth = max(0, coarse_depth(photo) - 1)
    image, at = photo.level(depth), at_level(H, depth)
    points = [fiducials.points[corner] for corner in corners]
    return all(find_corner(image, at, fiducials, p, fiducials.side / 2)[1] >= least for p in points)


def _best_page(
    photo: Photo, poses: Sequence[Floats], prints: Sequence[Layout], forms: Sequence[Form]
) -> Untagged | None:
    """The pages and pose whose print fits, if no other pose and no other page of the form does."""
    scored = sorted(
        ((lines_fit(photo, H, *layout), H, layout) for H in poses for layout in prints),
        key=lambda each: -each[0],
    )
    finished: list[tuple[Grown, Layout]] = []
    for score, H, (form, page) in scored[:4]:
        points = np.array(form.fiducials.points)
        if score < PAGE_FITS:
            break
        better = grow(photo, H, points, _project(H, points), form, page)
        if better is not None:
            finished.append((better, (form, page)))
    if not finished:
        return None
    best, (form, page) = max(finished, key=lambda each: each[0].score)
    alike = [page.fields]
    for score, H, (another, other) in scored:
        if best.score - score >= CLEARER or (other == page and _same(H, best.H, page)):
            continue
        if another.name == form.name or not _same(H, best.H, page):
            return None
        alike.append(other.fields)
    return Untagged([(f, p) for f in forms for p in f.pages if p.fields in alike], best.H)


def _project(H: Floats, points: Floats) -> Floats:
    return np.asarray(cv2.perspectiveTransform(points[None], H)[0], dtype=np.float64)


def _same(H: Floats, other: Floats, page: Page) -> bool:
    """Whether two poses put the first box at the same place, within its own size."""
    box = page.fields[0].boxes[0]
    corners = np.array(box.corners)
    one, two = _project(H, corners), _project(other, corners)
    side = float(np.hypot(*(one[1] - one[0])))
    return bool(np.abs(one - two).max() < side)
