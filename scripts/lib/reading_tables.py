"""Tables for people: rows of figures by name, the long way down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Table = Mapping[str, Mapping[str, Any]]

ACROSS = 4
"""Figures a row may have before the table is turned, so that it fits a terminal."""


def table_lines(title: str, table: Table) -> list[str]:
    """Lines of one table; figures that a row does not have stay empty."""
    figures = list(dict.fromkeys(name for row in table.values() for name in row))
    cells = {
        name: {figure: _cell(row.get(figure)) for figure in figures} for name, row in table.items()
    }
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


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return " ".join(_cell(part) for part in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
