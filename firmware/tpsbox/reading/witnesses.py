"""What every writing of a number said, each witness by itself and before anything is decided."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from tpsbox.reading.bubbles import BubbleReading
from tpsbox.reading.number import NumberOdds
from tpsbox.reading.row_sums import RowSums
from tpsbox.reading.tally import TallyReading


@dataclass(frozen=True)
class Witnesses:
    """Every reading of the fields at hand, by field name.

    `odds`: the boxes, of every field. `bubbles`, `row_sums` (the totals of the rows of tally
    marks) and `tallies` (the marks themselves): of those fields that have them. `differ`: fields
    of which two photos gave different readings.
    """

    odds: Mapping[str, NumberOdds]
    bubbles: Mapping[str, BubbleReading]
    row_sums: Mapping[str, RowSums] = field(default_factory=dict)
    tallies: Mapping[str, TallyReading] = field(default_factory=dict)
    differ: Collection[str] = ()
