"""Tally marks as officers draw them: five votes to a cell, each row with its total behind it.

Two ways are usual in Indonesia: four uprights and a fifth across them, and the sides of a square
("kotak") with a diagonal; a few write five uprights.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from tpsbox.forms.model import Rect, Tally
from tpsbox.simulator.glyphs import Stroke

FULL = 5
"""Votes to a cell."""

Way = Literal["slash", "kotak", "uprights"]


class Marks(msgspec.Struct, frozen=True):
    """How one person draws tally marks.

    `height` of a mark and `width` of a bundle are shares of the cell's; marks higher than 1 pass
    its lines. `lean`: sideways shift per height. `climb`: height of the fifth stroke as a share of
    the others', negative if it falls to the right. `shake`: spread of every end as a share of the
    cell's height.
    """

    way: Way = "slash"
    height: float = 0.64
    width: float = 0.57
    lean: float = 0.0
    climb: float = 0.75
    shake: float = 0.03


def random_marks(rng: np.random.Generator) -> Marks:
    """Seven in ten cross four uprights, a quarter draw squares; neat to hasty."""
    way: Way = ("slash", "kotak", "uprights")[int(rng.choice(3, p=(0.7, 0.25, 0.05)))]
    return Marks(
        way=way,
        height=float(rng.uniform(0.5, 0.98)),
        width=float(rng.uniform(0.5, 0.78)),
        lean=float(rng.normal(0.05, 0.09)),
        climb=float(rng.choice((-1, 1), p=(0.3, 0.7)) * rng.uniform(0.15, 0.85)),
        shake=float(rng.uniform(0.015, 0.05)),
    )


def cells_of(tally: Tally) -> Iterator[Rect]:
    """The cells of a grid in the order in which they are filled, in mm."""
    width, height = tally.grid.w / tally.columns, tally.grid.h / tally.rows
    for row in range(tally.rows):
        for column in range(tally.columns):
            yield Rect(tally.grid.x + column * width, tally.grid.y + row * height, width, height)


def bundle(cell: Rect, count: int, marks: Marks, rng: np.random.Generator) -> list[Stroke]:
    """The first `count` strokes of a cell (0 to 5): strokes [n, 2] in mm."""
    height = marks.height * cell.h
    if marks.way == "kotak":
        lines = _kotak(min(height, 0.85 * cell.h, 0.8 * cell.w))
    else:
        lines = _uprights(marks, height, marks.width * cell.w)
    center = np.array(cell.center) + rng.normal(0, 0.03, 2) * (cell.w, cell.h)
    return [center + _bent(line, marks, cell.h, rng) for line in lines[:count]]


def _uprights(marks: Marks, height: float, width: float) -> list[Stroke]:
    """Uprights, and the fifth stroke across them unless it is an upright too."""
    standing = 5 if marks.way == "uprights" else 4
    places = np.linspace(-width / 2, width / 2, standing)
    lines = [np.array([[x, -height / 2], [x, height / 2]]) for x in places]
    if marks.way == "slash":
        beyond, rise = 0.62 * width, marks.climb * height / 2
        lines.append(np.array([[-beyond, rise], [beyond, -rise]]))
    return lines


def _kotak(side: float) -> list[Stroke]:
    """Left, top, right, bottom of a square, then its diagonal."""
    h = side / 2
    ends = ((-h, -h, -h, h), (-h, -h, h, -h), (h, -h, h, h), (-h, h, h, h), (-h, h, h, -h))
    return [np.array([[x1, y1], [x2, y2]]) for x1, y1, x2, y2 in ends]


def _bent(
    line: Stroke, marks: Marks, cell_height: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """The line as a hand draws it: leaning, its ends astray, a little bowed."""
    spread = marks.shake * cell_height
    first, last = line + rng.normal(0, spread, (2, 2))
    along = np.linspace(0, 1, 9)[:, None]
    bow = rng.normal(0, 0.6 * spread) * np.array([last[1] - first[1], first[0] - last[0]])
    bow = bow / max(float(np.hypot(*(last - first))), 1e-6)
    points = first + along * (last - first) + 4 * along * (1 - along) * bow
    points[:, 0] -= marks.lean * points[:, 1]
    return np.asarray(points)
