"""Drawing boxes: strokes of a pen, the printed frame, the dotted guide, watermark and dirt.

Coordinates of strokes are those of the interior: (0, 0) top left, (1, 1) bottom right, y down.
Everything returns canvases [88, 88] uint8 of darkness (200 = the frame's).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from cells import CANVAS, INTERIOR, LEVEL, MARGIN
from numpy.typing import NDArray

Strokes = list[NDArray[np.float64]]
Layer = NDArray[np.float32]

FINE = 2
"""Strokes are drawn at twice the canvas and averaged down."""

GUIDE_WIDTH = 8.9 / 18.0
GUIDE_HEIGHT = 14.0 / 18.0
"""Dotted guide of the plano sheets: 8.9 x 14 mm centred in an interior of 18 mm."""

GUIDE_VARIANTS = 100
"""Drawings of the guide that are kept: it is the slowest thing to draw."""


def empty() -> Layer:
    """A layer without ink."""
    return np.zeros((CANVAS, CANVAS), np.float32)


def draw(strokes: Strokes, width: float) -> Layer:
    """Coverage 0..1 of a round-capped pen; `width` in units of the interior's side."""
    side = CANVAS * FINE
    fine = np.zeros((side, side), np.uint8)
    thick = max(1, round(width * INTERIOR * FINE))
    for stroke in strokes:
        points = (np.asarray(stroke) * INTERIOR + MARGIN) * FINE * 16
        cv2.polylines(fine, [np.rint(points).astype(np.int32)], False, 255, thick, cv2.LINE_AA, 4)
    small = cv2.resize(fine, (CANVAS, CANVAS), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / 255


def cloud(rng: np.random.Generator, grains: int) -> Layer:
    """Smooth noise of zero mean and unit spread with about `grains` lumps a side."""
    coarse = rng.standard_normal((grains, grains)).astype(np.float32)
    return cv2.resize(coarse, (CANVAS, CANVAS), interpolation=cv2.INTER_CUBIC)


THINNEST, THIN, THICKEST = 0.018, 0.045, 0.13
"""Pens as shares of the box's side: 0.3 mm and 0.8 mm ballpoints and a marker on 18 mm."""

BLUNTEST = 0.13
"""No pen is wider than this share of its mark's longest side: wider ones close the loops."""


def pen_width(rng: np.random.Generator, thickest: float = THICKEST) -> float:
    """Ballpoint on small or large boxes up to a marker, as a share of the box's side."""
    return float(np.exp(rng.uniform(np.log(THINNEST), np.log(thickest))))


def longest_side(strokes: Strokes) -> float:
    """Of the upright rectangle round all strokes."""
    return float(np.ptp(np.vstack(strokes), axis=0).max())


def ink(strokes: Strokes, rng: np.random.Generator, width: float | None = None) -> Layer:
    """Darkness of a drawn mark: one pen, its strength, its uneven pressure, its gaps."""
    width = pen_width(rng) if width is None else width
    # A wider pen would fill the loops of a small digit, which then no one could read.
    cover = draw(strokes, max(THINNEST, min(width, BLUNTEST * longest_side(strokes))))
    dark = cover * rng.uniform(0.45, 1.2)
    if rng.random() < 0.35:
        dark *= np.clip(1 + rng.uniform(0.1, 0.35) * cloud(rng, 7), 0.15, 1.2)
    if rng.random() < 0.08:
        dark *= np.clip(2.0 + 2.5 * cloud(rng, 14), 0.15, 1)
    return dark


PRESSURES = 5
"""Shades in which a stroke of changing pressure is drawn."""


def pressed(strokes: Strokes, rng: np.random.Generator, width: float) -> Layer:
    """Darkness of a mark whose pen was pressed harder one way than the other, and unevenly.

    In a scan without greys the pale pieces are gone, mostly upstrokes and ends.
    """
    heavy, swing = rng.normal(0.5 * np.pi, 0.7), rng.uniform(0, 0.45)
    shades: list[Strokes] = [[] for _ in range(PRESSURES)]
    for stroke in strokes:
        points = _evenly(stroke)
        along = np.diff(points, axis=0)
        way = np.arctan2(along[:, 1], along[:, 0])
        lumps = rng.standard_normal(len(along) // 6 + 2) * rng.uniform(0.05, 0.35)
        uneven = np.interp(np.linspace(0, len(lumps) - 1, len(along)), range(len(lumps)), lumps)
        force = np.clip(1 - swing * (1 - np.cos(way - heavy)) + uneven, 0.1, 1)
        for i, shade in enumerate(np.ceil(force * PRESSURES).astype(int) - 1):
            shades[shade].append(points[i : i + 2])
    layers = [draw(s, width) * (i + 1) / PRESSURES for i, s in enumerate(shades) if s]
    return np.maximum.reduce(layers) * np.float32(rng.uniform(0.5, 1.1))


def _evenly(stroke: NDArray[np.float64], step: float = 0.03) -> NDArray[np.float64]:
    """The stroke as points `step` apart along the way, two at least."""
    stroke = np.asarray(stroke, float)
    if len(stroke) < 2:
        return np.repeat(stroke, 2, axis=0)
    way = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(stroke, axis=0).T))))
    at = np.linspace(0, way[-1], max(2, round(way[-1] / step) + 1))
    return np.column_stack([np.interp(at, way, stroke[:, i]) for i in (0, 1)])


def frame(rng: np.random.Generator) -> Layer:
    """Printed frame; mostly 1 mm on 18 mm, else thin lines, dashes and joined boxes.

    Joined boxes show more of their lines inside, and a tall one is cut to a square window, whose
    top and bottom lie inside of the box: its level lines are then farther out.
    """
    plano = rng.random() < 0.55
    stroke = 1 / 18 if plano else rng.uniform(0.015, 0.07)
    low, high = -stroke / 2, 1 + stroke / 2
    reach = (low, high) if plano or rng.random() < 0.4 else (-0.3, 1.3)
    lines: Strokes = []
    away = 0.0 if plano or rng.random() < 0.4 else rng.uniform(0, 0.12)
    crooked = 0.0 if plano else 0.02
    for at, outward in ((low, -away), (high, away)):
        level, upright = at + outward + rng.normal(0, crooked), at + rng.normal(0, crooked)
        lines.append(np.array([(reach[0], level), (reach[1], level)]))
        lines.append(np.array([(upright, reach[0]), (upright, reach[1])]))
    layer = draw(lines, stroke)
    if not plano and rng.random() < 0.3:
        layer *= np.clip(1.4 + cloud(rng, 22), 0, 1)
    return layer


@lru_cache(maxsize=GUIDE_VARIANTS)
def guide_variant(variant: int) -> Layer:
    """Dots of the seven-segment guide: two squares, one on top of the other."""
    rng = np.random.default_rng(variant)
    pitch = rng.uniform(0.055, 0.10)
    x0, y0 = (1 - GUIDE_WIDTH) / 2, (1 - GUIDE_HEIGHT) / 2
    columns = [x0, x0 + GUIDE_WIDTH] + ([0.5] if rng.random() < 0.6 else [])
    dots = [(x, y) for x in columns for y in np.arange(y0, y0 + GUIDE_HEIGHT + 0.01, pitch)]
    rows = [y0, 0.5, y0 + GUIDE_HEIGHT]
    dots += [(x, y) for y in rows for x in np.arange(x0, x0 + GUIDE_WIDTH + 0.01, pitch)]
    radius = rng.uniform(0.008, 0.02)
    marks = [np.array([dot, dot]) for dot in dots]
    return draw(marks, 2 * radius)


def guide(rng: np.random.Generator) -> Layer:
    """The guide, pale to middling dark."""
    return guide_variant(int(rng.integers(GUIDE_VARIANTS))) * rng.uniform(0.1, 0.7)


def watermark(rng: np.random.Generator) -> Layer:
    """A piece of a large pale seal: part of a ring, a bar or a letter passing through."""
    layer = np.zeros((CANVAS, CANVAS), np.uint8)
    for _ in range(rng.integers(1, 4)):
        centre = rng.uniform(-60, CANVAS + 60, 2).astype(int)
        axes = rng.uniform(15, 110, 2).astype(int)
        thick = int(rng.integers(4, 30)) if rng.random() < 0.6 else -1
        angle, start = rng.uniform(0, 360, 2)
        end = start + rng.uniform(60, 360)
        cv2.ellipse(
            layer, tuple(map(int, centre)), tuple(map(int, axes)), angle, start, end, 255, thick
        )
    return layer.astype(np.float32) / 255 * rng.uniform(0.04, 0.22)


def specks(rng: np.random.Generator, most: int) -> Layer:
    """Dust and toner: small dark points anywhere."""
    marks = [
        np.array([p, p + rng.normal(0, 0.01, 2)])
        for p in rng.uniform(-0.1, 1.1, (rng.integers(1, most + 1), 2))
    ]
    return draw(marks, rng.uniform(0.012, 0.04)) * rng.uniform(0.3, 1.1)


def intrusion(rng: np.random.Generator) -> Layer:
    """The end of a stroke of a neighbouring box that reaches over the frame."""
    along, deep = rng.uniform(0, 1), rng.uniform(0.0, 0.14)
    inside, outside = np.array([along, deep]), np.array([along + rng.normal(0, 0.1), -0.3])
    ends = np.array([inside, outside])
    if rng.random() < 0.5:
        ends = 1 - ends
    if rng.random() < 0.5:
        ends = ends[:, ::-1]
    return ink([ends], rng)


def bleed(rng: np.random.Generator, strokes: Strokes) -> Layer:
    """Writing on the other side of the sheet, mirrored and pale."""
    mirrored = [np.column_stack((1 - s[:, 0], s[:, 1])) + rng.normal(0, 0.2, 2) for s in strokes]
    pale = ink(mirrored, rng) * rng.uniform(0.05, 0.2)
    return cv2.GaussianBlur(pale, (0, 0), rng.uniform(0.8, 2.5))


@dataclass(frozen=True)
class Surroundings:
    """How often each disturbance is laid into a drawn box."""

    guide: float = 0.45
    watermark: float = 0.3
    specks: float = 0.2
    intrusion: float = 0.1


def compose(
    mark: Layer, rng: np.random.Generator, odds: Surroundings | None = None, guided: bool = False
) -> NDArray[np.uint8]:
    """Lay a mark (darkness, [88, 88]) into a printed box with its surroundings."""
    odds = odds or Surroundings()
    layers = [frame(rng), mark]
    if guided or rng.random() < odds.guide:
        layers.append(guide(rng))
    if rng.random() < odds.specks:
        layers.append(specks(rng, 6))
    if rng.random() < odds.intrusion:
        layers.append(intrusion(rng))
    dark = np.maximum.reduce(layers)
    if rng.random() < odds.watermark:
        pale = watermark(rng)
        dark = dark + pale * (1 - np.minimum(dark, 1))
    return np.clip(dark * LEVEL, 0, 255).astype(np.uint8)
