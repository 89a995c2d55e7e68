"""Numbers as people type them into a sheet's form: digits, or a hyphen for an empty box."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from tpsbox.forms.model import Form as Sheet

from tpscentral.pages.forms import Form
from tpscentral.standing import Stated

EMPTY_SIGN = "-"
"""What is typed for a box that is not filled in on the paper: it is not zero."""
PREFIX = "angka."
_WRONG = "angka 0 sampai 999, atau - jika kotak di kertas kosong"


class Figures(msgspec.Struct, frozen=True):
    """What a form said: numbers by field, fields left blank, and what is wrong with others."""

    numbers: dict[str, int | None]
    blank: tuple[str, ...]
    wrong: dict[str, str]


def figures_of(form: Form, sheet: Sheet) -> Figures:
    """The numbers of all fields of a sheet; nothing in them has been believed yet."""
    numbers: dict[str, int | None] = {}
    blank: list[str] = []
    wrong: dict[str, str] = {}
    for field in sheet.fields:
        text = form.raw(PREFIX + field.name).strip()
        if not text:
            blank.append(field.name)
        elif text == EMPTY_SIGN:
            numbers[field.name] = None
        elif len(text) <= len(field.boxes) and text.isascii() and text.isdigit():
            numbers[field.name] = int(text)
        else:
            wrong[field.name] = _WRONG
    return Figures(numbers, tuple(blank), wrong)


def text_of(stated: Stated | None) -> str:
    """A number as it stands in the form; one that nobody is sure of is for people to type."""
    if stated is None or stated.state in ("unsure", "absent"):
        return ""
    return EMPTY_SIGN if stated.number is None else str(stated.number)


def packed(texts: Mapping[str, str]) -> str:
    """Texts by field in one line, for a form to carry what stood in it when it was opened."""
    return " ".join(f"{name}={text}" for name, text in texts.items())


def unpacked(line: str) -> dict[str, str]:
    """What `packed` made a line of; nothing in it has been believed yet."""
    return {name: text for name, _, text in (pair.partition("=") for pair in line.split(" "))}


def texts_of(numbers: Mapping[str, Stated], sheet: Sheet) -> dict[str, str]:
    """What stands in each box of a fresh form."""
    return {field.name: text_of(numbers.get(field.name)) for field in sheet.fields}
