"""How dear every value of a number is, given all its writings: boxes, bubbles, row totals, marks.

Costs are nats: minus the logarithm of the likelihood of what was seen if the value were the one
written, 0 for the likeliest. Each witness is read by itself, and each may be wrong as a whole
(officers blacken the wrong bubble, miscount, copy wrongly): it then says nothing.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tpsbox.reading.bubbles import BubbleReading
from tpsbox.reading.number import NumberOdds
from tpsbox.reading.row_sums import RowSums
from tpsbox.reading.tally import TallyReading
from tpsbox.reading.witnesses import Witnesses

Costs = npt.NDArray[np.float64]

BUBBLES_WRONG, ROWS_WRONG, TALLY_WRONG = 0.01, 0.03, 0.08
"""Share of numbers whose bubbles, row totals or marks state another number than the boxes; of 42
real forms with a check sum 4 did not add up."""
BUBBLE_MISREAD = 0.002
"""Share of columns in which another bubble than the blackened one is seen, or none."""
TALLY_SPREAD = 0.3
"""Votes by which a count is less sure than it says."""


def box_costs(odds: NumberOdds) -> Costs:
    """What the boxes alone say; float64 [10^boxes]."""
    return _lowest_zero(-np.log(np.maximum(odds.guess, 1e-30)))


def field_costs(name: str, witnesses: Witnesses, most: float = np.inf) -> Costs:
    """What all witnesses of a number say together; float64 [10^boxes].

    The others may add at most `most` nats to what the boxes say: whatever bubbles and marks
    state, the boxes are the number, and clear boxes are not to be outvoted.
    """
    odds = witnesses.odds[name]
    said = np.zeros(10 ** len(odds.boxes))
    for likely, wrong in _others(name, witnesses, len(odds.boxes)):
        said -= np.log((1 - wrong) * likely / likely.sum() + wrong / len(likely))
    return _lowest_zero(box_costs(odds) + np.minimum(_lowest_zero(said), most))


def _others(name: str, witnesses: Witnesses, boxes: int) -> list[tuple[Costs, float]]:
    """The likelihood of each other witness that says anything, and how often it is wrong."""
    found = []
    if (bubbles := witnesses.bubbles.get(name)) and bubbles.marks.strip("_"):
        found.append((_bubbles(bubbles), BUBBLES_WRONG))
    if (rows := witnesses.row_sums.get(name)) and rows.best is not None:
        found.append((_rows(rows, 10**boxes), ROWS_WRONG))
    if (tally := witnesses.tallies.get(name)) and tally.count is not None:
        found.append((_tally(tally, tally.count, 10**boxes), TALLY_WRONG))
    return found


def _bubbles(bubbles: BubbleReading) -> Costs:
    likely = np.ones(1)
    for digit in bubbles.stated:
        column = np.full(10, 1.0 if digit is None else BUBBLE_MISREAD)
        if digit is not None:
            column[digit] = 1.0
        likely = np.multiply.outer(likely, column).ravel()
    return likely


def _rows(rows: RowSums, size: int) -> Costs:
    likely = np.full(size, 1e-12)
    shared = min(size, len(rows.values))
    likely[:shared] += rows.values[:shared]
    return likely


def _tally(tally: TallyReading, count: int, size: int) -> Costs:
    spread = float(np.hypot(tally.spread, TALLY_SPREAD))
    likely: Costs = np.exp(-0.5 * ((np.arange(size) - count) / spread) ** 2)
    return likely


def _lowest_zero(costs: Costs) -> Costs:
    return np.asarray(costs - costs.min(), dtype=np.float64)
