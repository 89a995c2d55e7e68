"""Judges a photo by the print of the form itself: size, light, glare and sharpness."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tpsbox.forms.model import Form
from tpsbox.vision.cells import BoxImage
from tpsbox.vision.photo import Gray
from tpsbox.vision.rejection import Reason, RejectedError

LEAST_BOX_PX = 20.0
"""Pixels to a box side in the photo below which no digit is read."""
LEAST_PAPER = 40.0
"""Grey of bare paper (0 to 255) below which a photo is too dark."""
LEAST_PRINT_SHARE = 0.14
"""The print's darkness as a share of the paper's light below which contrast is lost."""
BURNT = 250.0
"""Grey from which paper is burnt out; print that vanishes there was swallowed by glare."""
FIRM_STROKE_MM = 0.8
"""Width of a printed stroke that a photo of readable size never loses by itself."""
LEAST_PHOTO_PX = 200
"""Pixels of the shorter side below which a picture cannot hold a sheet."""
LEAST_SHARPNESS = 0.20
"""Sharpness below which digits run together (see `line_sharpness`)."""


def least_side(form: Form) -> float:
    """Pixels of a form's longer side below which its boxes are too small to be read."""
    box_mm = min(box.w for field in form.fields for box in field.boxes)
    return LEAST_BOX_PX / box_mm * max(form.sheet)


def judge_scale(box_px: float) -> None:
    """Refuse a sheet whose boxes have fewer than LEAST_BOX_PX pixels to a side."""
    if box_px < LEAST_BOX_PX:
        raise RejectedError(Reason.TOO_SMALL)


def judge_light(images: Sequence[BoxImage], stroke: float) -> float:
    """The print's darkness as a share of the paper's light (0 to 1) over all boxes.

    Raises:
        RejectedError: too dark, or glare over a box.
    """
    papers = np.array([image.paper for image in images])
    shares = np.array([1 - image.frame / max(image.paper, 1.0) for image in images])
    if float(np.median(papers)) < LEAST_PAPER:
        raise RejectedError(Reason.TOO_DARK)
    typical = float(np.percentile(shares, 60))
    swallowed = (papers >= BURNT) & (shares < 0.35 * typical)
    # A hair line may be lost in any scan; a stroke of this width goes by glare only.
    if stroke >= FIRM_STROKE_MM and swallowed.any():
        raise RejectedError(Reason.GLARE)
    if typical < LEAST_PRINT_SHARE:
        raise RejectedError(Reason.TOO_DARK if np.median(papers) < 90 else Reason.BLURRED)
    return typical


def why_nothing(gray: Gray) -> Reason:
    """Nothing was found in a photo: the reason that a person can do something about."""
    low, high = (float(level) for level in np.percentile(gray[::8, ::8], (5, 95)))
    if high < LEAST_PAPER:
        return Reason.TOO_DARK
    # Even a plain desk has edges two pixels wide; in a blurred photo nothing has.
    steps = np.abs(gray[:, 2:].astype(np.int16) - gray[:, :-2])
    if high - low > 40 and float(np.percentile(steps, 99.9)) < 0.12 * (high - low):
        return Reason.BLURRED
    return Reason.NO_SHEET


def line_sharpness(profiles: npt.NDArray[np.float64], side: float, stroke: float) -> float:
    """How narrow the frames' strokes came out: printed width over seen width, 0 to 1.

    `profiles` [2, n] are the mean profiles of darkness across the strokes (see
    `patches.frame_profiles`), `side` of a box and `stroke` in mm. Seen width is the full width at
    half height; the worse of the two directions counts, since a shaken photo is blurred in one
    only.

    Raises:
        RejectedError: blurred.
    """
    scale = (profiles.shape[1] - 1) / (2 * profile_reach(side))
    seen = max(_width(profile, scale) for profile in profiles)
    # Blur that widens a stroke by a tenth of the box is harmless to a digit of half its size.
    sharpness = float(np.clip(1 - (seen - stroke) / (0.25 * side), 0, 1))
    if sharpness < LEAST_SHARPNESS:
        raise RejectedError(Reason.BLURRED)
    return sharpness


def profile_reach(side: float) -> float:
    """How far (mm) to either side of a stroke its profile is taken in boxes of `side` mm."""
    return min(3.0, side / 5)


def _width(profile: npt.NDArray[np.float64], scale: float) -> float:
    """Full width (mm) at half height over the profile's own floor."""
    floor, top = float(profile.min()), float(profile.max())
    if top - floor < 1e-6:
        return float("inf")
    half = (profile - floor) / (top - floor)
    return float(np.sum(np.clip(half * 2 - 0.5, 0, 1)) / scale)
