"""Fills a drawn sheet as officers do: boxes, bubbles, tally marks, row totals and the heading.

Faults are asked for by field, so that a test knows which number it spoiled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec
import numpy as np

from tpsbox.errors import InputError
from tpsbox.forms.model import Field, Form, Rect, Tally
from tpsbox.forms.plano import heading_places
from tpsbox.simulator.glyphs import Stroke
from tpsbox.simulator.hand import (
    Hand,
    Image,
    blacken,
    draw,
    random_hand,
    write_sign,
    write_text,
)

Leading = Literal["X", "0", "-", "empty"]
Fault = Literal["bubble", "struck", "overwritten", "empty"]


class Style(msgspec.Struct, frozen=True):
    """What is filled and how. `leading`: what stands in boxes before the first digit.

    `heading` holds the words for `provinsi`, `kabupaten`, `kecamatan`, `desa`, `tps`,
    `tps_terbilang`. `faults` by field name:
    `bubble`: one bubble of another digit than the box; `struck`: the last box struck out;
    `overwritten`: another digit and the right one over each other in the last box;
    `empty`: nothing written in the boxes, while bubbles and tally are.
    """

    leading: Leading = "X"
    bubbles: bool = True
    tally: bool = True
    heading: dict[str, str] = {}
    faults: dict[str, Fault] = {}


def box_signs(value: int, boxes: int, leading: Leading = "X") -> str:
    """The sign in each box, from the left; a space is an empty box.

    Raises:
        InputError: negative, or more digits than boxes.
    """
    if value < 0 or len(str(value)) > boxes:
        raise InputError(f"{value} does not go into {boxes} boxes")
    return str(value).rjust(boxes, " " if leading == "empty" else leading)


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
        for sign, box in zip(signs, field.boxes, strict=True):
            if sign != " ":
                write_sign(image, scale, sign, box, hand, rng)
    if fault == "struck":
        _strike_out(image, scale, field.boxes[-1], hand, rng)
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
        _fill_tally(image, scale, field.tally, value, hand, rng)


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


def _fill_tally(
    image: Image, scale: float, tally: Tally, value: int, hand: Hand, rng: np.random.Generator
) -> None:
    """Bundles of five from the first row on, and the total of every row in use."""
    left = min(value, tally.capacity)
    width, height = tally.grid.w / tally.columns, tally.grid.h / tally.rows
    pen = msgspec.structs.replace(hand, pen=min(hand.pen, 0.12 * height))
    for row in range(tally.rows):
        in_row = min(left, 5 * tally.columns)
        if in_row == 0:
            return
        for column in range(-(-in_row // 5)):
            cell = Rect(tally.grid.x + column * width, tally.grid.y + row * height, width, height)
            draw(image, scale, _bundle(cell, min(5, in_row - 5 * column), rng), pen)
        boxes = tally.row_sums[row]
        for sign, box in zip(box_signs(in_row, len(boxes), "empty"), boxes, strict=True):
            if sign != " ":
                write_sign(image, scale, sign, box, pen, rng)
        left -= in_row


def _bundle(cell: Rect, count: int, rng: np.random.Generator) -> list[Stroke]:
    """Up to four upright strokes, the fifth across them."""
    strokes = []
    for n in range(min(count, 4)):
        x = cell.x + cell.w * (0.2 + 0.19 * n)
        ends = np.array([[x, cell.y + 0.18 * cell.h], [x, cell.y + 0.82 * cell.h]])
        strokes.append(ends + rng.normal(0, 0.02, (2, 2)) * [cell.w, cell.h])
    if count == 5:
        size, corner = np.array([cell.w, cell.h]), np.array([cell.x, cell.y])
        across = np.array([[0.1, 0.75], [0.9, 0.25]]) * size + corner
        strokes.append(across + rng.normal(0, 0.03, (2, 2)) * [cell.w, cell.h])
    return strokes
