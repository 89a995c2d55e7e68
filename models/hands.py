"""Ways of writing that few of the pools' writers have, as strokes in a unit square (y down).

The 0 left open or with a long slash, the 1 of a long upstroke, the flat-topped 3, the 5 whose roof
stands by itself, the 6 of a small loop, the 7 like a barred Z, the hooked 9, an X in one stroke, of
two curves, or of strokes that cross off their middles; and marks bent as if another hand had
written them, with other proportions.
"""

from __future__ import annotations

import numpy as np
from glyphs import Rng, ellipse, oval, place, smooth
from numpy.typing import NDArray
from synthesis import Strokes

Points = NDArray[np.float64]


def _arc(
    centre: tuple[float, float], radii: tuple[float, float], start: float, end: float
) -> Points:
    """Points of an ellipse from one angle to another, in half turns."""
    return ellipse(centre, radii, np.pi * np.linspace(start, end, 16))


def hooked_nine(rng: Rng) -> Strokes:
    """A 9 like a g: an open or closed loop, its stem ending in a hook to the left."""
    low = rng.uniform(0.4, 0.6)
    gap = rng.uniform(-0.05, 0.2) if rng.random() < 0.5 else 0.0
    loop = _arc((0.5, low / 2), (0.5, low / 2), -0.3 - gap, -1.95)
    head = np.array([(1.0, rng.uniform(0.0, 0.3) * low)])
    belly, foot = rng.uniform(0.85, 1.05), rng.uniform(0.1, 0.25)
    tail = _arc((0.45, 1 - foot), (belly - 0.45, foot), 0.0, rng.uniform(0.6, 1.1))
    return [np.vstack((loop, head, tail))]


def slashed_zero(rng: Rng) -> Strokes:
    """A 0 with one slash that reaches far beyond it."""
    over = rng.uniform(0.1, 0.9, 2)
    angle = np.pi * rng.uniform(0.12, 0.36)
    along = 0.5 * np.array([np.cos(angle), -np.sin(angle)])
    middle = 0.5 + rng.normal(0, 0.05, 2)
    return [oval(rng), np.array([middle - along * (1 + over[0]), middle + along * (1 + over[1])])]


def open_zero(rng: Rng) -> Strokes:
    """A 0 in one stroke whose end stops short of its start, or passes it."""
    start = rng.uniform(-1.1, -0.3)
    way = rng.uniform(1.65, 2.1) * (1 if rng.random() < 0.5 else -1)
    return [_arc((0.5, 0.5), (0.5, 0.5), start, start + way)]


def flagged_one(rng: Rng) -> Strokes:
    """A 1 whose upstroke is nearly as long as its stem."""
    top = np.array([(1.0, 0.0)])
    upstroke = top - (rng.uniform(0.5, 1.1), -rng.uniform(0.3, 0.75))
    return [np.vstack((upstroke, top, [(1.0 + rng.normal(-0.1, 0.1), 1.0)]))]


def roofed_five(rng: Rng) -> Strokes:
    """A 5 with a short neck, a wide belly open to the left, and a roof that stands by itself."""
    neck, start = rng.uniform(0.05, 0.25), rng.uniform(-0.85, -0.6)
    belly = _arc((0.45, 0.58), (0.55, 0.42), start, rng.uniform(0.6, 0.9))
    down = belly[:1] + np.array([rng.normal(0, 0.04), -neck])
    left = rng.uniform(-0.15, 0.35)
    height = down[0, 1] - rng.uniform(0.0, 0.25)
    roof = [(left, height), (left + rng.uniform(0.15, 0.7), height + rng.normal(0, 0.05))]
    return [np.vstack((down, belly)), np.array(roof)]


def small_looped_six(rng: Rng) -> Strokes:
    """A 6 in one stroke, with a loop that may be small and may not quite close."""
    loop, wide = rng.uniform(0.3, 0.6), rng.uniform(0.55, 1.0)
    stem = np.array([(rng.uniform(0.5, 1.0), 0.0), (rng.uniform(0.1, 0.4), 0.3), (0.0, 0.7)])
    turn = _arc((wide / 2, 1 - loop / 2), (wide / 2, loop / 2), 0.9, -1.15 + rng.uniform(-0.1, 0.3))
    return [np.vstack((stem, turn))]


def flat_three(rng: Rng) -> Strokes:
    """A 3 with a level roof and a slanting neck."""
    waist = rng.uniform(0.3, 0.5)
    roof = np.array([(rng.uniform(0, 0.2), rng.normal(0, 0.03)), (rng.uniform(0.75, 1.0), 0.0)])
    neck = np.array([(rng.uniform(0.25, 0.5), waist)])
    tall = (1 - waist) / 2
    belly = _arc((0.45, waist + tall), (0.55, tall), -0.4, rng.uniform(0.75, 1.0))
    return [np.vstack((roof, neck, belly))]


def barred_seven(rng: Rng) -> Strokes:
    """A 7 like a Z with a bar through it."""
    foot = rng.uniform(0.0, 0.4)
    tail = foot + rng.uniform(0.2, 0.7)
    line = np.array([(0, 0), (1, 0), (foot, 1), (tail, 1)], float)
    line[[0, 3], 1] += rng.normal(0.03, 0.03), rng.normal(-0.02, 0.03)
    x, y = 0.5 * (1 + foot), rng.uniform(0.42, 0.58)
    reach = rng.uniform(0.2, 0.45, 2)
    return [line, np.array([(x - reach[0], y), (x + reach[1], y)])]


STYLES = (
    (0, slashed_zero, 1.0),
    (0, slashed_zero, 1.0),
    (0, open_zero, 0.9),
    (1, flagged_one, 0.7),
    (3, flat_three, 0.8),
    (5, roofed_five, 0.9),
    (6, small_looped_six, 0.7),
    (7, barred_seven, 0.7),
    (9, hooked_nine, 0.7),
    (9, hooked_nine, 0.7),
)
"""Digits, their makers, and how wide they are of their height; those most often misread twice."""


def styled_digit(rng: Rng) -> tuple[Strokes, int]:
    """One of STYLES, of any size and proportion, with the wobble of a hand; and its digit."""
    digit, make, wide = STYLES[rng.integers(len(STYLES))]
    strokes = [s + rng.normal(0, 0.015, s.shape) for s in make(rng)]
    strokes = [smooth(s, int(rng.integers(0, 2))) for s in strokes]
    return place(strokes, rng, rng.uniform(0.3, 0.95), wide * rng.uniform(0.6, 1.4), 0.06), digit


def one_stroke_cross(rng: Rng) -> Strokes:
    """An X without lifting the pen: down one diagonal, up the side, down the other."""
    back = np.array([(rng.normal(-0.03, 0.05), rng.uniform(0.35, 0.65))])
    path = np.vstack(([(1.0, 0.0), (0.0, 1.0)], back, [(0.0, 0.0), (1.0, 1.0)]))
    path += rng.normal(0, 0.05, path.shape)
    return [path * (-1, 1) + (1, 0) if rng.random() < 0.5 else path]


def curved_cross(rng: Rng) -> Strokes:
    """An x as in cursive: two curves back to back, or a curved diagonal and a straight one."""
    if rng.random() < 0.5:
        meet = rng.uniform(0.42, 0.52)
        left = _arc((meet - 0.35, 0.5), (0.35, 0.5), rng.uniform(-0.85, -0.6), 0.75)
        right = _arc((meet + 0.4, 0.5), (0.4, 0.5), -0.3, rng.uniform(-1.85, -1.6))
        return [left, right]
    slope = np.array([(0, 0.25), (0.18, 0.0), (0.42, 0.35), (0.58, 0.75), (0.8, 1.0), (1.0, 0.8)])
    slope += rng.normal(0, 0.03, slope.shape)
    if rng.random() < 0.5:
        return [slope, slope * (-1, 1) + (rng.normal(1.0, 0.05), 0)]
    return [slope, np.array([(rng.uniform(0.8, 1.0), 0.0), (rng.uniform(0.0, 0.2), 1.0)])]


def loose_cross(rng: Rng) -> Strokes:
    """Two strokes that cross far from the middle of one of them, one upright at times; hooked.

    Neither is level, and none only touches the other: that would be a 4, a 7 or a 1.
    """
    off = rng.permutation([rng.uniform(0.16, 0.84), rng.uniform(0.3, 0.7)])
    up = _crossing_line(np.pi * rng.uniform(0.22, 0.54), off[0], rng)
    down = _crossing_line(-np.pi * rng.uniform(0.18, 0.38), off[1], rng)
    points = np.vstack((up, down))
    low, size = points.min(axis=0), np.ptp(points, axis=0).max()
    strokes = [(line - low) / size for line in (up, down)]
    return [s * (-1, 1) + (1, 0) for s in strokes] if rng.random() < 0.5 else strokes


def _crossing_line(angle: float, before: float, rng: Rng) -> Points:
    """A line at `angle`, the share `before` of it on one side of the origin; at times hooked."""
    along = rng.uniform(0.75, 1.15) * (np.linspace(0, 1, 6) - before)
    across = rng.normal(0, 0.05) * np.sin(np.pi * np.linspace(0, 1, 6))
    if rng.random() < 0.3:
        end = int(rng.integers(2)) * len(along)
        along = np.insert(along, end, along[-1 if end else 0])
        across = np.insert(across, end, rng.choice((-1, 1)) * rng.uniform(0.06, 0.2))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack((along, across)) @ turn


def written_cross(rng: Rng) -> Strokes:
    """An X as a fast pen makes it."""
    make = (one_stroke_cross, curved_cross, curved_cross, loose_cross, loose_cross, loose_cross)
    strokes = [smooth(s, 2) for s in make[rng.integers(len(make))](rng)]
    return place(strokes, rng, rng.uniform(0.25, 0.9), rng.uniform(0.6, 1.4), 0.07)


def bent(strokes: Strokes, rng: Rng) -> Strokes:
    """Strokes of a mark in the unit square with other proportions: its upper part larger or smaller
    than the lower, wider or narrower, its stems bowed.

    Corners stay corners and what meets still meets: one smooth map moves all points.
    """
    tall, taper, bow = rng.uniform(-0.2, 0.2), rng.uniform(-0.35, 0.35), rng.normal(0, 0.07)
    lean = rng.normal(0, 0.06)
    out = []
    for stroke in strokes:
        x, y = np.asarray(stroke, float).T
        inside = np.clip(y, 0, 1)
        wide = 1 + taper * (2 * inside - 1)
        sway = bow * np.sin(np.pi * inside) + lean * np.sin(2 * np.pi * inside)
        out.append(
            np.column_stack((0.5 + (x - 0.5) * wide + sway, y + tall * inside * (1 - inside)))
        )
    return out
