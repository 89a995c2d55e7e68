"""The parts of a sheet that are read, flattened one by one: boxes with some paper around."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from tpsbox.forms.model import Rect
from tpsbox.vision.photo import Gray, Photo
from tpsbox.vision.plane import Floats, cut_gray

AROUND_MM = 4.0
"""Paper around boxes: their noise is measured on it, up to 3.3 mm away."""
PROFILES = 25
"""Points along each side of a frame at which its stroke is crossed; odd, so that one is the
median."""


@dataclass(frozen=True)
class Patch:
    """A flat part of the sheet: grey [h, w] at `scale` px/mm; `origin` (mm) is its upper left."""

    gray: Gray
    origin: tuple[float, float]
    scale: float

    def local(self, rect: Rect) -> Rect:
        """A rectangle of the sheet, in mm of the patch."""
        return Rect(rect.x - self.origin[0], rect.y - self.origin[1], rect.w, rect.h)


def cut_patch(photo: Photo, H: Floats, rect: Rect, scale: float) -> Patch:
    """The part `rect` (mm) of the sheet at `scale` px/mm."""
    return Patch(cut_gray(photo, H, rect, scale), (rect.x, rect.y), scale)


def cut_boxes(photo: Photo, H: Floats, boxes: Sequence[Rect], scale: float) -> Patch:
    """The boxes of one number with AROUND_MM of paper around."""
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right, bottom = max(box.x + box.w for box in boxes), max(box.y + box.h for box in boxes)
    return cut_patch(photo, H, Rect(left, top, right - left, bottom - top).grow(AROUND_MM), scale)


def frame_profiles(
    patch: Patch, boxes: Sequence[Rect], papers: Sequence[float], reach: float
) -> npt.NDArray[np.float64]:
    """float64 [2, n]: mean darkness (0 to 1) across upright and across level strokes of frames.

    From `reach` mm on one side of a stroke to `reach` on the other; `papers` is the grey of each
    box's paper.
    """
    local = [patch.local(box) for box in boxes]
    x, y = np.array([[b.x, b.x + b.w] for b in local]), np.array([[b.y, b.y + b.h] for b in local])
    count = max(5, round(2 * reach * patch.scale)) | 1
    over = np.linspace(-reach, reach, count)[None, None, None, :]
    along = np.linspace(0.15, 0.85, PROFILES)[None, None, :, None]
    light = np.maximum(np.array(papers), 1.0)[:, None, None]
    profiles = []
    for ends, sides in ((x, y), (y, x)):
        across = ends[:, :, None, None] + over + 0 * along
        run = sides[:, :1, None, None] + along * (sides[:, 1:] - sides[:, :1])[:, :, None, None]
        beside = np.broadcast_to(run, across.shape)
        seen = _sampled(patch, *((across, beside) if ends is x else (beside, across)))
        median = np.partition(seen, PROFILES // 2, axis=2)[:, :, PROFILES // 2]
        profiles.append(np.clip(1 - median / light, 0, 1).mean(axis=(0, 1)))
    return np.asarray(profiles, dtype=np.float64)


def _sampled(
    patch: Patch, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]
) -> npt.NDArray[np.uint8]:
    """Grey at places (mm of the patch) of any shape."""
    flat = (-1, x.shape[-1])
    u = (x.reshape(flat) * patch.scale - 0.5).astype(np.float32)
    v = (y.reshape(flat) * patch.scale - 0.5).astype(np.float32)
    seen = cv2.remap(patch.gray, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen, dtype=np.uint8).reshape(x.shape)
