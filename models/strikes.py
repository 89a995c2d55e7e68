"""Lines by which a written mark is undone, as strokes in a unit square (y down)."""

from __future__ import annotations

import numpy as np
from glyphs import Rng, bounds, smooth
from numpy.typing import NDArray
from synthesis import Strokes


def strike(strokes: Strokes, rng: Rng) -> Strokes:
    """Strokes that cross out what is written: lines over it, a cross, or a zigzag."""
    low, high = bounds(strokes)
    low, high = low - rng.uniform(0.02, 0.15), high + rng.uniform(0.02, 0.15)
    kind = rng.random()
    if kind < 0.35:
        lines = [np.array([low, high]), np.array([(high[0], low[1]), (low[0], high[1])])]
    elif kind < 0.7:
        lines = []
        for _ in range(rng.integers(2, 5)):
            y = rng.uniform(low[1], high[1], 2)
            lines.append(np.array([(low[0], y[0]), (high[0], y[1])]))
    else:
        turns = int(rng.integers(5, 14))
        x = np.where(np.arange(turns) % 2, low[0], high[0])
        lines = [np.column_stack((x, np.linspace(low[1], high[1], turns)))]
        if rng.random() < 0.4:
            lines = [0.5 + (lines[0] - 0.5)[:, ::-1]]
    return [line + rng.normal(0, 0.03, line.shape) for line in lines]


def level_lines(strokes: Strokes, rng: Rng) -> Strokes:
    """Two or three level lines through a mark, a little wider than it: how a digit is undone."""
    low, high = bounds(strokes)
    count = int(rng.integers(2, 4))
    heights = np.linspace(0.25, 0.75, count) + rng.normal(0, 0.06, count)
    ends = np.array([low[0] - rng.uniform(0.02, 0.12), high[0] + rng.uniform(0.02, 0.12)])
    tilt = rng.normal(0, 0.08)
    lines = []
    for height in low[1] + heights * (high[1] - low[1]):
        line = np.column_stack((ends, height + np.array([tilt, -tilt]) / 2))
        lines.append(line + rng.normal(0, 0.015, line.shape))
    return lines


def slanting_lines(strokes: Strokes, rng: Rng) -> Strokes:
    """Two or three slanting lines, side by side, through a mark or through the whole box."""
    low, high = bounds(strokes)
    if rng.random() < 0.5 or high[0] - low[0] < 0.3:
        low, high = np.zeros(2), np.ones(2)
    low, high = low - rng.uniform(-0.05, 0.15, 2), high + rng.uniform(-0.05, 0.15, 2)
    count = int(rng.integers(2, 4))
    apart = rng.uniform(0.17, 0.34)
    line = np.array([(low[0], high[1]), (high[0], low[1])])
    if rng.random() < 0.25:
        line[:, 1] = line[::-1, 1].copy()
    steps = (np.arange(count) - (count - 1) / 2) * apart
    return [line + np.array([0, step]) + rng.normal(0, 0.025, (2, 2)) for step in steps]


def row_line(strokes: Strokes, rng: Rng) -> Strokes:
    """What a box holds of a line, level or slanting, through a row of two or three boxes."""
    low, high = bounds(strokes)
    boxes = int(rng.integers(2, 4))
    rise = rng.normal(0, 0.1) if rng.random() < 0.55 else rng.uniform(0.3, 0.95) / boxes
    if rng.random() < 0.3:
        rise = -rise
    height = 0.5 + rise * ((boxes - 1) / 2 - rng.integers(boxes)) + rng.normal(0, 0.08)
    inside = 0.2 * (high[1] - low[1])
    height = np.clip(height, low[1] + inside, high[1] - inside)
    return [_bent((-0.15, height + 0.65 * rise), (1.15, height - 0.65 * rise), rng)]


def past_lines(strokes: Strokes, rng: Rng) -> Strokes:
    """One level line through the mark and well past it on both sides, at times two."""
    low, high = bounds(strokes)
    heights = np.array([0.36, 0.64]) if rng.random() < 0.4 else np.array([0.5])
    heights = low[1] + (heights + rng.normal(0, 0.07, len(heights))) * (high[1] - low[1])
    left, right = np.array([low[0], high[0]]) + rng.uniform(0.08, 0.2, 2) * (-1, 1)
    rise = rng.normal(0, 0.1) * (right - left)
    return [_bent((left, y + rise / 2), (right, y - rise / 2), rng) for y in heights]


def slash(strokes: Strokes, rng: Rng) -> Strokes:
    """One slanting line over the box from corner to corner, or past both ends of the mark."""
    low, high = bounds(strokes)
    if rng.random() < 0.6:
        low, high = rng.uniform(-0.1, 0.12, 2), 1 + rng.uniform(-0.12, 0.1, 2)
    else:
        low, high = low - rng.uniform(0.1, 0.25, 2), high + rng.uniform(0.1, 0.25, 2)
    if rng.random() < 0.3:
        return [_bent((low[0], low[1]), (high[0], high[1]), rng)]
    return [_bent((low[0], high[1]), (high[0], low[1]), rng)]


def _bent(start: tuple[float, float], end: tuple[float, float], rng: Rng) -> NDArray[np.float64]:
    """A line as a hand draws it."""
    points = np.array([start, np.mean((start, end), axis=0), end])
    return smooth(points + rng.normal(0, 0.02, points.shape), 2)
