"""What one TPS writes: numbers that add up, slips of the writer, and what fills leading boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from tpsbox.forms.model import Form
from tpsbox.simulator.count import simulate_count

Rng = np.random.Generator

VOTERS = (75, 150)
"""Men, and women, on the register: 150 to 300 voters in all, 300 being a TPS's limit."""

SLIPS = 0.08
"""Share of sets with one wrongly written number. Of 42 real forms 4 do not add up."""

FOLLOWED = 0.5
"""Share of slips that the bubbles repeat; the others' bubbles state the true number."""

COUNTED = 0.2
"""Share of slips made in counting: tally marks and row totals have them too. The others were made
in writing down, and marks and row totals state the true number."""

MISCOUNTED = 0.02
"""Share of tallies that hold one stroke too many or too few."""

LEADING = {"X": 0.55, "0": 0.20, " ": 0.15, "-": 0.10}
"""What a writer puts into boxes before the first digit."""

Slip = Literal["little", "round", "swapped", "copied"]


@dataclass(frozen=True)
class Written:
    """The numbers of one set.

    `meant`: what was counted. `boxes`, `bubbles`, `tally`: what is written in each place.
    `slip`: the field written wrongly, if any. `leading`: the sign of unused leading boxes.
    """

    meant: dict[str, int]
    boxes: dict[str, int]
    bubbles: dict[str, int]
    tally: dict[str, int]
    slip: str | None
    leading: str


def write_count(form: Form, rng: Rng, slips: float = SLIPS) -> Written:
    """The numbers of a TPS and how its officers write them; `slips` is the share with a slip."""
    voters = (int(rng.integers(*VOTERS)), int(rng.integers(*VOTERS)))
    meant = simulate_count(form, rng, voters)
    leading = str(rng.choice(list(LEADING), p=list(LEADING.values())))
    boxes, bubbles, tally = dict(meant), dict(meant), dict(meant)
    slip = None
    if rng.random() < slips:
        slip = str(rng.choice(sorted(meant)))
        boxes[slip] = slipped(meant, slip, rng)
        counted = rng.random() < COUNTED
        if counted or rng.random() < FOLLOWED:
            bubbles[slip] = boxes[slip]
        if counted:
            tally[slip] = boxes[slip]
    for field in form.fields:
        if field.tally and tally[field.name] > 0 and rng.random() < MISCOUNTED:
            tally[field.name] += int(rng.choice((-1, 1)))
    return Written(meant, boxes, bubbles, tally, slip, leading)


def slipped(meant: dict[str, int], name: str, rng: Rng) -> int:
    """Another number of at most three digits than the one meant, as a tired writer makes it."""
    value = meant[name]
    for _ in range(20):
        wrong = _one_slip(meant, name, get_args(Slip)[int(rng.integers(4))], rng)
        if wrong != value and 0 <= wrong <= 999:
            return wrong
    return value + 1


def _one_slip(meant: dict[str, int], name: str, kind: Slip, rng: Rng) -> int:
    value = meant[name]
    if kind == "little":
        return value + int(rng.choice((-3, -2, -1, 1, 2, 3)))
    if kind == "round":
        return value + int(rng.choice((-100, -10, 10, 100)))
    if kind == "swapped":
        digits = list(str(value))
        if len(digits) < 2:
            return value
        place = int(rng.integers(len(digits) - 1))
        digits[place], digits[place + 1] = digits[place + 1], digits[place]
        return int("".join(digits))
    names = list(meant)
    here = names.index(name)
    neighbour = here + int(rng.choice((-1, 1)))
    return meant[names[neighbour % len(names)]]


def signs_of(value: int, boxes: int, leading: str) -> str:
    """The sign in each box from the left; a space is an empty box."""
    return str(value).rjust(boxes, leading)


def row_totals(votes: int, rows: int, per_row: int) -> list[int | None]:
    """Totals of the rows of tally marks from the top; None for a row that is not used."""
    left = min(votes, rows * per_row)
    totals: list[int | None] = []
    for _ in range(rows):
        in_row = min(left, per_row)
        totals.append(in_row or None)
        left -= in_row
    return totals
