"""The recapitulation of a region: the table of D.HASIL, in one canonical spelling.

At the kecamatan its columns are the TPS, by desa; at the kabupaten the kecamatan; at the provinsi
the kabupaten. A number that nobody is sure of is null in it and in no total.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec
from tpsbox.errors import InputError

Sums = dict[str, int]

Mark = Literal["diketik", "dikoreksi", "psu", "tanpa_hasil"]
"""What is told of TPS beside their numbers: typed by hand, corrected by officers, voted or counted
other than regularly, and stated to have no result."""


class Row(msgspec.Struct, frozen=True):
    """A row of the table: a field of the form and its words."""

    field: str
    label: str


class Column(msgspec.Struct, frozen=True):
    """A TPS, kecamatan or kabupaten.

    `numbers` by field; null where a TPS has no sure number. `tps` and `counted`: how many TPS
    there are in it, and how many of them have a result. `marks`: how many TPS of each kind.
    `psu`: of a TPS, its state. `handed_up`: numbers as the plenary below locked them, where they
    were corrected since.
    """

    kode: str
    nama: str
    numbers: dict[str, int | None]
    tps: int
    counted: int
    marks: dict[Mark, int] = {}
    psu: str | None = None
    handed_up: Sums = {}


class Group(msgspec.Struct, frozen=True):
    """Columns under one heading, with their sums: the TPS of a desa, or all of a region."""

    kode: str
    nama: str
    columns: tuple[Column, ...]
    totals: Sums


class Place(msgspec.Struct, frozen=True):
    """Names of the region and what it lies in; empty below it."""

    provinsi: str
    kabupaten: str = ""
    kecamatan: str = ""


class Recap(msgspec.Struct, frozen=True):
    """A region's contest, row by row.

    `missing` counts by field the TPS whose number is null. `paslon` are the candidates' names by
    their number, from 1 on.
    """

    version: Literal[1]
    region: str
    level: str
    place: Place
    contest: str
    title: str
    form: str
    election: str
    date: str
    paslon: tuple[str, ...]
    rows: tuple[Row, ...]
    groups: tuple[Group, ...]
    totals: Sums
    missing: Sums
    tps: int
    counted: int

    @property
    def columns(self) -> tuple[Column, ...]:
        """Of all groups, in their order."""
        return tuple(column for group in self.groups for column in group.columns)

    @property
    def corrected_above(self) -> tuple[Column, ...]:
        """Columns whose numbers were corrected after the plenary below had locked them."""
        return tuple(column for column in self.columns if column.handed_up)


def encode_recap(recap: Recap) -> str:
    """The one JSON spelling of a recap: sorted keys, no spaces."""
    return msgspec.json.encode(recap, order="sorted").decode()


def decode_recap(text: str) -> Recap:
    """The recap in text that `encode_recap` has written.

    Raises:
        InputError: it is no recap, or another spelling of one.
    """
    try:
        recap = msgspec.json.decode(text, type=Recap)
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        raise InputError(f"recap: {error}") from error
    if encode_recap(recap) != text:
        raise InputError("recap: not in its canonical form")
    return recap


def digest_of(text: str) -> str:
    """SHA-256 of a recap's canonical text, in hex: what the document's signed code carries."""
    return hashlib.sha256(text.encode()).hexdigest()


def add_up(columns: tuple[Column, ...], rows: tuple[Row, ...]) -> Sums:
    """The sum of each row over the columns; null adds nothing."""
    return {
        row.field: sum(column.numbers.get(row.field) or 0 for column in columns) for row in rows
    }
