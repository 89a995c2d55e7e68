"""One person's handwriting: habits, slant, pen and ink, and how they put a sign on paper."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from tpsbox.forms.model import Point, Rect
from tpsbox.simulator.glyphs import GLYPHS, LETTERS, Glyph, Stroke
from tpsbox.simulator.tally import Marks, random_marks

Image = NDArray[np.uint8]

INKS = ((28, 28, 34), (30, 45, 130), (24, 30, 90), (70, 35, 120))
"""RGB of black, blue, dark blue and violet ballpoint, as seen on published sheets."""

SPACING = 0.04
"""Between points of a stroke, in heights of the sign."""

WAVE = 50
"""Points to a slow wave of the hand: two heights of the sign."""


class Hand(msgspec.Struct, frozen=True):
    """How one person writes.

    `habits`: which way of each sign; `slant`: sideways shift per height; `size`: height of a digit
    as a share of its box; `wobble` and `unsteady`: spread of points and of whole signs, as shares
    of the sign's height; `pen` in mm; `ink` RGB; `strength` of the ink, 0 to 1; `marks`: of tally.
    """

    habits: dict[str, int]
    slant: float = 0.05
    size: float = 0.68
    wobble: float = 0.015
    unsteady: float = 0.03
    pen: float = 0.9
    ink: tuple[int, int, int] = INKS[1]
    strength: float = 0.9
    marks: Marks = Marks()


def random_hand(rng: np.random.Generator) -> Hand:
    """A plausible officer: neat to hasty, ballpoint to felt pen."""
    return Hand(
        habits={sign: int(rng.integers(len(ways))) for sign, ways in GLYPHS.items()},
        slant=float(rng.normal(0.06, 0.08)),
        size=float(rng.uniform(0.58, 0.76)),
        wobble=float(rng.uniform(0.006, 0.022)),
        unsteady=float(rng.uniform(0.015, 0.045)),
        pen=float(rng.uniform(0.6, 1.5)),
        ink=INKS[int(rng.integers(len(INKS)))],
        strength=float(rng.uniform(0.8, 0.97)),
        # A stream of its own: how marks are drawn changes no digit of the same seed.
        marks=random_marks(rng.spawn(1)[0]),
    )


def strokes_in(
    glyph: Glyph, rect: Rect, hand: Hand, rng: np.random.Generator
) -> tuple[Stroke, ...]:
    """The glyph fitted into `rect` (mm) by this hand: strokes [n, 2] in mm."""
    slant = hand.slant + rng.normal(0, hand.unsteady)
    grow = 1 + rng.normal(0, hand.unsteady, 2)
    shift = rng.normal(0, hand.unsteady, 2) * rect.h
    center = np.array(rect.center) + shift
    size = np.array([rect.w, rect.h]) * grow
    result = []
    for stroke in glyph:
        points = _resample(stroke) - 0.5
        points = points * size + _drift(len(points), rng) * hand.wobble * rect.h
        points[:, 0] -= slant * points[:, 1]
        result.append(points + center)
    return tuple(result)


def write_sign(
    image: Image, scale: float, sign: str, box: Rect, hand: Hand, rng: np.random.Generator
) -> None:
    """Write one digit, X or dash into a box (mm), in place; `scale` in pixels per mm."""
    glyph = GLYPHS[sign][hand.habits.get(sign, 0)]
    height = hand.size * box.h
    # An X is drawn from corner to corner; a digit is narrower than high.
    width = height if sign == "X" else min(0.62 * height, 0.8 * box.w)
    x, y = box.center
    area = Rect(x - width / 2, y - height / 2, width, height)
    draw(image, scale, strokes_in(glyph, area, hand, rng), hand)


def write_text(
    image: Image, scale: float, text: str, area: Rect, hand: Hand, rng: np.random.Generator
) -> None:
    """Write capitals from the left of `area` (mm), in place, narrower where they would not fit."""
    height = 0.62 * area.h
    pen = msgspec.structs.replace(hand, pen=min(hand.pen, 0.12 * height))
    step = min(0.85 * height, area.w / max(1, len(text)))
    base = area.y + 0.9 * area.h
    for index, sign in enumerate(text.upper()):
        if sign in LETTERS:
            place = Rect(area.x + index * step, base - height, 0.72 * step, height)
            draw(image, scale, strokes_in(LETTERS[sign], place, hand, rng), pen)


def draw(image: Image, scale: float, strokes: Sequence[Stroke], hand: Hand) -> None:
    """Ink strokes (mm) with the hand's pen, in place."""
    lines = [_pixels(stroke, scale) for stroke in strokes]
    width = max(1, round(hand.pen * scale))
    corner, cover = _layer(image, lines, width + 2)
    for line in lines:
        local = np.rint((line - corner) * 16).astype(np.int32)
        cv2.polylines(cover, [local], False, (255,), width, cv2.LINE_AA, 4)
    _ink(image, corner, cover, hand)


def blacken(
    image: Image,
    scale: float,
    center: Point,
    diameter: float,
    hand: Hand,
    rng: np.random.Generator,
) -> None:
    """Fill a bubble by hand: an uneven blob over most of it, in place."""
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    phases = rng.uniform(0, 2 * np.pi, 2)
    bumps = np.sin(2 * angles + phases[0]) + np.sin(3 * angles + phases[1])
    radii = diameter / 2 * (rng.uniform(0.86, 1.0) + 0.04 * bumps)
    middle = np.array(center) + rng.normal(0, 0.03 * diameter, 2)
    outline = middle + np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)
    line = _pixels(outline, scale)
    corner, cover = _layer(image, [line], 3)
    local = np.rint((line - corner) * 16).astype(np.int32)
    cv2.fillPoly(cover, [local], (255,), cv2.LINE_AA, 4)
    _ink(image, corner, cover, hand)


def _pixels(points: Stroke, scale: float) -> Stroke:
    """mm to pixels with whole numbers at pixel centres, as OpenCV counts."""
    return points * scale - 0.5


def _layer(image: Image, lines: list[Stroke], margin: int) -> tuple[Stroke, Image]:
    """An empty cover [h, w] for the part of the image that the lines touch, and its corner."""
    points = np.concatenate(lines)
    limit = np.array([image.shape[1], image.shape[0]])
    low = np.clip(np.floor(points.min(axis=0)).astype(int) - margin, 0, limit - 1)
    high = np.clip(np.ceil(points.max(axis=0)).astype(int) + margin, low + 1, limit)
    return low.astype(np.float64), np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)


def _ink(image: Image, corner: Stroke, cover: Image, hand: Hand) -> None:
    x, y = (int(v) for v in corner)
    part = image[y : y + cover.shape[0], x : x + cover.shape[1]]
    share = (cover.astype(np.float32) * (hand.strength / 255))[:, :, None]
    # Ink lies over what is printed: it darkens and never lightens.
    inked = np.minimum(part, part * (1 - share) + np.array(hand.ink, np.float32) * share)
    part[:] = np.rint(inked).astype(np.uint8)


def _resample(stroke: Stroke) -> Stroke:
    """The same path with points about SPACING apart."""
    steps = np.hypot(*np.diff(stroke, axis=0).T)
    along = np.concatenate(([0.0], np.cumsum(steps)))
    places = np.linspace(0, along[-1], max(2, int(along[-1] / SPACING)))
    places = np.union1d(places, along)
    return np.stack([np.interp(places, along, stroke[:, axis]) for axis in (0, 1)], axis=1)


def _drift(count: int, rng: np.random.Generator) -> Stroke:
    """Smooth random offsets [count, 2] of about unit spread: three slow waves an axis."""
    along = np.arange(count)[:, None, None] * (2 * np.pi / WAVE)
    waves = rng.uniform(0.3, 2.5, (1, 2, 3))
    phases = rng.uniform(0, 2 * np.pi, (1, 2, 3))
    return np.asarray(np.sin(along * waves + phases).sum(axis=2) / np.sqrt(1.5))
