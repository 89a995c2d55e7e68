"""Tables for people: rows of figures by name, laid to fit a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Table = Mapping[str, Mapping[str, Any]]

Cells = dict[str, dict[str, str]]


def table_lines(title: str, table: Table) -> list[str]:
    """Lines of one table, laid the narrower way; figures that a row does not have stay empty."""
    rows = {name: _flat(row) for name, row in table.items()}
    figures = list(dict.fromkeys(figure for row in rows.values() for figure in row))
    cells = {name: {f: _cell(row.get(f)) for f in figures} for name, row in rows.items()}
    turned = {figure: {name: cells[name][figure] for name in cells} for figure in figures}
    return min(_lines(title, turned), _lines(title, cells), key=lambda lines: len(lines[0]))


def _lines(title: str, cells: Cells) -> list[str]:
    columns = list(dict.fromkeys(column for row in cells.values() for column in row))
    first = max(len(name) for name in [*cells, title])
    widths = {c: max(len(c), *(len(row[c]) for row in cells.values())) for c in columns}
    lines = [f"{title:{first}}  {'  '.join(c.rjust(widths[c]) for c in columns)}"]
    for name, row in cells.items():
        lines.append(f"{name:{first}}  {'  '.join(row[c].rjust(widths[c]) for c in columns)}")
    return lines


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Figures within figures become figures of their own."""
    flat: dict[str, Any] = {}
    for figure, value in row.items():
        if isinstance(value, Mapping):
            flat |= {f"{figure}: {name}": part for name, part in _flat(value).items()}
        else:
            flat[figure] = value
    return flat


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return " ".join(_cell(part) for part in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
