"""What a camera reads on a sheet: corner marks, tag, boxes, bubbles and tally grids, as marks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import cv2
import numpy as np

from tpsbox.forms.marks import PALE, Box, Disc, Mark, Words, across, down, solid
from tpsbox.forms.model import Bubbles, Fiducials, Field, Line, Rect, Tag, Tally

TAG_MODULES = 8
"""Family 36h10: six by six bits inside a black border of one module."""

DOT = 0.75
"""Side of a dot of the guide in mm, on KPU's design file."""

DIGIT_GREY = 0.35
"""Digits in bubbles: lighter than a pen, so that print alone never looks filled."""


def corner_squares(fiducials: Fiducials) -> tuple[Rect, ...]:
    """Every black square of the four corner marks."""
    side = fiducials.side
    if fiducials.kind == "square":
        return tuple(Rect(x - side / 2, y - side / 2, side, side) for x, y in fiducials.points)
    return tuple(
        square
        for x, y in fiducials.points
        for square in (Rect(x - side, y - side, side, side), Rect(x, y, side, side))
    )


def tag_marks(tag: Tag) -> Iterator[Mark]:
    """A black square and the tag's white modules in it."""
    yield solid(tag.rect)
    module = tag.rect.w / TAG_MODULES
    for row, column, length in _white_runs(tag.id, tag.rotated):
        x, y = tag.rect.x + column * module, tag.rect.y + row * module
        yield solid(Rect(x, y, length * module, module), grey=1.0)


@cache
def _white_runs(tag_id: int, rotated: int) -> tuple[tuple[int, int, int], ...]:
    """Row, column and length of each run of white modules."""
    family = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36H10)
    modules = cv2.aruco.generateImageMarker(family, tag_id, TAG_MODULES) > 0
    modules = np.rot90(modules, rotated // 90)
    runs: list[tuple[int, int, int]] = []
    for row, line in enumerate(modules):
        edges = np.flatnonzero(np.diff(np.concatenate(([False], line, [False]))))
        runs += [(row, int(a), int(b - a)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return tuple(runs)


def field_marks(field: Field, stroke: float) -> Iterator[Mark]:
    """Boxes with their guide, bubbles and tally grid of one number."""
    for box in field.boxes:
        if field.guide:
            yield from guide_dots(box)
        yield Box(box, stroke)
    if field.bubbles:
        yield from bubble_marks(field.bubbles)
    if field.tally:
        yield from tally_lines(field.tally)


def guide_dots(box: Rect) -> Iterator[Mark]:
    """The dotted digit frame in a box: three columns of nine dots, joined at top, middle, foot."""
    x, y = box.center
    for row in range(9):
        for column in range(5) if row % 4 == 0 else (0, 2, 4):
            dot = (x + (column - 2) * 2.04, y + (row - 4) * 1.66)
            yield solid(Rect(dot[0] - DOT / 2, dot[1] - DOT / 2, DOT, DOT), grey=PALE)


def bubble_marks(bubbles: Bubbles) -> Iterator[Mark]:
    """Circles with their digits."""
    size = 0.55 * bubbles.diameter
    for column in bubbles.columns:
        for digit, (x, y) in enumerate(column):
            yield Disc((x, y), bubbles.diameter)
            yield Words((x, y + 0.36 * size), str(digit), size, align="middle", grey=DIGIT_GREY)


def tally_lines(tally: Tally) -> Iterator[Line]:
    """Pale inner lines of the grid, and of the columns of row totals."""
    grid = tally.grid
    bottom = grid.y + grid.h
    for column in range(1, tally.columns):
        yield down(grid.x + column * grid.w / tally.columns, grid.y, bottom, grey=PALE)
    first, last = tally.row_sums[0][0], tally.row_sums[0][-1]
    for box in tally.row_sums[0]:
        yield down(box.x, grid.y, bottom, grey=PALE)
    yield down(last.x + last.w, grid.y, bottom, grey=PALE)
    for row in range(1, tally.rows):
        y = grid.y + row * grid.h / tally.rows
        yield across(grid.x, grid.x + grid.w, y, grey=PALE)
        yield across(first.x, last.x + last.w, y, grey=PALE)
