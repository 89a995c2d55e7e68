"""One sitting: a hand with one pen before one sheet, and the photo of that sheet.

What the boxes of a sheet share (pen, size, light, sharpness, errors of registration) is drawn once
a sitting, so that a poor photo or a thick pen spoils many boxes of a set alike, as in the field.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from reading_paths import use_models
from reading_registration import Photographed

use_models()
from augment import jpeg, sample  # noqa: E402
from cells import CANVAS, INTERIOR, LEVEL, MARGIN, Gray, frame_black, ink_cell  # noqa: E402
from data import MNIST_INK  # noqa: E402
from synthesis import (  # noqa: E402
    Layer,
    Strokes,
    bleed,
    cloud,
    draw,
    empty,
    guide,
    intrusion,
    longest_side,
    specks,
    watermark,
)

Rng = np.random.Generator

FRAME = 1 / 17
"""Stroke of the printed frame over the interior: 1.06 mm of print round 17 mm of paper."""

PENS = (0.03, 0.10)
"""Ballpoint to marker as shares of the interior's side: 0.5 to 1.7 mm."""

BLUNTEST = 0.15
"""No pen is wider than this share of its mark: a wider one would fill the loops."""

LEAST_SIDE, MOST_SIDE = 22, 76
"""Pixels to a box side: below the first the box refuses the photo, above the second it shrinks."""


@dataclass(frozen=True)
class Sitting:
    """Pen (width and size as shares of the interior, ink as share of the print) and photo.

    `paper` is a grey level, `contrast` of the print as a share of it, `noise` a share of both,
    `slope` the loss of light across a box; `blur` is in canvas pixels.
    """

    pen: float
    size: float
    ink: float
    guide: bool
    photo: Photographed
    side: int
    blur: float
    paper: float
    contrast: float
    noise: float
    slope: tuple[float, float]


def sit(pen: Rng, photo: Rng, photos: list[Photographed], *, guided: bool) -> Sitting:
    """A sitting whose hand comes from `pen` and whose photo, one of `photos`, from `photo`.

    Light, blur and noise are spread as in models/augment.py, by which the net was trained.
    """
    shot = photos[int(photo.integers(len(photos)))]
    return Sitting(
        pen=float(np.exp(pen.uniform(*np.log(PENS)))),
        size=float(pen.uniform(0.5, 0.9)),
        ink=float(pen.uniform(0.5, 1.2)),
        guide=guided,
        photo=shot,
        side=int(np.clip(round(shot.side), LEAST_SIDE, MOST_SIDE)),
        blur=float(abs(photo.normal(0, 1.1))),
        paper=float(photo.uniform(90, 250)),
        contrast=float(photo.uniform(0.4, 0.95)),
        noise=float(photo.uniform(0.005, 0.06)) if photo.random() < 0.7 else 0.0,
        slope=(float(photo.normal(0, 0.06)), float(photo.normal(0, 0.06))),
    )


def inked(strokes: Strokes, sitting: Sitting, rng: Rng) -> Layer:
    """Strokes of the unit square as this hand lays them into the box: darkness [88, 88]."""
    linear, centre = _place(sitting, rng)
    placed = [(stroke - 0.5) @ linear.T + centre for stroke in strokes]
    dark = draw(placed, max(PENS[0], min(sitting.pen, BLUNTEST * longest_side(placed))))
    return _coloured(dark, sitting, rng)


def laid(image: Gray, sitting: Sitting, rng: Rng) -> Layer:
    """A digit [28, 28] of MNIST as this hand lays it into the box: darkness [88, 88].

    Its strokes are as thick as they were written; the pen of the sitting gives only its ink.
    """
    linear, centre = _place(sitting, rng)
    ys, xs = np.nonzero(image > MNIST_INK)
    low, high = np.array([xs.min(), ys.min()]), np.array([xs.max(), ys.max()])
    zoom = linear * (INTERIOR / float((high - low).max() + 1))
    offset = centre * INTERIOR + MARGIN - 0.5 - zoom @ ((low + high) / 2)
    matrix = np.column_stack((zoom, offset))
    large = cv2.warpAffine(image, matrix, (CANVAS, CANVAS), flags=cv2.INTER_CUBIC)
    # Enlarging softened the edges: a pen's are sharp, the photo blurs them anew.
    return _coloured(np.clip((large.astype(np.float32) / 255 - 0.25) * 1.7, 0, 1), sitting, rng)


def _place(sitting: Sitting, rng: Rng) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How one mark of the unit square goes into the box: linear map [2, 2], and its centre [2]."""
    size = sitting.size * rng.normal(1, 0.06)
    turn, centre = np.radians(rng.normal(0, 2.5)), 0.5 + rng.normal(0, 0.05, 2)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return rotation * size, centre


def _coloured(cover: Layer, sitting: Sitting, rng: Rng) -> Layer:
    """What a pen covers, as dark as this one writes; one mark in four is uneven."""
    dark = cover * sitting.ink * rng.normal(1, 0.06)
    if rng.random() < 0.25:
        dark = dark * np.clip(1 + rng.uniform(0.1, 0.3) * cloud(rng, 7), 0.15, 1.2)
    return np.asarray(dark, np.float32)


def boxed(mark: Layer, sitting: Sitting, rng: Rng) -> Gray:
    """A mark in a printed box of a C.HASIL sheet, with what else is on paper: canvas [88, 88]."""
    low, high = -FRAME / 2, 1 + FRAME / 2
    corners = np.array([(low, low), (high, low), (high, high), (low, high), (low, low)])
    layers = [draw([corners], FRAME), mark]
    if sitting.guide:
        layers.append(guide(rng))
    if rng.random() < 0.1:
        layers.append(specks(rng, 4))
    if rng.random() < 0.05:
        layers.append(intrusion(rng))
    dark = np.maximum.reduce(layers)
    if rng.random() < 0.2:
        dark = dark + watermark(rng) * (1 - np.minimum(dark, 1))
    return np.asarray(np.clip(dark * LEVEL, 0, 255), np.uint8)


def bare(strokes: Strokes, sitting: Sitting, rng: Rng) -> Gray:
    """A box in which nothing is written; at times `strokes` shine through from the other side."""
    return boxed(bleed(rng, strokes) if rng.random() < 0.15 else empty(), sitting, rng)


def seen(canvas: Gray, sitting: Sitting, rng: Rng) -> Gray:
    """The canvas as this photo shows it and the box cuts it: a cell [40, 40]."""
    margin = round(MARGIN * sitting.side / INTERIOR)
    small = sample(canvas, _cut(sitting.photo, rng), sitting.side, sitting.blur)
    dark = small.astype(np.float32) / LEVEL
    along = np.linspace(-1, 1, len(dark), dtype=np.float32)
    light = 1 + sitting.slope[0] * along + sitting.slope[1] * along[:, None]
    grain = rng.standard_normal(dark.shape, dtype=np.float32) * sitting.noise * sitting.contrast
    gray = sitting.paper * ((1 - sitting.contrast * dark) * light + grain)
    image = np.clip(gray, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        image = jpeg(image, rng)
    return ink_cell(image[margin:-margin, margin:-margin], frame_black(image, margin))


def _cut(photo: Photographed, rng: Rng) -> NDArray[np.float64]:
    """2x3 map of canvas pixels about its centre: one of the measured errors of this photo."""
    dx, dy, *linear = photo.boxes[int(rng.integers(len(photo.boxes)))]
    matrix = np.array(linear).reshape(2, 2)
    centre = np.full(2, (CANVAS - 1) / 2)
    offset = centre - matrix @ centre + np.array((dx, dy)) * INTERIOR
    return np.column_stack((matrix, offset))
