"""What the other writings of a number have against a value: bubbles, row totals, tally marks."""

from __future__ import annotations

from tpsbox.reading.bounds import WITNESS_SURE
from tpsbox.reading.bubbles import BubbleReading
from tpsbox.reading.result import Doubt
from tpsbox.reading.row_sums import RowSums
from tpsbox.reading.tally import TallyReading


def bubble_doubts(bubbles: BubbleReading | None, value: int | None) -> list[Doubt]:
    """Whether the bubbles say anything else than the value."""
    if bubbles is None:
        return []
    objection = [Doubt.BUBBLES_DISAGREE if bubbles.clear else Doubt.BUBBLES_UNCLEAR]
    blackened = any(digit is not None for digit in bubbles.digits)
    if value is None:
        return objection if blackened or not bubbles.clear else []
    wanted = tuple(int(digit) for digit in str(value).zfill(len(bubbles.digits)))
    agree = bubbles.shown == wanted and (blackened or value == 0)
    return [] if agree else objection


def count_doubts(
    rows: RowSums | None, tally: TallyReading | None, value: int | None
) -> list[Doubt]:
    """Whether row totals or tally marks plainly count something else than the value."""
    if value is None:
        return []
    doubts = []
    if rows is not None and rows.best is not None and rows.best != value:
        share = float(rows.values[rows.best]) / max(float(rows.values.sum() + rows.empty), 1e-30)
        if share > WITNESS_SURE and not _nearer(tally, value, rows.best):
            doubts.append(Doubt.ROWS_DISAGREE)
    if tally is not None and tally.count is not None and not _counted(tally, value):
        doubts.append(Doubt.TALLY_DISAGREES)
    return doubts


def _counted(tally: TallyReading | None, value: int) -> bool:
    """Whether the marks count the value; one more or less is as often the counting's own error."""
    if tally is None or tally.count is None:
        return False
    return abs(tally.count - value) <= 1 + 3 * tally.spread


def _nearer(tally: TallyReading | None, value: int, rows: int) -> bool:
    """Whether the marks count the value, and rather that than what the row totals say.

    Row totals that are off by one repeat a stroke too many or too few.
    """
    if tally is None or tally.count is None or not _counted(tally, value):
        return False
    return abs(rows - value) <= 1 or abs(tally.count - value) < abs(tally.count - rows)
