"""Between sheet millimetres and photo pixels: homographies, patches and the flat sheet."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from tpsbox.forms.model import Point, Rect
from tpsbox.vision.photo import Gray

Floats = npt.NDArray[np.float64]


def fit_homography(mm: Sequence[Point] | Floats, px: Sequence[Point] | Floats) -> Floats | None:
    """The 3x3 homography from sheet mm to photo px over four or more points; None if degenerate."""
    source = np.asarray(mm, dtype=np.float64).reshape(-1, 1, 2)
    target = np.asarray(px, dtype=np.float64).reshape(-1, 1, 2)
    H, _ = cv2.findHomography(source, target, 0)
    if H is None or not np.all(np.isfinite(H)):
        return None
    return np.asarray(H, dtype=np.float64)


def project(H: Floats, points: Sequence[Point] | Floats) -> Floats:
    """Points [n, 2] in mm to pixels [n, 2]."""
    array = np.asarray(points, dtype=np.float64).reshape(-1, 1, 2)
    return np.asarray(cv2.perspectiveTransform(array, H), dtype=np.float64).reshape(-1, 2)


def scale_at(H: Floats, point: Point) -> float:
    """Pixels per mm of the photo around a point of the sheet (root of the area ratio)."""
    x, y = point
    corners = project(H, [(x, y), (x + 1, y), (x, y + 1)])
    a, b = corners[1] - corners[0], corners[2] - corners[0]
    return float(np.sqrt(abs(a[0] * b[1] - a[1] * b[0])))


def cut(image: Gray, H: Floats, rect: Rect, scale: float) -> Gray:
    """The part `rect` (mm) of the sheet, resampled from the photo at `scale` px/mm.

    What lies outside the photo comes out as 0 (black).
    """
    width, height = max(1, round(rect.w * scale)), max(1, round(rect.h * scale))
    # A pixel's centre is at +0.5: flat pixel (u, v) shows the mm point (u + 0.5) / scale.
    to_mm = np.array(
        [
            [1 / scale, 0, rect.x + 0.5 / scale],
            [0, 1 / scale, rect.y + 0.5 / scale],
            [0, 0, 1.0],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    flat = cv2.warpPerspective(image, H @ to_mm, (width, height), flags=flags)
    return np.asarray(flat, dtype=np.uint8)


def paper_of(flat: Gray, scale: float, reach_mm: float) -> Gray:
    """The brightness of bare paper at every pixel: bright neighbours within `reach_mm`, smoothed.

    uint8 of the shape of `flat`; made at a coarse grid since light changes slowly.
    """
    step = max(1, round(scale))
    small = cv2.resize(flat, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
    size = max(3, round(reach_mm * scale / step)) | 1
    bright = cv2.dilate(small, np.ones((size, size), np.uint8))
    smooth = cv2.blur(bright, (size, size))
    shape = (flat.shape[1], flat.shape[0])
    return np.asarray(cv2.resize(smooth, shape, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def darkness_of(flat: Gray, scale: float, reach_mm: float) -> npt.NDArray[np.float32]:
    """float32 of the shape of `flat`: 0 = bare paper, 1 = no light at all."""
    paper = np.maximum(paper_of(flat, scale, reach_mm), 1).astype(np.float32)
    return np.clip(1 - flat.astype(np.float32) / paper, 0, 1).astype(np.float32)
