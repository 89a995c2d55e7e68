"""The witnesses of a sheet as bytes, so that what was read once can be decided again later.

A sheet is decided anew whenever another sheet of the set arrives: what every witness said is kept,
not what was made of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec
import numpy as np

from tpsbox.errors import InputError
from tpsbox.forms.model import Field, Form
from tpsbox.reading.bubbles import BubbleReading
from tpsbox.reading.model import CLASSES, Probabilities
from tpsbox.reading.number import number_odds
from tpsbox.reading.read import ReadSheet
from tpsbox.reading.row_sums import row_sums
from tpsbox.reading.tally import TallyReading
from tpsbox.reading.witnesses import Witnesses


class StoredBubbles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A `BubbleReading` as it is kept."""

    digits: tuple[Annotated[int, msgspec.Meta(ge=0, le=9)] | None, ...]
    marks: str
    clear: bool


class StoredTally(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A `TallyReading` as it is kept."""

    count: int | None
    spread: float
    cells: tuple[int, ...]


Boxes = tuple[tuple[int, ...], ...]
"""`[i][c]`: the probability of class c in box i, in parts of PARTS."""


class StoredSheet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything later decisions need of one photo.

    `boxes` by field, `rows` the row totals by field and row; `homography` is row-major, sheet mm
    to photo px. Sheets kept before there were `rows` and `tallies` have none.
    """

    page: int
    sharpness: float
    homography: tuple[float, ...]
    boxes: dict[str, Boxes]
    bubbles: dict[str, StoredBubbles]
    rows: dict[str, tuple[Boxes, ...]] = {}
    tallies: dict[str, StoredTally] = {}


PARTS = 100_000


def pack(sheet: ReadSheet, homography: tuple[float, ...]) -> bytes:
    """JSON bytes of a sheet's witnesses."""
    seen = sheet.witnesses
    return msgspec.json.encode(
        StoredSheet(
            page=sheet.page,
            sharpness=round(sheet.sharpness, 4),
            homography=homography,
            boxes={name: _parts(number.boxes) for name, number in seen.odds.items()},
            bubbles={
                name: StoredBubbles(reading.digits, reading.marks, reading.clear)
                for name, reading in seen.bubbles.items()
            },
            rows={name: tuple(map(_parts, sums.boxes)) for name, sums in seen.row_sums.items()},
            tallies={
                name: StoredTally(tally.count, tally.spread, tally.cells)
                for name, tally in seen.tallies.items()
            },
        )
    )


def _parts(boxes: Probabilities) -> Boxes:
    return tuple(tuple(round(float(share) * PARTS) for share in box) for box in boxes)


def _shares(boxes: Boxes) -> Probabilities:
    return np.array(boxes, dtype=np.float64) / PARTS


def unpack(data: bytes, form: Form) -> ReadSheet:
    """The sheet again, as it was read.

    Raises:
        InputError: not bytes of `pack`, or of another form.
    """
    try:
        stored = msgspec.json.decode(data, type=StoredSheet)
        known = {field.name: field for field in form.page(stored.page).fields}
    except (msgspec.DecodeError, KeyError) as error:
        raise InputError(f"stored reading: {error}") from error
    if stored.boxes.keys() != known.keys() or not _fits(stored, known):
        raise InputError(f"stored reading: it is not of page {stored.page} of {form.name}")
    witnesses = Witnesses(
        {name: number_odds(_shares(boxes)) for name, boxes in stored.boxes.items()},
        {
            name: BubbleReading(kept.digits, kept.marks, kept.clear)
            for name, kept in stored.bubbles.items()
        },
        {
            name: row_sums([number_odds(_shares(row)) for row in rows], tally.capacity)
            for name, rows in stored.rows.items()
            if (tally := known[name].tally)
        },
        {
            name: TallyReading(kept.count, kept.spread, kept.cells)
            for name, kept in stored.tallies.items()
        },
    )
    return ReadSheet(form, stored.page, stored.sharpness, witnesses)


def _fits(stored: StoredSheet, known: Mapping[str, Field]) -> bool:
    """Whether every box, bubble and row total that was kept has its place on the page."""
    groups = [(boxes, len(known[name].boxes)) for name, boxes in stored.boxes.items()]
    if not known.keys() >= stored.bubbles.keys() | stored.tallies.keys():
        return False
    for name, kept in stored.bubbles.items():
        if not len(kept.digits) == len(kept.marks) == len(known[name].boxes):
            return False
    for name, rows in stored.rows.items():
        tally = known[name].tally if name in known else None
        if tally is None or len(rows) != tally.rows:
            return False
        groups += [(row, len(boxes)) for row, boxes in zip(rows, tally.row_sums, strict=True)]
    return all(
        len(boxes) == count and all(len(box) == len(CLASSES) for box in boxes)
        for boxes, count in groups
    )
