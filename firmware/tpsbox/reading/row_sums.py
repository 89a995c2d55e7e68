"""What the totals of the rows of tally marks ("JUMLAH TIAP BARIS") say together.

Officers fill the rows from the top: first the rows that have a total, then those left empty. An
empty row above a written one makes no number, as "1_3" in boxes makes none. A row of nothing but
X, dash, 0 and blank boxes has no votes, in whatever order they stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tpsbox.reading.model import CLASSES, Probabilities
from tpsbox.reading.number import NumberOdds, number_odds

LOST = 0.002
"""Share of boxes read as empty that hold a thin 1 which the photo lost: more than the net itself
says, since it knows blank boxes and thin strokes of pens, but not every camera."""

ONE, BLANK = CLASSES.index("1"), CLASSES.index("_")
NO_VOTES = [CLASSES.index(mark) for mark in "0X-_"]


@dataclass(frozen=True)
class RowSums:
    """The row totals of one number.

    `marks`: the marks of each row's boxes, from the top. `values[v]`: probability that totals are
    written and come to v, for v from 0 to the capacity of the grid. `empty`: probability that
    none is written. What is missing to 1 are rows that make no number. `boxes[row]` [n, 14] is
    what all of it was made of.
    """

    marks: tuple[str, ...]
    values: Probabilities
    empty: float
    boxes: tuple[Probabilities, ...] = ()

    @property
    def best(self) -> int | None:
        """The likeliest sum; None if emptiness or nonsense is likelier still."""
        value = int(self.values.argmax())
        nonsense = 1.0 - float(self.values.sum()) - self.empty
        return value if self.values[value] > max(self.empty, nonsense) else None


def row_sums(numbers: Sequence[NumberOdds], capacity: int) -> RowSums:
    """The odds over the sum of the rows `numbers`, from the top; `capacity`: most votes in all.

    A row holds at most its share of the capacity: a larger total is misread or miswritten.
    """
    most = capacity // len(numbers)
    rows = [_written(number, most) for number in numbers]
    empties = [_empty(number) for number in numbers]
    values = np.zeros(capacity + 1)
    so_far = np.ones(1)
    for used in range(1, len(rows) + 1):
        so_far = np.convolve(so_far, rows[used - 1])
        values[: len(so_far)] += so_far * float(np.prod(empties[used:]))
    return RowSums(
        marks=tuple(number.marks for number in numbers),
        values=values,
        empty=float(np.prod(empties)),
        boxes=tuple(number.boxes for number in numbers),
    )


def sum_of_marks(rows: Sequence[str]) -> int | None:
    """What the marks of the rows come to as they stand; None for none written or one unclear."""
    digits = [row.lstrip("0X-_") for row in rows]
    if not any(row.strip("_") for row in rows) or not all(d.isdigit() for d in digits if d):
        return None
    return sum(int(number) for number in digits if number)


def _cautious(number: NumberOdds) -> Probabilities:
    """The boxes' probabilities [n, 14] with what the photo may have lost."""
    boxes = number.boxes.copy()
    boxes[:, ONE] += LOST * boxes[:, BLANK]
    boxes[:, BLANK] *= 1 - LOST
    return boxes


def _empty(number: NumberOdds) -> float:
    return float(np.prod(_cautious(number)[:, BLANK]))


def _written(number: NumberOdds, most: int) -> Probabilities:
    """Probability [most + 1] of every total of a row in which something is written."""
    boxes = _cautious(number)
    values = number_odds(boxes).values
    kept = np.zeros(most + 1)
    kept[: len(values)] = values[: most + 1]
    kept[0] = float(np.prod(boxes[:, NO_VOTES].sum(axis=1)) - np.prod(boxes[:, BLANK]))
    return kept
