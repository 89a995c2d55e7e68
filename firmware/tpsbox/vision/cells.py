"""Cuts boxes into cells as the digit model reads them, and measures how black bubbles are.

The arithmetic of a cell is the model's contract and equals that of `models/cells.py`, by which
the net was trained: ink is measured between the paper of the box and the print of its frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from tpsbox.forms.model import Bubbles, Rect
from tpsbox.vision.photo import Gray

SIZE = 40
"""Side of a cell in pixels."""
INK_CEILING = 1.2
"""Darkness of full scale, in units of the printed frame: pens may be darker than the print."""
LEAST_CONTRAST = 25.0
"""Grey levels between paper and frame below which contrast is not stretched any further."""
PAPER_PERCENTILE = 85.0
NOISE_FREE, NOISE_TAKEN = 0.10, 1.7
"""Moire and shadow beside a box: more than NOISE_FREE of it is taken off, times NOISE_TAKEN.

Five photos off a screen: bare paper has 0.04 to 0.25 where the net reads it as blank, and 0.27 to
0.40 where moire made it see strokes; pen has 0.4 to 1.0 above.
"""
FRAME_REACH_MM = 0.6
"""How far outside of its place the stroke of a frame is looked for."""


@dataclass(frozen=True)
class BoxImage:
    """One box: its interior resampled to SIZE x SIZE grey, and what is known of its light."""

    interior: Gray
    paper: float
    frame: float


def box_image(flat: Gray, scale: float, box: Rect, stroke: float) -> BoxImage:
    """The box whose frame's centre lines are `box` (mm), out of a flat sheet at `scale` px/mm."""
    inset = stroke / 2 + 0.15 * min(1.0, stroke)
    inner = box.grow(-inset)
    margin = max(2, round((inset + stroke / 2 + FRAME_REACH_MM) * scale))
    width, height = max(8, round(inner.w * scale)), max(8, round(inner.h * scale))
    # Pixel (u, v) of the patch shows the sheet at inner.x + (u - margin + 0.5) / (width / inner.w).
    fx, fy = inner.w / width * scale, inner.h / height * scale
    place = np.array(
        [
            [fx, 0, inner.x * scale - 0.5 + (0.5 - margin) * fx],
            [0, fy, inner.y * scale - 0.5 + (0.5 - margin) * fy],
        ]
    )
    size = (width + 2 * margin, height + 2 * margin)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    patch = cv2.warpAffine(flat, place, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    seen: Gray = np.asarray(patch, dtype=np.uint8)
    return cell_image(_squared(seen[margin:-margin, margin:-margin]), frame_black(seen, margin))


def cell_image(interior: Gray, frame: float) -> BoxImage:
    """A box of which the interior [h, w] is cut out, and the grey level of its frame known."""
    small = _resample(interior)
    blurred = cv2.GaussianBlur(small, (3, 3), 0)
    return BoxImage(small, percentile(blurred, PAPER_PERCENTILE), frame)


def percentile(values: npt.NDArray[np.generic], share: float) -> float:
    """As `np.percentile`, which takes five times as long for the few values of a box."""
    flat = values.ravel()
    place = share / 100 * (flat.size - 1)
    low = int(place)
    near = np.partition(flat, (low, min(low + 1, flat.size - 1)))
    below, above = float(near[low]), float(near[min(low + 1, flat.size - 1)])
    return below + (above - below) * (place - low)


def ink_cell(image: BoxImage, black: float, noise: float) -> Gray:
    """uint8 [SIZE, SIZE]: 0 = paper, 255 = INK_CEILING times as dark as the print at `black`.

    `noise` is what bare paper beside the box shows as ink (see `paper_noise`).
    """
    ink = (image.paper - image.interior.astype(np.float32)) / max(
        image.paper - black, LEAST_CONTRAST
    )
    ink -= NOISE_TAKEN * max(0.0, noise - NOISE_FREE)
    scaled = np.clip(ink, 0.0, INK_CEILING) * (255.0 / INK_CEILING)
    return np.asarray(np.rint(scaled), dtype=np.uint8)


def _squared(interior: Gray) -> Gray:
    """A box much higher than wide is cut to a square around its ink: digits keep their shape."""
    height, width = interior.shape
    side = round(1.15 * width)
    if height <= 1.25 * width:
        return interior
    ink = np.clip(percentile(interior, PAPER_PERCENTILE) - interior - LEAST_CONTRAST, 0, None)
    # The frame's residue is no writing: only the inner part of the box has a say.
    edge = width // 8
    weight = ink[edge:-edge, edge:-edge].sum(axis=1)
    rows = np.arange(edge, height - edge)
    middle = float((weight * rows).sum() / weight.sum()) if weight.sum() > 0 else height / 2
    top = round(min(max(middle - side / 2, 0), height - side))
    return interior[top : top + side]


def _resample(interior: Gray) -> Gray:
    """An axis that shrinks is averaged, one that grows is interpolated."""
    height, width = interior.shape
    shrinks = height > SIZE or width > SIZE
    if shrinks and (height < SIZE or width < SIZE):
        larger = (max(width, SIZE), max(height, SIZE))
        interior = np.asarray(
            cv2.resize(interior, larger, interpolation=cv2.INTER_LINEAR), dtype=np.uint8
        )
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(interior, (SIZE, SIZE), interpolation=method), dtype=np.uint8)


def frame_black(patch: Gray, margin: int) -> float:
    """Grey of the printed frame: darkest across the stroke, median along the four sides."""
    m = margin
    sides = (
        patch[:m, m:-m].min(axis=0),
        patch[-m:, m:-m].min(axis=0),
        patch[m:-m, :m].min(axis=1),
        patch[m:-m, -m:].min(axis=1),
    )
    return percentile(np.concatenate(sides), 50)


def paper_noise(
    flat: Gray, scale: float, boxes: Sequence[Rect], images: Sequence[BoxImage], share: float
) -> float:
    """How much ink the bare paper above and below a number's boxes shows: 0 none, 1 as print.

    The median over the strips of each strip's 90th percentile, so that a stroke that leaves its
    box does not count. 0 where the boxes are joined to others: there is no bare paper beside.
    """
    gap, strip = 1.7, 1.6
    if len(boxes) < 2 or boxes[1].x - boxes[0].x < 1.1 * boxes[0].w:
        return 0.0
    levels = []
    for box, image in zip(boxes, images, strict=True):
        contrast = max(image.paper * share, LEAST_CONTRAST)
        for y in (box.y - gap - strip, box.y + box.h + gap):
            rows = slice(max(0, round(y * scale)), round((y + strip) * scale))
            part = flat[rows, max(0, round(box.x * scale)) : round((box.x + box.w) * scale)]
            if part.size:
                darkest = percentile(part, 10)
                levels.append((image.paper - darkest) / contrast)
    return max(0.0, float(np.median(levels))) if levels else 0.0


def bubble_ink(
    flat: Gray, scale: float, bubbles: Bubbles, shift: tuple[float, float], contrast: float
) -> npt.NDArray[np.float64]:
    """float64 [columns, 10]: mean ink inside each bubble, 0 = paper, 1 = as dark as the print.

    `contrast` is the print's darkness in grey levels as a share of the paper's, 0 to 1.
    """
    out = np.zeros((len(bubbles.columns), 10))
    reach = bubbles.diameter / 2
    size = max(9, round(2 * reach * 1.6 * scale)) | 1
    rows, columns = np.indices((size, size)) - (size - 1) / 2
    inside = np.hypot(rows, columns) <= 0.72 * reach * scale
    around = np.hypot(rows, columns) >= 1.25 * reach * scale
    for i, column in enumerate(bubbles.columns):
        for digit, (x, y) in enumerate(column):
            centre = ((x + shift[0]) * scale - 0.5, (y + shift[1]) * scale - 0.5)
            patch = cv2.getRectSubPix(flat, (size, size), centre).astype(np.float64)
            paper = max(percentile(patch[around], 75), 1.0)
            out[i, digit] = (1 - patch[inside].mean() / paper) / max(contrast, 0.15)
    return np.clip(out, 0.0, 1.2)
