"""What printing is made of: boxes, discs, lines and words in mm, before any page or pixel.

Greys run from 0 (black) to 1 (white).
"""

from __future__ import annotations

from typing import Literal

import msgspec

from tpsbox.forms.model import Line, Point, Rect, Text

PALE = 0.79
"""The grey of grids, guides and frames on KPU's sheets, measured on its design file of 2023."""


class Box(msgspec.Struct, frozen=True):
    """A rectangle; its outline of `stroke` mm lies half inside and half outside `rect`."""

    rect: Rect
    stroke: float = 0.35
    grey: float = 0.0
    fill: float | None = None


class Disc(msgspec.Struct, frozen=True):
    """A circle, empty or filled."""

    center: Point
    diameter: float
    stroke: float = 0.35
    grey: float = 0.0
    fill: float | None = None


class Words(msgspec.Struct, frozen=True):
    """One line of text; `size` is the em in mm, made smaller where it would pass `width` mm.

    `turned` is in degrees counter-clockwise about the anchor.
    """

    at: Point
    text: str
    size: float
    bold: bool = False
    align: Literal["left", "middle", "right"] = "left"
    grey: float = 0.0
    turned: Literal[0, 90, 180] = 0
    width: float | None = None


Mark = Box | Disc | Line | Words


def words_of(text: Text) -> Words:
    """A form's own text as a mark."""
    return Words(
        at=text.at,
        text=text.text,
        size=text.size,
        bold=text.bold,
        align=text.align,
        width=text.width,
    )


def solid(rect: Rect, grey: float = 0.0) -> Box:
    """A filled rectangle without outline."""
    return Box(rect, stroke=0.0, grey=grey, fill=grey)


def across(x1: float, x2: float, y: float, width: float = 0.5, grey: float = 0.0) -> Line:
    """A horizontal line."""
    return Line((x1, y), (x2, y), width, grey)


def down(x: float, y1: float, y2: float, width: float = 0.5, grey: float = 0.0) -> Line:
    """A vertical line."""
    return Line((x, y1), (x, y2), width, grey)


def dotted(x1: float, x2: float, y: float) -> Line:
    """A dotted line to write on, as KPU spaces it."""
    return Line((x1, y), (x2, y), 0.65, 0.0, dots=2.9)
