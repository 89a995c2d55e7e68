"""Finds the corner marks that are two touching squares: candidates anywhere, then exact places.

At such a point two opposite quadrants are dark and the other two light, and nothing else on a
sheet or a table looks so at that size. A place counts by how much lighter the darker of the light
quadrants is than the lighter of the dark ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from tpsbox.forms.model import Fiducials, Point, Rect
from tpsbox.vision.peak import subpixel
from tpsbox.vision.photo import Gray
from tpsbox.vision.plane import Floats, cut, project

SIDE_PX = 12
"""Pixels per side of a corner square in a search patch: fine enough for a tenth of a square."""
FOUND = 0.6
"""Correlation from which a place counts as a corner mark; print gives 0.8 to 0.95."""
LEAST_STEP = 10
"""Grey levels between light and dark quadrants from which a place is a candidate."""
MOST_CANDIDATES = 80


@dataclass(frozen=True)
class Candidates:
    """Places that look like marks: px [n, 2] of the photo, and contrast [n], 0 to 1."""

    places: Floats
    contrasts: Floats

    def among(self, chosen: npt.NDArray[np.intp]) -> Candidates:
        """Only the chosen ones."""
        return Candidates(self.places[chosen], self.contrasts[chosen])


def mark_candidates(image: Gray, depth: int, side: float, angle: float) -> Candidates:
    """Marks whose squares have `side` px in `image`, the photo at 1 / 2**depth of its size.

    `angle` (radians, clockwise on the screen) is how far the sheet is turned. The size may be
    wrong by 40 %, the angle by 25 degrees. Highest contrast first.
    """
    window = max(1, round(0.55 * side))
    mean = np.asarray(cv2.blur(image, (window, window)), dtype=np.uint8)
    reach = 0.55 * side * np.sqrt(2)
    pad = int(np.ceil(reach)) + 1
    if min(image.shape) <= 2 * pad:
        return Candidates(np.zeros((0, 2)), np.zeros(0))
    diagonals = [angle + np.pi / 4 + quarter * np.pi / 2 for quarter in range(4)]
    # From the lower right on clockwise: dark, light, dark, light.
    first, second, third, fourth = (
        _moved(mean, round(reach * np.cos(a)), round(reach * np.sin(a)), pad) for a in diagonals
    )
    light = cv2.min(second, fourth)
    step = np.asarray(cv2.subtract(light, cv2.max(first, third)), dtype=np.uint8)
    rows, columns = _peaks(step)
    contrast = step[rows, columns] / (light[rows, columns].astype(np.float64) + 8.0)
    order = np.argsort(-contrast, kind="stable")[:MOST_CANDIDATES]
    places = np.stack([columns[order], rows[order]], axis=1) + pad + 0.5
    return Candidates(places * 2.0**depth - 0.5, contrast[order])


def _moved(image: Gray, dx: int, dy: int, pad: int) -> Gray:
    """The image seen (dx, dy) further on, without a border of `pad` px."""
    height, width = image.shape
    return image[pad + dy : height - pad + dy, pad + dx : width - pad + dx]


def _peaks(step: Gray) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Rows and columns of the middles of places where `step` is highest around."""
    if step.size == 0:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    top = cv2.dilate(step, np.ones((9, 9), np.uint8))
    summit = ((step == top) & (step >= LEAST_STEP)).astype(np.uint8)
    _, _, _, centres = cv2.connectedComponentsWithStats(summit)
    middles = np.rint(centres[1:]).astype(np.intp)
    return middles[:, 1], middles[:, 0]


@cache
def _template(kind: str) -> npt.NDArray[np.uint8]:
    """The mark at SIDE_PX to a side, ink 0 on paper 255, its point in the middle."""
    n, margin = SIDE_PX, SIDE_PX // 3
    size = 2 * margin + (2 * n if kind == "two-squares" else n)
    image = np.full((size, size), 255, np.uint8)
    image[margin : margin + n, margin : margin + n] = 0
    if kind == "two-squares":
        image[margin + n : margin + 2 * n, margin + n : margin + 2 * n] = 0
    return image


def find_corner(
    gray: Gray, H: Floats, fiducials: Fiducials, point: Point, radius: float
) -> tuple[Point, float]:
    """The best place of the mark within `radius` mm of `point`: px of `gray`, and correlation.

    H takes sheet mm to px of `gray`.
    """
    template = _template(fiducials.kind)
    scale = SIDE_PX / fiducials.side
    reach = radius + template.shape[0] / 2 / scale
    patch = cut(gray, H, Rect(point[0] - reach, point[1] - reach, 2 * reach, 2 * reach), scale)
    score = cv2.matchTemplate(cv2.GaussianBlur(patch, (3, 3), 0), template, cv2.TM_CCOEFF_NORMED)
    _, best, _, (u, v) = cv2.minMaxLoc(score)
    du, dv = subpixel(np.asarray(score, dtype=np.float32), u, v)
    middle = (score.shape[0] - 1) / 2
    x = point[0] + (u + du - middle) / scale
    y = point[1] + (v + dv - middle) / scale
    place = project(H, [(x, y)])[0]
    return (float(place[0]), float(place[1])), float(best)
