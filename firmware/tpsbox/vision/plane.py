"""Between sheet millimetres and photo pixels: homographies, patches and the flat sheet."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from tpsbox.forms.model import Point, Rect
from tpsbox.vision.photo import Gray, Photo, darkest_channel

Floats = npt.NDArray[np.float64]

GENTLE_MM, GENTLE_PX = 900.0, 1.5
"""Perspective that halves the size over so many mm weighs as much as an error of so many px."""


def fit_homography(mm: Sequence[Point] | Floats, px: Sequence[Point] | Floats) -> Floats | None:
    """The 3x3 homography from sheet mm to photo px over four or more points; None if degenerate."""
    source = np.asarray(mm, dtype=np.float64).reshape(-1, 1, 2)
    target = np.asarray(px, dtype=np.float64).reshape(-1, 1, 2)
    H, _ = cv2.findHomography(source, target, 0)
    if H is None or not np.all(np.isfinite(H)):
        return None
    return np.asarray(H, dtype=np.float64)


def fit_gently(mm: Floats, px: Floats) -> Floats | None:
    """As `fit_homography`, but with no more perspective than the points, [n, 2] each, ask for.

    Where all of them lie near one line or in one corner, perspective beside it is anybody's guess;
    then the sheet is taken to be seen straight on.
    """
    middle, centre = mm.mean(axis=0), px.mean(axis=0)
    x, y = ((mm - middle) / GENTLE_MM).T
    u, v = (px - centre).T
    one, zero = np.ones_like(x), np.zeros_like(x)
    rows = np.concatenate(
        [
            np.stack([x, y, one, zero, zero, zero, -u * x, -u * y], axis=1),
            np.stack([zero, zero, zero, x, y, one, -v * x, -v * y], axis=1),
            GENTLE_PX * np.eye(8)[6:],
        ]
    )
    h = np.linalg.lstsq(rows, np.concatenate([u, v, [0.0, 0.0]]), rcond=None)[0]
    inner = np.array([[h[0], h[1], h[2]], [h[3], h[4], h[5]], [h[6], h[7], 1.0]])
    to = np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, GENTLE_MM]])
    back = np.array([[1, 0, centre[0]], [0, 1, centre[1]], [0, 0, 1.0]])
    H = back @ inner @ to
    return np.asarray(H / H[2, 2], dtype=np.float64) if np.isfinite(H).all() else None


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


def at_level(H: Floats, depth: int) -> Floats:
    """`H` (mm to photo px) for the photo at 1 / 2**depth of its size (see `Photo.level`)."""
    share = 0.5**depth
    rest = (share - 1) / 2
    return np.array([[share, 0, rest], [0, share, rest], [0, 0, 1.0]]) @ H


def cut(
    image: Gray, H: Floats, rect: Rect, scale: float, border: int = cv2.BORDER_CONSTANT
) -> Gray:
    """The part `rect` (mm) of the sheet, resampled from the photo at `scale` px/mm.

    What lies outside the photo comes out as 0 (black), unless `border` is another of OpenCV's.
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
    flat = cv2.warpPerspective(image, H @ to_mm, (width, height), flags=flags, borderMode=border)
    return np.asarray(flat, dtype=np.uint8)


def cut_gray(photo: Photo, H: Floats, rect: Rect, scale: float) -> Gray:
    """The part `rect` (mm) of the sheet in grey, out of the photo at its full size.

    Only the part of the photo that shows it is turned to grey. Where the photo is much finer than
    `scale` it is blurred first, so that thin lines and moire do not alias.
    """
    shrink = scale_at(H, rect.center) / scale
    corners = project(H, rect.corners)
    pad = 2 + round(2 * shrink)
    width, height = photo.size
    left, top = (int(v) for v in np.clip(corners.min(axis=0) - pad, 0, (width - 1, height - 1)))
    right, bottom = (int(v) for v in np.clip(corners.max(axis=0) + pad, 1, (width, height)))
    part = darkest_channel(photo.color[top : max(bottom, top + 1), left : max(right, left + 1)])
    if shrink >= 1.3:
        part = np.asarray(cv2.GaussianBlur(part, (0, 0), 0.35 * shrink), dtype=np.uint8)
    return cut(part, np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1.0]]) @ H, rect, scale)


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
