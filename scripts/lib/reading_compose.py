"""One set of three sheets as its witnesses: posteriors from the pools, bubbles, tally marks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from reading_counts import Rng, Written, row_totals, signs_of, write_count
from reading_hands import NOBODY
from reading_pool import HANDWRITING, PENS, SHEETS, Pools
from reading_registration import Photographed
from tpsbox.forms.model import Field, Form
from tpsbox.reading.bubbles import BubbleReading, read_bubbles
from tpsbox.reading.model import CLASSES, Probabilities
from tpsbox.reading.number import NumberOdds, number_odds
from tpsbox.reading.row_sums import RowSums, row_sums
from tpsbox.reading.tally import LEAST_SPREAD, TallyReading
from tpsbox.reading.witnesses import Witnesses

ONE_HAND = 0.85
"""Share of sets written by one hand; in the others every mark is by anybody of the source."""

HALF = 0.003
"""Share of blackened bubbles that are only half filled."""

BLANK = CLASSES.index("_")

Picked = tuple[str, int, int]
"""Source of a mark, its number there, and its sitting."""


@dataclass(frozen=True)
class Sheets:
    """The witnesses of a set, what was written, by whom, and the marks in each field's boxes."""

    witnesses: Witnesses
    written: Written
    source: str
    hand: int
    pen: int
    marks: dict[str, list[Picked]]


def compose_set(
    form: Form, pools: Pools, photos: list[Photographed], rng: Rng, source: str, slips: float
) -> Sheets:
    """A set by a hand of `source`; each set has the bubbles and tally marks of one of `photos`."""
    pool = pools[source]
    alone = pool.names and rng.random() < ONE_HAND
    hand = int(rng.integers(len(pool.names))) if alone else NOBODY
    pen = int(rng.integers(PENS))
    photo = photos[int(rng.integers(len(photos)))]
    written = write_count(form, rng, slips)
    writer = Writer(pools, source, hand, pen, rng)
    marks = {field.name: writer.marks(_signs(field, written), field.page) for field in form.fields}
    witnesses = Witnesses(
        odds={name: number_odds(posteriors(pools, picked)) for name, picked in marks.items()},
        bubbles=_all_bubbles(form, written, photo, rng),
        row_sums={
            field.name: _rows(field, written, writer) for field in form.fields if field.tally
        },
        tallies={
            field.name: _tally(written.tally[field.name], photo, rng)
            for field in form.fields
            if field.tally
        },
    )
    return Sheets(witnesses, written, source, hand, pen, marks)


def draw_source(index: int) -> str:
    """The source of set `index`: each has the same share."""
    return HANDWRITING[index % len(HANDWRITING)]


@dataclass(frozen=True)
class Writer:
    """Picks the marks that one hand writes with one pen."""

    pools: Pools
    source: str
    hand: int
    pen: int
    rng: Rng

    def marks(self, signs: str, page: int) -> list[Picked]:
        """A mark for each sign of a number; a space is an empty box."""
        return [self._mark(sign, page) for sign in signs]

    def _mark(self, sign: str, page: int) -> Picked:
        label = BLANK if sign == " " else CLASSES.index(sign)
        # One hand keeps its pen; what anybody wrote was written with anything.
        pen = self.pen if self.hand != NOBODY else int(self.rng.integers(PENS))
        source, hand = self.source, self.hand
        if label == BLANK or not self.pools[source].has(label):
            source, hand = "blank" if label == BLANK else "unipen", NOBODY
        mark = self.pools[source].choose(hand, label, self.rng)
        return source, mark, SHEETS * pen + page - 1


def posteriors(pools: Pools, picked: list[Picked]) -> Probabilities:
    """What the net said of the marks: [n, 14]."""
    odds = [pools[source].odds[mark, sitting] for source, mark, sitting in picked]
    return np.array(odds, np.float64)


def _signs(field: Field, written: Written) -> str:
    return signs_of(written.boxes[field.name], len(field.boxes), written.leading)


def _all_bubbles(
    form: Form, written: Written, photo: Photographed, rng: Rng
) -> dict[str, BubbleReading]:
    return {
        field.name: read_bubbles(
            bubble_levels(
                signs_of(written.bubbles[field.name], len(field.boxes), written.leading),
                photo,
                rng,
            )
        )
        for field in form.fields
        if field.bubbles
    }


def bubble_levels(signs: str, photo: Photographed, rng: Rng) -> NDArray[np.float64]:
    """Ink [columns, 10] of the bubbles of a number as this photo shows them."""
    ink = rng.choice(photo.empty, (len(signs), 10))
    for column, sign in enumerate(signs):
        if sign.isdigit():
            digit = int(sign)
            filled = float(rng.choice(photo.filled))
            share = 0.5 if rng.random() < HALF else 1.0
            ink[column, digit] += share * (filled - ink[column, digit])
    return ink


def _rows(field: Field, written: Written, writer: Writer) -> RowSums:
    grid = field.tally
    assert grid is not None
    totals = row_totals(written.tally[field.name], grid.rows, 5 * grid.columns)
    numbers: list[NumberOdds] = []
    for total, boxes in zip(totals, grid.row_sums, strict=True):
        signs = " " * len(boxes) if total is None else signs_of(total, len(boxes), " ")
        marks = writer.marks(signs, field.page)
        numbers.append(number_odds(posteriors(writer.pools, marks)))
    return row_sums(numbers, grid.capacity)


def _tally(votes: int, photo: Photographed, rng: Rng) -> TallyReading:
    """A count that errs by the spread which it states, as one of this photo does."""
    spread = float(rng.choice(photo.spreads or (LEAST_SPREAD,)))
    if votes == 0:
        return TallyReading(None, spread, ())
    count = max(1, votes + round(float(rng.normal(0, spread))))
    full, rest = divmod(count, 5)
    return TallyReading(count, spread, (5,) * full + ((rest,) if rest else ()))
