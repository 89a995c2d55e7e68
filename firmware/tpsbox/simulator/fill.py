"""Fills a drawn sheet as officers do: boxes, bubbles, tally marks, row totals and the heading.

Faults are asked for by field, so that a test knows which number it spoiled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np

from tpsbox.errors import InputError
from tpsbox.forms.model import Field, Form, Rect, Tally
from tpsbox.forms.plano import heading_places
from tpsbox.simulator.hand import (
    Hand,
    Image,
    blacken,
    draw,
    random_hand,
    write_sign,
    write_text,
)
from tpsbox.simulator.tally import bundle, cells_of

Leading = Literal["X", "0", "-", "empty"]
LEADING_SIGNS: dict[Leading, str] = {"X": "X", "0": "0", "-": "-", "empty": " "}
Fault = Literal[
    "bubble", "struck", "lined", "overwritten", "empty", "tally", "tally_struck", "row_sum"
]


class Style(msgspec.Struct, frozen=True):
    """What is filled and how. `leading`: what stands in boxes before the first digit.

    `heading` holds the words for `provinsi`, `kabupaten`, `kecamatan`, `desa`, `tps`,
    `tps_terbilang`. `faults` by field name:
    `bubble`: one bubble of another digit than the box; `struck`: the last box struck out;
    `lined`: one line through all boxes, level or slanting;
    `overwritten`: another digit and the right one over each other in the last box;
    `empty`: nothing written in the boxes, while bubbles and tally are; `tally`: a vote more or
    less in the tally marks than in all else; `tally_struck`: a bundle of the tally struck out and
    drawn anew in the next cell; `row_sum`: the last row total copied wrong.
    `row_leading`: what stands before a row total of one digit; `row_unused`: in rows without votes.
    """

    leading: Leading = "X"
    bubbles: bool = True
    tally: bool = True
    heading: dict[str, str] = {}
    faults: dict[str, Fault] = {}
    row_leading: Leading = "empty"
    row_unused: Leading = "empty"


def box_signs(value: int, boxes: int, leading: Leading = "X") -> str:
    """The sign in each box, from the left; a space is an empty box.

    Raises:
        InputError: negative, or more digits than boxes.
    """
    if value < 0 or len(str(value)) > boxes:
        raise InputError(f"{value} does not go into {boxes} boxes")
    return str(value).rjust(boxes, LEADING_SIGNS[leading])


def fill_sheet(
    image: Image,
    dpi: int,
    form: Form,
    page_number: int,
    values: Mapping[str, int | None],
    rng: np.random.Generator,
    style: Style | None = None,
    hand: Hand | None = None,
) -> Image:
    """A filled copy of a drawn sheet [h, w, 3] RGB.

    Fields that `values` leaves out or gives as None stay blank; fields of other sheets are
    passed over.

    Raises:
        InputError: a number that does not go into its boxes.
    """
    style = style or Style()
    hand = hand or random_hand(rng)
    scale = dpi / 25.4
    filled = image.copy()
    page = form.page(page_number)
    if page.tag:
        places = heading_places(page)
        for key, words in style.heading.items():
            write_text(filled, scale, words, places[key], hand, rng)
    for field in page.fields:
        value = values.get(field.name)
        if value is not None:
            _fill_field(filled, scale, field, value, style, hand, rng)
    return filled


def _fill_field(
    image: Image,
    scale: float,
    field: Field,
    value: int,
    style: Style,
    hand: Hand,
    rng: np.random.Generator,
) -> None:
    signs = box_signs(value, len(field.boxes), style.leading)
    fault = style.faults.get(field.name)
    if fault != "empty":
        _write_signs(image, scale, signs, field.boxes, hand, rng)
    if fault == "struck":
        _strike_out(image, scale, field.boxes[-1], hand, rng)
    elif fault == "lined":
        _line_through(image, scale, field.boxes, hand, rng)
    elif fault == "overwritten":
        write_sign(image, scale, _other_digit(signs[-1], rng), field.boxes[-1], hand, rng)
    if field.bubbles and style.bubbles:
        digits = list(signs)
        if fault == "bubble":
            digits[-1] = _other_digit(digits[-1], rng)
        for digit, column in zip(digits, field.bubbles.columns, strict=True):
            if digit.isdigit():
                center = column[int(digit)]
                blacken(image, scale, center, field.bubbles.diameter, hand, rng)
    if field.tally and style.tally:
        _fill_tally(image, scale, field.tally, value, style, fault, hand, rng)


def _write_signs(
    image: Image,
    scale: float,
    signs: str,
    boxes: Sequence[Rect],
    hand: Hand,
    rng: np.random.Generator,
) -> None:
    for sign, box in zip(signs, boxes, strict=True):
        if sign != " ":
            write_sign(image, scale, sign, box, hand, rng)


def _other_digit(digit: str, rng: np.random.Generator) -> str:
    return str((int(digit) + int(rng.integers(1, 10))) % 10)


def _strike_out(
    image: Image, scale: float, box: Rect, hand: Hand, rng: np.random.Generator
) -> None:
    """Two slanting lines through a box and a little beyond."""
    for offset in (-0.12, 0.12):
        ends = np.array([[box.x - 1.5, box.y + box.h], [box.x + box.w + 1.5, box.y]])
        ends += np.array([0.0, offset * box.h]) + rng.normal(0, 0.5, (2, 2))
        draw(image, scale, [ends], hand)


def _line_through(
    image: Image, scale: float, boxes: Sequence[Rect], hand: Hand, rng: np.random.Generator
) -> None:
    """One line through a row of boxes: level, or slanting from edge to edge, mostly upwards."""
    first, last = boxes[0], boxes[-1]
    rise = rng.normal(0, 0.08) if rng.random() < 0.6 else rng.uniform(0.5, 0.9)
    if rng.random() < 0.25:
        rise = -rise
    middle = first.y + first.h * rng.normal(0.5, 0.04)
    half = first.h * rise / 2
    ends = np.array([[first.x - 1.5, middle + half], [last.x + last.w + 1.5, middle - half]])
    line = np.insert(ends, 1, ends.mean(axis=0), axis=0) + rng.normal(0, 0.4, (3, 2))
    draw(image, scale, [line], hand)


def _fill_tally(
    image: Image,
    scale: float,
    tally: Tally,
    value: int,
    style: Style,
    fault: Fault | None,
    hand: Hand,
    rng: np.random.Generator,
) -> None:
    """Marks from the first cell on, and a total behind every row in use."""
    cells = list(cells_of(tally))
    pen = msgspec.structs.replace(hand, pen=min(hand.pen, 0.12 * cells[0].h))
    marks = value + int(rng.choice((-1, 1))) if fault == "tally" else value
    bundles = [min(5, left) for left in range(marks, 0, -5)]
    struck = int(rng.integers(len(bundles))) if fault == "tally_struck" and bundles else None
    if struck is not None:
        bundles.insert(struck, 5)
    for index, (cell, count) in enumerate(zip(cells, bundles, strict=False)):
        draw(image, scale, bundle(cell, count, hand.marks, rng), pen)
        if index == struck:
            _strike_out(image, scale, cell, pen, rng)
    totals = _row_totals(value, tally)
    if fault == "row_sum" and any(totals):
        last = np.count_nonzero(totals) - 1
        totals[last] = abs(totals[last] + int(rng.choice((-10, -1, 1, 10))))
    for total, boxes in zip(totals, tally.row_sums, strict=True):
        signs = box_signs(total, len(boxes), style.row_leading)
        if total == 0:
            signs = LEADING_SIGNS[style.row_unused] * len(boxes)
        _write_signs(image, scale, signs, boxes, pen, rng)


def _row_totals(value: int, tally: Tally) -> list[int]:
    """The votes in each row of a grid filled from the top."""
    row = 5 * tally.columns
    return [min(max(value - index * row, 0), row) for index in range(tally.rows)]
