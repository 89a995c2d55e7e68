"""Which of the places that look like marks are the corners of the sheet: every choice, at once."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tpsbox.forms.model import Point
from tpsbox.vision.marks import Candidates
from tpsbox.vision.plane import Floats

NEAREST = 8
"""How many candidates are tried for one corner."""
TAG_ERROR_MM = 4.0
"""How far a choice may put the tag's corners from where they were seen."""


@dataclass(frozen=True)
class Tagged:
    """A tag on the sheet (mm) and in the photo (px), four corners in the same order."""

    mm: Floats
    px: Floats

    @property
    def px_per_mm(self) -> float:
        """Size of the tag in the photo over its size on the sheet."""
        return float(np.sqrt(_area(self.px) / _area(self.mm)))

    @property
    def affine(self) -> Floats:
        """float64 [2, 3]: sheet mm to px, right around the tag."""
        wide = np.column_stack([self.mm, np.ones(4)])
        return np.asarray(np.linalg.lstsq(wide, self.px, rcond=None)[0].T, dtype=np.float64)


@dataclass(frozen=True)
class Choice:
    """Places of some of the four corner marks (None: not seen), and how likely they are."""

    px: tuple[Point | None, Point | None, Point | None, Point | None]
    score: float


def homographies(mm: Floats, px: Floats) -> Floats:
    """float64 [n, 3, 3]: mm [4, 2] to each of px [n, 4, 2]; not finite where three lie in line."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(_basis(px) @ np.linalg.inv(_basis(mm[None])), dtype=np.float64)


def _basis(p: Floats) -> Floats:
    """[n, 3, 3]: takes the unit vectors and their sum to the four points [n, 4, 2]."""
    weights = np.stack(
        [
            _turn(p[:, 3], p[:, 1], p[:, 2]),
            _turn(p[:, 0], p[:, 3], p[:, 2]),
            _turn(p[:, 0], p[:, 1], p[:, 3]),
        ],
        axis=1,
    )
    weights = weights / _turn(p[:, 0], p[:, 1], p[:, 2])[:, None]
    points = np.concatenate([p[:, :3], np.ones((len(p), 3, 1))], axis=2)
    return np.asarray((points * weights[:, :, None]).transpose(0, 2, 1), dtype=np.float64)


def _turn(a: Floats, b: Floats, c: Floats) -> Floats:
    """Twice the area of the triangles abc; positive where they turn clockwise on the screen."""
    u, v = b - a, c - a
    return np.asarray(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0], dtype=np.float64)


def _area(quad: Floats) -> float:
    u, v = quad[2] - quad[0], quad[3] - quad[1]
    return abs(float(u[0] * v[1] - u[1] * v[0])) / 2


def choices(
    candidates: Candidates, corners: Sequence[Point], tagged: Tagged, missing: int
) -> list[Choice]:
    """Every choice of marks with `missing` (0 to 2) of them unseen that agrees with the tag.

    Best first: strong marks, and a homography that puts the tag where it is.
    """
    near = [_near(candidates, tagged, point) for point in corners]
    found: list[Choice] = []
    for hidden in itertools.combinations(range(4), missing):
        seen = [corner for corner in range(4) if corner not in hidden]
        found += _agreeing(candidates, corners, tagged, seen, [near[corner] for corner in seen])
    return sorted(found, key=lambda choice: -choice.score)


def _near(candidates: Candidates, tagged: Tagged, point: Point) -> npt.NDArray[np.intp]:
    """The strongest candidates where perspective may have put `point`."""
    place = tagged.affine @ np.array([*point, 1.0])
    far = float(np.hypot(*(tagged.mm - point).T).min())
    reach = (8 + 0.85 * far) * tagged.px_per_mm
    inside = np.hypot(*(candidates.places - place).T) < reach
    return np.flatnonzero(inside)[:NEAREST]


def _agreeing(
    candidates: Candidates,
    corners: Sequence[Point],
    tagged: Tagged,
    seen: Sequence[int],
    near: Sequence[npt.NDArray[np.intp]],
) -> list[Choice]:
    """Choices for the corners `seen`; the tag's own points make them four."""
    grid = np.stack(np.meshgrid(*near, indexing="ij"), axis=-1).reshape(-1, len(seen))
    if len(grid) == 0:
        return []
    helpers = {4: [], 3: [[0, 1, 2, 3]], 2: [[0], [2]]}[len(seen)]
    mm = np.array([*(corners[i] for i in seen), *(tagged.mm[h].mean(axis=0) for h in helpers)])
    fixed = np.array([tagged.px[h].mean(axis=0) for h in helpers]).reshape(1, -1, 2)
    marks = candidates.places[grid]
    H = homographies(mm, np.concatenate([marks, np.repeat(fixed, len(grid), axis=0)], axis=1))
    error = _tag_error(H, tagged)
    good = np.flatnonzero(error <= TAG_ERROR_MM)
    score = candidates.contrasts[grid].sum(axis=1) - 0.1 * error
    return [_choice(seen, marks[i], float(score[i])) for i in good]


def _tag_error(H: Floats, tagged: Tagged) -> Floats:
    """float64 [n]: how far (mm) the worst corner of the tag is from its place."""
    with np.errstate(divide="ignore", invalid="ignore"):
        out = np.column_stack([tagged.mm, np.ones(4)]) @ H.transpose(0, 2, 1)
        error = np.abs(out[:, :, :2] / out[:, :, 2:] - tagged.px).max(axis=(1, 2))
        one_side = (out[:, :, 2] > 0).all(axis=1) | (out[:, :, 2] < 0).all(axis=1)
    worst = np.where(one_side & np.isfinite(error), error / tagged.px_per_mm, np.inf)
    return np.asarray(worst, dtype=np.float64)


def _choice(seen: Sequence[int], marks: Floats, score: float) -> Choice:
    places: list[Point | None] = [None] * 4
    for corner, (x, y) in zip(seen, marks, strict=True):
        places[corner] = (float(x), float(y))
    return Choice((places[0], places[1], places[2], places[3]), score)
