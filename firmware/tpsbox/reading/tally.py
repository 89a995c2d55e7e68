"""How many votes the tally marks of a number count, and how sure that count is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TallyReading:
    """The count of the marks.

    `count` is None where nothing is drawn, or where it cannot be counted: no marks and zero votes
    are the same picture. `spread`: its standard deviation in votes. `cells`: the strokes counted
    in each cell, row by row, 0 to 5.
    """

    count: int | None
    spread: float
    cells: tuple[int, ...]
