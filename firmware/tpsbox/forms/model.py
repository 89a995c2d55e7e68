"""What a form is: sheets, fields, boxes and rules, in millimetres and in the field's own words.

The origin of every coordinate is the top left corner of the sheet, x to the right, y down.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Point = tuple[float, float]
Relation = Literal["sum", "at_most", "reserve"]


class Rect(msgspec.Struct, frozen=True):
    """An axis-parallel rectangle on the sheet, in mm: top left corner and size."""

    x: float
    y: float
    w: float
    h: float

    @property
    def center(self) -> Point:
        """The middle, in mm."""
        return (self.x + self.w / 2, self.y + self.h / 2)

    @property
    def corners(self) -> tuple[Point, Point, Point, Point]:
        """Top left, top right, bottom right, bottom left, in mm."""
        return (
            (self.x, self.y),
            (self.x + self.w, self.y),
            (self.x + self.w, self.y + self.h),
            (self.x, self.y + self.h),
        )

    def grow(self, mm: float) -> Rect:
        """The rectangle with `mm` more (or less, if negative) on every side."""
        return Rect(self.x - mm, self.y - mm, self.w + 2 * mm, self.h + 2 * mm)


class Bubbles(msgspec.Struct, frozen=True):
    """One column of ten bubbles per box: `columns[i][d]` is the centre of digit d, in mm."""

    columns: tuple[tuple[Point, ...], ...]
    diameter: float


class Tally(msgspec.Struct, frozen=True):
    """A grid for tally marks, five votes to a cell, with the boxes of its row totals."""

    grid: Rect
    columns: int
    rows: int
    row_sums: tuple[tuple[Rect, ...], ...]

    @property
    def capacity(self) -> int:
        """How many votes the grid can hold (five to a cell)."""
        return 5 * self.columns * self.rows


class Field(msgspec.Struct, frozen=True):
    """One number of a sheet: its boxes from the highest digit to the units."""

    name: str
    label: str
    page: int
    boxes: tuple[Rect, ...]
    guide: bool = False
    bubbles: Bubbles | None = None
    tally: Tally | None = None


class Tag(msgspec.Struct, frozen=True):
    """The AprilTag (family 36h10) that names form and page; printed turned by `rotated` degrees."""

    id: int
    rect: Rect
    rotated: int = 0


class Fiducials(msgspec.Struct, frozen=True):
    """The four corner marks: TL, TR, BR, BL in mm.

    `two-squares`: two squares of `side` mm touch at the point, the upper left and the lower right
    one black. `square`: one black square of `side` mm centred on the point.
    """

    kind: Literal["two-squares", "square"]
    side: float
    points: tuple[Point, Point, Point, Point]


class Line(msgspec.Struct, frozen=True):
    """A printed rule that is no box: from and to in mm, width in mm, 0 = black to 1 = white.

    With `dots` it is a row of round dots of that width, so many mm apart.
    """

    start: Point
    end: Point
    width: float = 0.35
    grey: float = 0.0
    dots: float = 0.0


class Text(msgspec.Struct, frozen=True):
    """Printed words: anchor in mm (left, middle or right of the base line), em size in mm.

    Words that would pass `width` mm are printed smaller: labels come from election files.
    """

    at: Point
    text: str
    size: float = 5.0
    bold: bool = False
    align: Literal["left", "middle", "right"] = "left"
    width: float | None = None


class Page(msgspec.Struct, frozen=True):
    """One sheet of a form.

    `heading` holds the handwritten names of province to TPS, `signatures` the names of officers
    and witnesses.
    """

    number: int
    tag: Tag | None
    fields: tuple[Field, ...]
    heading: Rect
    lines: tuple[Line, ...] = ()
    texts: tuple[Text, ...] = ()
    signatures: Rect | None = None


class Rule(msgspec.Struct, frozen=True):
    """A relation between numbers.

    `sum`: total = sum of parts. `at_most`: sum of parts <= total. `reserve`: total = the part
    plus its share of reserve ballots, rounded up. `hard` rules hold on any right sheet and decide
    between readings; a soft one, which officers break at times, speaks for readings that keep it.
    """

    name: str
    total: str
    parts: tuple[str, ...]
    relation: Relation = "sum"
    hard: bool = True

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field the rule speaks of, the total first."""
        return (self.total, *self.parts)


class Form(msgspec.Struct, frozen=True):
    """A form with its sheets, for one number of candidates."""

    name: str
    title: str
    source: str
    sheet: tuple[float, float]
    stroke: float
    fiducials: Fiducials
    paslon: int
    reserve_percent: float
    limit: int
    pages: tuple[Page, ...]
    rules: tuple[Rule, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """All fields in the order of the sheets: the order in which a record states them."""
        return tuple(field for page in self.pages for field in page.fields)

    def field(self, name: str) -> Field:
        """The field of that name.

        Raises:
            KeyError: the form has no such field.
        """
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)

    def page(self, number: int) -> Page:
        """Sheet `number`, counted from 1.

        Raises:
            KeyError: the form has no such sheet.
        """
        for page in self.pages:
            if page.number == number:
                return page
        raise KeyError(number)
