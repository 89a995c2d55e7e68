"""The printed surroundings on KPU's large sheets: frame, model box, heading, blocks, signatures.

Places are those of C.HASIL-PPWP 2024, measured on KPU's design file, relative to the form's own
boxes and grids so that a sheet for two or six candidates follows from the same code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from textwrap import wrap

from tpsbox.forms.marks import PALE, Box, Disc, Mark, Words, across, dotted, down
from tpsbox.forms.model import Field, Form, Line, Page, Rect, Tag, Tally

LEFT, RIGHT = 73.0, 527.0
"""Outer edges of every table."""

HEAD = 20.0
"""Height of a table's head above a tally grid; its lowest 7 mm number the columns."""

NAME_LETTERS = 32
"""Letters of a candidate's name to a line."""

TITLE_LETTERS = 16
"""Letters of the form's title to a line of the model box."""


def furniture(form: Form, page: Page, names: Sequence[str]) -> Iterator[Mark]:
    """Everything on the page that is neither read by the camera nor in the form's file."""
    yield from _frame(form, page)
    if page.tag:
        yield from _model_box(form, page, page.tag)
    yield from heading_marks(page)
    blocks = [field for field in page.fields if field.bubbles and field.tally]
    if blocks:
        yield from _blocks(blocks, names)
    for field in page.fields:
        if field.tally and not field.bubbles:
            yield from _tally_head(field.tally, "RINCIAN SUARA TIDAK SAH", RIGHT)
    if page.signatures:
        yield from _signatures(page.signatures, form.paslon, names)


def heading_places(page: Page) -> dict[str, Rect]:
    """Where each name of the place is written by hand: a strip above its dotted line, in mm."""
    x, y = page.heading.x + 3, page.heading.y
    near, far = x + 55, x + 250
    return {
        "provinsi": Rect(near, y + 2, 106, 8.5),
        "kabupaten": Rect(near, y + 14.8, 106, 8.5),
        "kecamatan": Rect(far, y + 2, 106, 8.5),
        "desa": Rect(far, y + 14.8, 106, 8.5),
        "tps": Rect(far, y + 27.5, 18, 8.5),
        "tps_terbilang": Rect(far + 25, y + 27.5, 78, 8.5),
    }


def heading_marks(page: Page) -> Iterator[Mark]:
    """Captions and dotted lines for the names of the place."""
    captions = {
        "provinsi": "Provinsi",
        "kabupaten": "Kabupaten / Kota",
        "kecamatan": "Kecamatan",
        "desa": "Kelurahan / Desa *)",
        "tps": "Nomor TPS",
    }
    for key, place in heading_places(page).items():
        base = place.y + place.h
        yield dotted(place.x, place.x + place.w, base)
        if key in captions:
            offset = 55 if place.x - page.heading.x < 100 else 73
            yield Words((place.x - offset, base - 2), captions[key], 5, bold=True)
            yield Words((place.x - 4, base - 2), ":", 5, bold=True)
        else:
            yield Words((place.x - 2, base), "(", 5.5, bold=True, align="right")
            yield Words((place.x + place.w + 2, base), ")", 5.5, bold=True)


def _frame(form: Form, page: Page) -> Iterator[Mark]:
    height = form.sheet[1]
    (left, top), (right, _), (_, bottom), _ = form.fiducials.points
    side = form.fiducials.side
    yield across(left + 13, right - 13, top - side - 0.8, 1.2, PALE)
    yield across(left + 13, right - 13, bottom + side, 1.2, PALE)
    yield down(left - side, top + 15, bottom - 15, 1.2, PALE)
    yield down(right + side, top + 15, bottom - 15, 1.2, PALE)
    yield Line((left - side, 50), (right + side, 50), 0.9, 0.4, dots=4.2)
    running = f"{form.title} - Halaman {page.number} dari {len(form.pages)}"
    yield Words((left - side, height - 9), running, 4.2, grey=0.5)
    yield Words((right + side, 10), running, 4.2, grey=0.5, turned=180)
    yield Words((right - 32, bottom - 7), "*) Coret yang tidak perlu", 3.6, align="right")


def _model_box(form: Form, page: Page, tag: Tag) -> Iterator[Mark]:
    x, y = tag.rect.x - 11, tag.rect.y - 29.1
    middle = x + 22
    yield Box(Rect(x, y, 44, 20), 0.7)
    lines = title_lines(form.title)
    for line, text in enumerate(lines):
        at = (middle, y + 11.8 + 5.6 * (line - (len(lines) - 1) / 2))
        yield Words(at, text, 4.8, bold=True, align="middle", width=40)
    count = f"Halaman {page.number} dari {len(form.pages)}"
    yield Words((middle, y + 26.2), count, 4.6, bold=True, align="middle")
    foot = (tag.rect.x - 3.5, tag.rect.y + tag.rect.h / 2 + 5)
    yield Words(foot, str(tag.id), 5.5, turned=90)


def title_lines(title: str) -> list[str]:
    """A form's title as its box shows it: MODEL, then the name, a long one broken once."""
    kind, _, name = title.partition(" ")
    series, _, office = name.rpartition("-")
    return [kind, name] if len(name) <= TITLE_LETTERS else [kind, series + "-", office]


def _tally_head(tally: Tally, title: str, end: float) -> Iterator[Mark]:
    """Head over a grid: its title, numbered columns, `end` the right edge of the last column."""
    grid, totals = tally.grid, tally.row_sums[0]
    top, numbers, right = grid.y - HEAD, grid.y - 7, grid.x + grid.w
    middle = (totals[0].x + totals[-1].x + totals[-1].w) / 2
    yield across(grid.x, right, numbers)
    yield across(grid.x, end, grid.y, 0.8)
    yield down(grid.x, top, grid.y + grid.h, 0.8)
    yield down(right, top, grid.y + grid.h, 0.8)
    yield Words((grid.x + grid.w / 2, top + 8.3), title, 5, bold=True, align="middle")
    for column in range(tally.columns):
        x = grid.x + (column + 0.5) * grid.w / tally.columns
        yield Words((x, grid.y - 1.9), str(column + 1), 4.5, align="middle")
        if column:
            yield down(grid.x + column * grid.w / tally.columns, numbers, grid.y, 0.35)
    yield Words((middle, top + 8.5), "JUMLAH", 4.4, bold=True, align="middle")
    yield Words((middle, top + 14), "TIAP BARIS", 4.4, bold=True, align="middle", width=28)


def _blocks(fields: list[Field], names: Sequence[str]) -> Iterator[Mark]:
    """The table of candidates: one head, then a block each."""
    tallies = [field.tally for field in fields if field.tally]
    tops = [tally.grid.y for tally in tallies]
    pitch = min((b - a for a, b in pairwise(tops)), default=152.0)
    # KPU leaves 10 mm between three blocks; four and more need nearly all of the page.
    height = pitch - (10 if pitch >= 150 else 4)
    grid, total = tallies[0].grid, tallies[0].row_sums[0][-1]
    votes = (total.x + total.w + fields[0].boxes[0].x) / 2
    top = tops[0] - HEAD
    yield Box(Rect(LEFT, top, RIGHT - LEFT, HEAD), 0.8)
    yield down(votes, top, tops[0], 0.8)
    for line, text in enumerate(("NOMOR DAN NAMA", "PASANGAN CALON")):
        at = ((LEFT + grid.x) / 2, top + 9 + 5.4 * line)
        yield Words(at, text, 4.6, bold=True, align="middle")
    at = ((votes + RIGHT) / 2, top + 11.5)
    yield Words(at, "JUMLAH SUARA SAH", 4.6, bold=True, align="middle")
    yield from _tally_head(tallies[0], "RINCIAN SUARA SAH", RIGHT)
    for index, tally in enumerate(tallies):
        name = names[index] if index < len(names) else f"Nama pasangan calon {index + 1}"
        yield from _block(index + 1, name, tally, height, votes)


def _block(number: int, name: str, tally: Tally, height: float, votes: float) -> Iterator[Mark]:
    grid = tally.grid
    foot, bottom = grid.y + grid.h, grid.y + height
    middle = (LEFT + grid.x) / 2
    yield Box(Rect(LEFT, grid.y, RIGHT - LEFT, height), 0.8)
    yield down(votes, grid.y, bottom, 0.8)
    yield across(LEFT, votes, foot, 0.6)
    yield down(grid.x, grid.y, foot, 0.8)
    yield down(grid.x + grid.w, grid.y, foot, 0.8)
    yield Words((middle, grid.y + 16), str(number), 14, bold=True, align="middle")
    for line, part in enumerate(name_lines(name)):
        at = (middle, grid.y + 27 + 6 * line)
        yield Words(at, part, 5, bold=True, align="middle", width=grid.x - LEFT - 4)
    yield Words((LEFT + 3, foot + 6), "Terbilang :", 4.2)
    yield Words((votes - 3, bottom - 2.5), "tulis dengan huruf kapital", 3.4, align="right")
    yield from _bubble_hint(votes - 4, foot + 5.5)


def _bubble_hint(right: float, y: float) -> Iterator[Mark]:
    """One short line that shows how to fill a bubble."""
    yield Words((right - 28, y), "Hitamkan bulatan sesuai angka", 4, align="right")
    yield Disc((right - 21, y - 1.4), 6)
    yield Words((right - 21, y), "0", 3.6, align="middle")
    yield across(right - 16, right - 10, y - 1.4, 0.6)
    yield Disc((right - 4, y - 1.4), 6, fill=0.15)


def name_lines(name: str) -> list[str]:
    """A pair's names in lines: each of the two from a new line, long ones folded."""
    return [line for half in name.split(" - ") for line in wrap(half, NAME_LETTERS)]


def _signatures(area: Rect, paslon: int, names: Sequence[str]) -> Iterator[Mark]:
    """Cells for the seven officers, then one for each pair's witness."""
    top, bottom = area.y, area.y + area.h
    title, officers, witnesses = top + 10.4, top + 45.3, top + 55
    sign = witnesses + 0.45 * (bottom - witnesses)
    yield Box(area, 1.0)
    for y in (title, officers, witnesses, sign):
        yield across(area.x, area.x + area.w, y, 0.6)
    middle = area.x + area.w / 2
    heads = (("NAMA DAN TANDA TANGAN KPPS", title), ("NAMA DAN TANDA TANGAN SAKSI", witnesses))
    for text, y in heads:
        yield Words((middle, y - 3.2), text, 4.8, bold=True, align="middle")
    cell = area.w / 7
    for n in range(7):
        x = area.x + n * cell
        yield Words((x + 4.5, title + 19), f"{n + 1}.", 5.5, bold=True)
        yield dotted(x + 15, x + cell - 5, officers - 3)
        if n:
            yield down(x, title, officers, 0.35)
    cell = area.w / paslon
    for n in range(paslon):
        x = area.x + n * cell
        name = names[n] if n < len(names) else f"Nama pasangan calon {n + 1}"
        yield Words((x + 5, (witnesses + sign) / 2 + 2.5), f"{n + 1}.", 7, bold=True)
        lines = name.split(" - ")
        for line, part in enumerate(lines):
            y = (witnesses + sign) / 2 + 2 + (line - (len(lines) - 1) / 2) * 6
            yield Words((x + 15, y), part, 4.6, bold=True, width=cell - 18)
        yield dotted(x + cell / 2 - 0.23 * cell, x + cell / 2 + 0.23 * cell, bottom - 5)
        if n:
            yield down(x, witnesses, bottom, 0.6)
