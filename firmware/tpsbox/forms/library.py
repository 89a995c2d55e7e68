"""Reads a form's file: rows, columns and candidate blocks become fields with boxes in mm."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from tpsbox.errors import InputError
from tpsbox.forms.model import (
    Bubbles,
    Field,
    Fiducials,
    Form,
    Line,
    Page,
    Point,
    Rect,
    Relation,
    Rule,
    Tag,
    Tally,
    Text,
)


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


def form_names() -> tuple[str, ...]:
    """Names of the forms that come with the program."""
    folder = resources.files("tpsbox.forms") / "data"
    return tuple(sorted(p.name[:-5] for p in folder.iterdir() if p.name.endswith(".toml")))


@cache
def load_form(
    name: str,
    *,
    paslon: int | None = None,
    tags: tuple[int, ...] | None = None,
    labels: tuple[tuple[str, str], ...] = (),
    reserve_percent: float | None = None,
    limit: int | None = None,
) -> Form:
    """A shipped form for `paslon` candidates (the most it allows if not given).

    `tags`, `labels` (pairs of row name and words), `reserve_percent` and `limit` replace the
    form's own: KPU words and numbers them anew for each election.

    Raises:
        InputError: unknown form, or it does not take that many candidates or tags.
    """
    file = _read(name)
    fewest, most = file.paslon
    count = most if paslon is None else paslon
    if not fewest <= count <= most:
        raise InputError(f"form {name}: takes {fewest} to {most} paslon, not {count}")
    if tags is not None and (len(tags) != len(file.page) or len(set(tags)) != len(tags)):
        raise InputError(f"form {name}: needs {len(file.page)} different tags, one a page")
    words = {**file.labels, **dict(labels)}
    pages = tuple(
        _page(file, number, page, count, tags, words) for number, page in enumerate(file.page, 1)
    )
    form = Form(
        name=file.name,
        title=file.title,
        source=file.source,
        sheet=file.sheet,
        stroke=file.stroke,
        fiducials=file.fiducials,
        paslon=count,
        reserve_percent=file.reserve_percent if reserve_percent is None else reserve_percent,
        limit=file.limit if limit is None else limit,
        pages=pages,
        rules=tuple(rule for entry in file.rule for rule in _rules(entry, count)),
    )
    _check_rules(form)
    return form


def _read(name: str) -> FormFile:
    if name not in form_names():
        raise InputError(f"form {name!r} is unknown: one of {', '.join(form_names())}")
    path = resources.files("tpsbox.forms") / "data" / f"{name}.toml"
    plain: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    if base := plain.pop("like", None):
        # A sister form: the same geometry under its own name, tags and title.
        geometry = resources.files("tpsbox.forms") / "data" / f"{base}.toml"
        tag_ids = plain.pop("tags")
        plain = {**tomllib.loads(geometry.read_text(encoding="utf-8")), **plain}
        for page, tag_id in zip(plain["page"], tag_ids, strict=True):
            page["tag"] = tag_id
    try:
        return msgspec.convert(plain, FormFile)
    except msgspec.ValidationError as error:
        raise InputError(f"form file {name}: {error}") from error


def _page(
    file: FormFile,
    number: int,
    page: PageFile,
    count: int,
    tags: tuple[int, ...] | None,
    words: dict[str, str],
) -> Page:
    tag_id = page.tag if tags is None else tags[number - 1]
    tag = None
    if file.tag is not None and tag_id is not None:
        tag = Tag(id=tag_id, rect=Rect(*file.tag.rect), rotated=file.tag.rotated)
    fields = [*_row_fields(file, number, page, words), *_paslon_fields(number, page, count)]
    return Page(
        number=number,
        tag=tag,
        fields=tuple(fields),
        heading=Rect(*page.heading),
        lines=tuple(Line((x1, y1), (x2, y2), *rest) for x1, y1, x2, y2, *rest in page.line),
        texts=tuple(
            msgspec.structs.replace(text, text=_fill(text.text, words)) for text in page.text
        ),
    )


def _fill(text: str, words: dict[str, str]) -> str:
    for key, label in words.items():
        text = text.replace("{" + key + "}", label)
    return text


def _row_fields(
    file: FormFile, number: int, page: PageFile, words: dict[str, str]
) -> Iterator[Field]:
    for row in page.row:
        for key in row.columns:
            column = file.column[key]
            label = words.get(row.name, row.label)
            yield Field(
                name=row.name if row.bare else f"{row.name}_{key}",
                label=f"{label} {column.label}".strip(),
                page=number,
                boxes=tuple(Rect(x, row.y, *column.box) for x in column.x),
                guide=row.guide,
                tally=_tally(page.tally[row.tally], 0.0) if row.tally else None,
            )


def _paslon_fields(number: int, page: PageFile, count: int) -> Iterator[Field]:
    if not page.paslon:
        return
    if str(count) not in page.paslon:
        raise InputError(f"page {number}: no layout for {count} paslon")
    block = page.paslon[str(count)]
    for index, top in enumerate(block.tops, 1):
        yield Field(
            name=f"paslon_{index}",
            label=f"Paslon {index}",
            page=number,
            boxes=tuple(Rect(x, top + block.box_top, *block.box) for x in block.x),
            guide=block.guide,
            bubbles=_bubbles(block.bubbles, top) if block.bubbles else None,
            tally=_tally(block.tally, top) if block.tally else None,
        )


def _bubbles(file: BubbleFile, top: float) -> Bubbles:
    columns: tuple[tuple[Point, ...], ...] = tuple(
        tuple((x, top + file.first + digit * file.pitch) for digit in range(10)) for x in file.x
    )
    return Bubbles(columns=columns, diameter=file.diameter)


def _tally(file: TallyFile, top: float) -> Tally:
    width, height = file.cell
    y = top + file.y
    return Tally(
        grid=Rect(file.x, y, file.columns * width, file.rows * height),
        columns=file.columns,
        rows=file.rows,
        row_sums=tuple(
            tuple(Rect(x, y + row * height, *file.sum_box) for x in file.sum_x)
            for row in range(file.rows)
        ),
    )


def _rules(entry: RuleFile, count: int) -> Iterator[Rule]:
    everybody = tuple(f"paslon_{n}" for n in range(1, count + 1))
    for word in entry.each or ("",):
        parts = tuple(
            name
            for part in entry.parts
            for name in (everybody if part == "paslon_*" else (part.format(word),))
        )
        yield Rule(
            name=f"{entry.name}:{word}" if word else entry.name,
            total=entry.total.format(word),
            parts=parts,
            relation=entry.relation,
            hard=entry.hard,
        )


def _check_rules(form: Form) -> None:
    known = {field.name for field in form.fields}
    for rule in form.rules:
        if missing := set(rule.fields) - known:
            raise InputError(f"form {form.name}: rule {rule.name} names {sorted(missing)}")
