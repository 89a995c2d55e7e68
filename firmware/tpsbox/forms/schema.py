"""A form's file as it stands on disk: what may be written there, checked when it is read.

All measures are mm from the top left corner of the sheet.
"""

from __future__ import annotations

import msgspec

from tpsbox.forms.model import Fiducials, Relation, Text


class ColumnFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column of numbers: the left edges of its boxes, their size in mm."""

    x: tuple[float, ...]
    box: tuple[float, float]
    label: str = ""


class RowFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of numbers: `name` with the column's key appended (`_l`) unless `bare`."""

    name: str
    label: str
    y: float
    columns: tuple[str, ...]
    bare: bool = False
    guide: bool = False
    tally: str = ""


class BubbleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bubbles relative to a block's top: centres of the columns, first row, pitch, diameter."""

    x: tuple[float, ...]
    first: float
    pitch: float
    diameter: float


class TallyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tally grid; `y` is relative to the block's top in a candidate block."""

    x: float
    y: float
    cell: tuple[float, float]
    columns: int
    rows: int
    sum_x: tuple[float, ...]
    sum_box: tuple[float, float]


class BlockFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The candidate blocks of a page for one number of candidates."""

    tops: tuple[float, ...]
    x: tuple[float, ...]
    box: tuple[float, float]
    box_top: float
    bubbles: BubbleFile | None = None
    tally: TallyFile | None = None
    guide: bool = False


class PageFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One sheet as its file gives it."""

    heading: tuple[float, float, float, float]
    tag: int | None = None
    row: tuple[RowFile, ...] = ()
    paslon: dict[str, BlockFile] = {}
    tally: dict[str, TallyFile] = {}
    line: tuple[tuple[float, ...], ...] = ()
    text: tuple[Text, ...] = ()
    signatures: tuple[float, float, float, float] | None = None


class RuleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule; with `each`, one rule for every word, put in place of `{}`."""

    name: str
    total: str
    parts: tuple[str, ...]
    relation: Relation = "sum"
    hard: bool = True
    each: tuple[str, ...] = ()


class TagFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the tag lies on every page."""

    rect: tuple[float, float, float, float]
    rotated: int = 0


class FormFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A form's file as it stands on disk."""

    name: str
    title: str
    source: str
    sheet: tuple[float, float]
    stroke: float
    paslon: tuple[int, int]
    limit: int
    reserve_percent: float
    fiducials: Fiducials
    column: dict[str, ColumnFile]
    page: tuple[PageFile, ...]
    rule: tuple[RuleFile, ...]
    tag: TagFile | None = None
    labels: dict[str, str] = {}
