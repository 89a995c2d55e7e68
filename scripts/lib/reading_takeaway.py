"""Take-away trials: what if one thing that was written is missing from the picture?

From a set without slips one digit, bubble, digit of a row total or tally stroke is removed, or a
digit loses a stroke. The number must go to a person or keep its right value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from typing import Any, TypeVar

import numpy as np
from reading_compose import BLANK, Sheets
from reading_counts import Rng
from reading_hands import NOBODY
from reading_pool import SHEETS, load_pools
from reading_sets import Plan, make_set, materials
from tpsbox.reading.decide import decide
from tpsbox.reading.model import Probabilities
from tpsbox.reading.number import number_odds
from tpsbox.reading.result import FieldReading
from tpsbox.reading.row_sums import row_sums
from tpsbox.reading.witnesses import Witnesses

TRIALS = 10
"""Trials on each set."""
SETS_A_TASK = 25

Item = TypeVar("Item")
Removal = Callable[[Sheets, Rng], tuple[str, Witnesses] | None]
Counts = Counter[tuple[str, str, str]]


def run_trials(count: int, plan: Plan, workers: int) -> dict[str, dict[str, Any]]:
    """Outcomes of about `count` trials by what was removed; independent of `workers`."""
    load_pools()
    sets, clean = -(-count // TRIALS), replace(plan, slips=0.0)
    tasks = [(s, min(SETS_A_TASK, sets - s), clean) for s in range(0, sets, SETS_A_TASK)]
    total: Counts = Counter()
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for part in pool.map(_chunk, tasks):
            total.update(part)
    return {kind: _row(total, kind) for kind in KINDS}


def _row(total: Counts, kind: str) -> dict[str, Any]:
    ends: Counter[str] = Counter()
    where: Counter[str] = Counter()
    for (removed, end, name), count in total.items():
        if removed == kind:
            ends[end] += count
            if end in ("smaller", "larger"):
                where[name] += count
    trials, wrong = ends.total(), where.total()
    return {
        "trials": trials,
        "kept_right": ends["right"],
        "null_or_review": ends["review"],
        "accepted_wrong": wrong,
        "accepted_smaller": ends["smaller"],
        "accepted_wrong_per_10000": round(1e4 * wrong / trials, 1) if trials else None,
        "accepted_wrong_in": dict(where.most_common()),
    }


def _chunk(task: tuple[int, int, Plan]) -> Counts:
    start, count, plan = task
    counts: Counts = Counter()
    form, _, _ = materials()
    for index in range(start, start + count):
        sheets, _ = make_set(index, plan)
        rng = np.random.default_rng([plan.seed, index, 1])
        for _ in range(TRIALS):
            kind = list(KINDS)[int(rng.integers(len(KINDS)))]
            removed = KINDS[kind](sheets, rng)
            if removed is None:
                continue
            name, witnesses = removed
            reading = decide(form, witnesses, form.rules, plan.bound).fields[name]
            counts[kind, outcome(reading, sheets.written.boxes[name]), name] += 1
    return counts


def outcome(reading: FieldReading, written: int) -> str:
    """What became of the number from which something was removed."""
    if reading.status != "accepted" or reading.value is None:
        return "review"
    if reading.value == written:
        return "right"
    return "smaller" if reading.value < written else "larger"


def _digit(sheets: Sheets, rng: Rng) -> tuple[str, Witnesses] | None:
    """A digit's box becomes an empty one."""
    name, place, page = _written_box(sheets, rng)
    _, pools, _ = materials()
    empty = pools["blank"].pick(NOBODY, BLANK, SHEETS * sheets.pen + page - 1, rng)
    return name, _with_box(sheets.witnesses, name, place, empty)


def _stroke(sheets: Sheets, rng: Rng) -> tuple[str, Witnesses] | None:
    """A digit loses a stroke, or a third of one."""
    if sheets.source != "unipen":
        return None
    name, place, page = _written_box(sheets, rng)
    _, pools, _ = materials()
    digits = str(sheets.written.boxes[name]).zfill(len(sheets.witnesses.odds[name].boxes))
    sitting = SHEETS * sheets.pen + page - 1
    damaged = pools["damaged"].pick(sheets.hand, int(digits[place]), sitting, rng)
    return name, _with_box(sheets.witnesses, name, place, damaged)


def _bubble(sheets: Sheets, rng: Rng) -> tuple[str, Witnesses] | None:
    """A blackened bubble becomes an empty one."""
    name = _one_of(list(sheets.witnesses.bubbles), rng)
    bubbles = sheets.witnesses.bubbles[name]
    black = [i for i, digit in enumerate(bubbles.digits) if digit is not None]
    if not black:
        return None
    place = _one_of(black, rng)
    less = replace(
        bubbles,
        digits=_without(bubbles.digits, place),
        marks=bubbles.marks[:place] + "_" + bubbles.marks[place + 1 :],
    )
    return name, replace(sheets.witnesses, bubbles=_with(sheets.witnesses.bubbles, name, less))


def _row_digit(sheets: Sheets, rng: Rng) -> tuple[str, Witnesses] | None:
    """A digit of a row total becomes an empty box."""
    form, pools, _ = materials()
    name = _one_of(list(sheets.witnesses.row_sums), rng)
    rows = sheets.witnesses.row_sums[name]
    written = [
        (row, box)
        for row, marks in enumerate(rows.marks)
        for box, mark in enumerate(marks)
        if mark.isdigit()
    ]
    tally = form.field(name).tally
    if not written or tally is None:
        return None
    row, place = _one_of(written, rng)
    boxes = [part.copy() for part in rows.boxes]
    sitting = SHEETS * sheets.pen + form.field(name).page - 1
    boxes[row][place] = pools["blank"].pick(NOBODY, BLANK, sitting, rng)
    less = row_sums([number_odds(part) for part in boxes], tally.capacity)
    return name, replace(sheets.witnesses, row_sums=_with(sheets.witnesses.row_sums, name, less))


def _tally_stroke(sheets: Sheets, rng: Rng) -> tuple[str, Witnesses] | None:
    """One tally stroke fewer; the last one gone is nothing drawn."""
    name = _one_of(list(sheets.witnesses.tallies), rng)
    tally = sheets.witnesses.tallies[name]
    if not tally.count:
        return None
    cells = (*tally.cells[:-1], tally.cells[-1] - 1) if tally.cells else ()
    less = replace(tally, count=tally.count - 1 or None, cells=cells)
    return name, replace(sheets.witnesses, tallies=_with(sheets.witnesses.tallies, name, less))


KINDS: dict[str, Removal] = {
    "digit": _digit,
    "stroke_of_a_digit": _stroke,
    "bubble": _bubble,
    "digit_of_a_row_total": _row_digit,
    "tally_stroke": _tally_stroke,
}


def _written_box(sheets: Sheets, rng: Rng) -> tuple[str, int, int]:
    """A field, one of its boxes that holds a digit of the number, and its page."""
    form, _, _ = materials()
    field = form.fields[int(rng.integers(len(form.fields)))]
    length = len(str(sheets.written.boxes[field.name]))
    return field.name, len(field.boxes) - 1 - int(rng.integers(length)), field.page


def _with_box(witnesses: Witnesses, name: str, place: int, odds: Probabilities) -> Witnesses:
    boxes = witnesses.odds[name].boxes.copy()
    boxes[place] = odds
    return replace(witnesses, odds=_with(witnesses.odds, name, number_odds(boxes)))


def _with(all_of: Mapping[str, Item], name: str, one: Item) -> dict[str, Item]:
    return {**all_of, name: one}


def _without(digits: tuple[int | None, ...], place: int) -> tuple[int | None, ...]:
    return (*digits[:place], None, *digits[place + 1 :])


def _one_of(items: list[Item], rng: Rng) -> Item:
    return items[int(rng.integers(len(items)))]
