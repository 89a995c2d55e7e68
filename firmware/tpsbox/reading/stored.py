"""The witnesses of a sheet as bytes, so that what was read once can be decided again later.

A sheet is decided anew whenever another sheet of the set arrives: what the boxes and bubbles said
is kept, not what was made of it.
"""

from __future__ import annotations

import msgspec
import numpy as np

from tpsbox.errors import InputError
from tpsbox.forms.model import Form
from tpsbox.reading.bubbles import BubbleReading
from tpsbox.reading.model import CLASSES
from tpsbox.reading.number import number_odds
from tpsbox.reading.read import ReadSheet
from tpsbox.reading.witnesses import Witnesses


class StoredBubbles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A `BubbleReading` as it is kept."""

    digits: tuple[int | None, ...]
    marks: str
    clear: bool


class StoredSheet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything later decisions need of one photo.

    `boxes[field][i][c]` is the probability of class c in box i, in parts of 100,000;
    `homography` is row-major, sheet mm to photo px.
    """

    page: int
    sharpness: float
    homography: tuple[float, ...]
    boxes: dict[str, tuple[tuple[int, ...], ...]]
    bubbles: dict[str, StoredBubbles]


PARTS = 100_000


def pack(sheet: ReadSheet, homography: tuple[float, ...]) -> bytes:
    """JSON bytes of a sheet's witnesses."""
    return msgspec.json.encode(
        StoredSheet(
            page=sheet.page,
            sharpness=round(sheet.sharpness, 4),
            homography=homography,
            boxes={
                name: tuple(
                    tuple(round(float(part) * PARTS) for part in box) for box in number.boxes
                )
                for name, number in sheet.witnesses.odds.items()
            },
            bubbles={
                name: StoredBubbles(reading.digits, reading.marks, reading.clear)
                for name, reading in sheet.witnesses.bubbles.items()
            },
        )
    )


def unpack(data: bytes, form: Form) -> ReadSheet:
    """The sheet again, as it was read.

    Raises:
        InputError: not bytes of `pack`, or of another form.
    """
    try:
        stored = msgspec.json.decode(data, type=StoredSheet)
        known = {field.name: len(field.boxes) for field in form.page(stored.page).fields}
    except (msgspec.DecodeError, KeyError) as error:
        raise InputError(f"stored reading: {error}") from error
    wrong = [
        name
        for name, boxes in stored.boxes.items()
        if known.get(name) != len(boxes) or any(len(box) != len(CLASSES) for box in boxes)
    ]
    if wrong or stored.boxes.keys() != known.keys():
        raise InputError(f"stored reading: it is not of page {stored.page} of {form.name}")
    odds = {
        name: number_odds(np.array(boxes, dtype=np.float64) / PARTS)
        for name, boxes in stored.boxes.items()
    }
    bubbles = {
        name: BubbleReading(kept.digits, kept.marks, kept.clear)
        for name, kept in stored.bubbles.items()
    }
    return ReadSheet(form, stored.page, stored.sharpness, Witnesses(odds, bubbles))
