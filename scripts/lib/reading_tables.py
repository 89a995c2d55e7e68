"""Tables for people: rows of figures by name, the long way down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Table = Mapping[str, Mapping[str, Any]]

ACROSS = 4
"""Figures a row may have before the table is turned, so that it fits a terminal."""


def table_lines(title: str, table: Table) -> list[str]:
    """Lines of one table; figures that a row does not have stay empty."""
    rows = {name: _flat(row) for name, row in table.items()}
    figures = list(dict.fromkeys(figure for row in rows.values() for figure in row))
    cells = {name: {f: _cell(row.get(f)) for f in figures} for name, row in rows.items()}
    names = list(cells)
    if len(figures) > ACROSS:
        cells = {figure: {name: cells[name][figure] for name in names} for figure in figures}
        names, figures = figures, names
    first = max(len(name) for name in [*names, title])
    widths = [max(len(figure), *(len(cells[name][figure]) for name in names)) for figure in figures]
    head = "  ".join(figure.rjust(width) for figure, width in zip(figures, widths, strict=True))
    lines = [f"{title:{first}}  {head}"]
    for name in names:
        row = (cells[name][f].rjust(width) for f, width in zip(figures, widths, strict=True))
        lines.append(f"{name:{first}}  {'  '.join(row)}")
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
