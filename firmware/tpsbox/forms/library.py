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
    Form,
    Line,
    Page,
    Point,
    Rect,
    Rule,
    Tag,
    Tally,
)
from tpsbox.forms.schema import BubbleFile, FormFile, PageFile, RuleFile, TallyFile


def form_names() -> tuple[str, ...]:
    """Names of the forms that come with the program."""
    folder = resources.files("tpsbox.forms") / "data"
    return tuple(sorted(p.name[:-5] for p in folder.iterdir() if p.name.endswith(".toml")))


def load_layouts(name: str) -> tuple[Form, ...]:
    """A shipped form for every number of candidates that it takes, the most first.

    Raises:
        InputError: unknown form.
    """
    fewest, most = _read(name).paslon
    return tuple(load_form(name, paslon=count) for count in range(most, fewest - 1, -1))


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
    reserve = file.reserve_percent if reserve_percent is None else reserve_percent
    words = _words(file, count, reserve, dict(labels))
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
        reserve_percent=reserve,
        limit=file.limit if limit is None else limit,
        pages=pages,
        rules=tuple(rule for entry in file.rule for rule in _rules(entry, count)),
    )
    _check_rules(form)
    return form


def _read(name: str) -> FormFile:
    if name not in form_names():
        raise InputError(f"form {name!r} is unknown: one of {', '.join(form_names())}")
    try:
        return msgspec.convert(_plain(name), FormFile)
    except msgspec.ValidationError as error:
        raise InputError(f"form file {name}: {error}") from error


def _plain(name: str) -> dict[str, Any]:
    """The file as TOML gives it; with `like`, laid over the form it is like, pages key by key."""
    path = resources.files("tpsbox.forms") / "data" / f"{name}.toml"
    own = tomllib.loads(path.read_text(encoding="utf-8"))
    if "like" not in own:
        return own
    base = _plain(own.pop("like"))
    changes = own.pop("page", [{}] * len(base["page"]))
    pages = [{**page, **change} for page, change in zip(base["page"], changes, strict=True)]
    labels = {**base.get("labels", {}), **own.pop("labels", {})}
    return {**base, **own, "page": pages, "labels": labels}


def _words(
    file: FormFile, count: int, reserve_percent: float, labels: dict[str, str]
) -> dict[str, str]:
    """What `{...}` in printed texts stands for: the rows' words, the form's own and two numbers."""
    rows = {row.name: row.label for page in file.page for row in page.row}
    words = {**rows, **file.labels}
    if strange := set(labels) - set(words):
        raise InputError(f"form {file.name}: has no label {sorted(strange)[0]!r}")
    return {
        **words,
        **labels,
        "cadangan": f"{reserve_percent:g}%".replace(".", ","),
        "rincian": " + ".join(f"IV.{n}" for n in range(1, count + 1)),
    }


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
        signatures=Rect(*page.signatures) if page.signatures else None,
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
                label=label if row.bare else f"{label} {column.label}".strip(),
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
