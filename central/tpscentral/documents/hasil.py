"""D.HASIL KECAMATAN, KABUPATEN/KOTA and PROVINSI: the recapitulation as it is signed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tpscentral.documents.sheet import Cell, Sheet
from tpscentral.documents.signatures import signatures
from tpscentral.documents.terbilang import terbilang
from tpscentral.levels import Level
from tpscentral.plenary.recap import Column, Group, Recap
from tpscentral.plenary.signing import Signing
from tpscentral.psu import Psu
from tpscentral.words import whole

LABEL, NUMBER, SUM = 72.0, 17.5, 21.0
"""Widths of columns in mm: words of a row, a place's number, a sum."""
ROW = 4.5

_LEVELS = {
    Level.KECAMATAN: "KECAMATAN",
    Level.KABUPATEN: "KABUPATEN/KOTA",
    Level.PROVINSI: "PROVINSI",
}
_MARKS = {
    "diketik": "T = diketik dari kertas oleh dua orang",
    "dikoreksi": "K = dikoreksi dalam pleno",
    "psu": "P = PSU, susulan atau lanjutan",
    "tanpa_hasil": "N = dinyatakan tanpa hasil",
}
_LETTERS = {"diketik": "T", "dikoreksi": "K", "psu": "P", "tanpa_hasil": "N"}


class Strip(NamedTuple):
    """A column as it is printed: heading, words above it, numbers as text, whether it is a sum."""

    above: str
    name: str
    marks: str
    numbers: dict[str, str]
    is_sum: bool


def model_of(recap: Recap) -> str:
    """The name of the form, as KPU names it: KWK for local elections, PPWP for president."""
    kind = "PPWP" if recap.contest == "ppwp" else f"KWK-{recap.contest.upper()}"
    if recap.contest in ("bupati", "walikota"):
        kind = "KWK-BUPATI/WALIKOTA"
    return f"MODEL D.HASIL {_LEVELS[Level(recap.level)]}-{kind}"


def hasil_pdf(recap: Recap, signing: Signing, code: str, at: int) -> bytes:
    """The document of a locked region; `code` is the text of its seal, `at` the time of the lock.

    The same content gives the same bytes.
    """
    sheet = Sheet(model_of(recap), heading_of(recap), code, at)
    strips = list(_strips(recap))
    for some in _pages(sheet, strips):
        _table(sheet, recap, some)
    _totals(sheet, recap)
    _notes(sheet, recap)
    signatures(sheet, recap, signing, at)
    return bytes(sheet.output())


def heading_of(recap: Recap) -> list[str]:
    """Lines under the title: what was elected, and where."""
    place = recap.place
    named = (
        ("KECAMATAN", place.kecamatan),
        ("KABUPATEN/KOTA", place.kabupaten),
        ("PROVINSI", place.provinsi),
    )
    where = "   ".join(f"{what}: {name}" for what, name in named if name)
    return [f"{recap.election} - PEMILIHAN {recap.title.upper()}", f"{where}   ({recap.region})"]


def _strips(recap: Recap) -> Iterator[Strip]:
    for group in recap.groups:
        for column in group.columns:
            yield Strip(group.nama, column.nama, _marks(column), _figures(column.numbers), False)
        if group.nama:
            yield _sum_of(group)
    totals = {field: whole(number) for field, number in recap.totals.items()}
    yield Strip("", "JUMLAH AKHIR", "", totals, True)


def _sum_of(group: Group) -> Strip:
    totals = {field: whole(number) for field, number in group.totals.items()}
    return Strip(group.nama, "Jumlah", "", totals, True)


def _figures(numbers: dict[str, int | None]) -> dict[str, str]:
    return {field: "-" if n is None else whole(n) for field, n in numbers.items()}


def _marks(column: Column) -> str:
    told = [
        _LETTERS[mark] if column.psu is not None else f"{_LETTERS[mark]}{count}"
        for mark, count in column.marks.items()
    ]
    return " ".join([*told, *(["*"] if column.handed_up else [])])


def _pages(sheet: Sheet, strips: Sequence[Strip]) -> list[list[Strip]]:
    """As many columns as fit beside the words of the rows, about the same number on each page."""
    room = sheet.inner - LABEL
    pages = len(_cut(strips, room))
    even = sum(map(_width, strips)) / pages + SUM
    return min((_cut(strips, min(room, even)), _cut(strips, room)), key=len)


def _cut(strips: Sequence[Strip], room: float) -> list[list[Strip]]:
    pages: list[list[Strip]] = [[]]
    left = room
    for strip in strips:
        if left < _width(strip):
            pages.append([])
            left = room
        pages[-1].append(strip)
        left -= _width(strip)
    return pages


def _width(strip: Strip) -> float:
    return SUM if strip.is_sum else NUMBER


def _table(sheet: Sheet, recap: Recap, strips: list[Strip]) -> None:
    if sheet.room < ROW * (len(recap.rows) + 6):
        sheet.add_page()
    _above(sheet, strips)
    names: list[Cell] = [(_width(strip), strip.name, "C") for strip in strips]
    sheet.heads([(LABEL, "Uraian", "L"), *names])
    marks: list[Cell] = [(_width(strip), strip.marks, "C") for strip in strips]
    sheet.row([(LABEL, "Keterangan", "L"), *marks], ROW, 6.5)
    for number, row in enumerate(recap.rows, 1):
        cells: list[Cell] = [
            (_width(strip), strip.numbers.get(row.field, "-"), "R") for strip in strips
        ]
        sheet.labelled(f"{number}. {row.label}", LABEL, cells, ROW)
    sheet.ln(2)


def _above(sheet: Sheet, strips: list[Strip]) -> None:
    """The names of desa over their columns."""
    if not any(strip.above for strip in strips):
        return
    cells: list[Cell] = []
    for strip in strips:
        if cells and cells[-1][1] == strip.above and strip.above:
            cells[-1] = (cells[-1][0] + _width(strip), strip.above, "C")
        else:
            cells.append((_width(strip), strip.above, "C"))
    sheet.heads([(LABEL, "Desa/Kelurahan", "L"), *cells])


def _totals(sheet: Sheet, recap: Recap) -> None:
    """Every total in figures and in words."""
    sheet.add_page()
    sheet.words(f"JUMLAH AKHIR {_LEVELS[Level(recap.level)]}", 10, bold=True)
    words = sheet.inner - LABEL - 2 * SUM
    heads = [(LABEL, "Uraian"), (SUM, "Angka"), (SUM, "TPS kosong"), (words, "Huruf")]
    sheet.row([(width, text, "C") for width, text in heads], ROW, bold=True, filled=True)
    for number, row in enumerate(recap.rows, 1):
        total, missing = recap.totals[row.field], recap.missing[row.field]
        cells: list[Cell] = [(SUM, whole(total), "R"), (SUM, whole(missing), "R")]
        cells.append((words, terbilang(total), "L"))
        sheet.labelled(f"{number}. {row.label}", LABEL, cells, ROW)
    sheet.ln(2)


def _notes(sheet: Sheet, recap: Recap) -> None:
    sheet.words(f"TPS dengan hasil: {whole(recap.counted)} dari {whole(recap.tps)}.", gap=0.5)
    used = [mark for mark in _MARKS if any(mark in column.marks for column in recap.columns)]
    if used:
        sheet.words("Keterangan: " + "; ".join(_MARKS[mark] for mark in used) + ".", 8, gap=0.5)
    for column in recap.columns:
        if column.psu not in (None, Psu.REGULER.value):
            sheet.words(f"{column.kode} {column.nama}: {Psu(column.psu).words}.", 8, gap=0.2)
    labels = {row.field: row.label for row in recap.rows}
    for column in recap.corrected_above:
        told = "; ".join(
            f"{labels.get(field, field)} {whole(before)} menjadi {_now(column, field)}"
            for field, before in column.handed_up.items()
        )
        sheet.words(f"* {column.nama} dibetulkan setelah pleno di bawahnya: {told}.", 8, gap=0.2)


def _now(column: Column, field: str) -> str:
    return whole(column.numbers.get(field) or 0)
