"""Row totals add up to the number, whatever stands in rows without votes. Null is not zero."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_number import boxes
from tpsbox.reading.model import CLASSES
from tpsbox.reading.number import number_odds
from tpsbox.reading.row_sums import LOST, row_sums, sum_of_marks

CAPACITY = 300


def read(*rows: str, sure: float = 0.999):
    return row_sums([number_odds(boxes(marks, sure)) for marks in rows], CAPACITY)


@pytest.mark.parametrize(
    ("rows", "value"),
    [
        (("60", "60", "_3", "__", "__"), 123),
        (("60", "60", "X3", "XX", "XX"), 123),
        (("58", "--", "--", "--", "--"), 58),
        (("07", "00", "00", "X_", "_0"), 7),
        (("__", "__", "__", "__", "__"), None),
        (("XX", "XX", "__", "__", "__"), 0),
        (("60", "__", "12", "__", "__"), None),
        (("60", "99", "__", "__", "__"), None),
        (("60", "1?", "__", "__", "__"), None),
        (("60", "1X", "__", "__", "__"), None),
    ],
)
def test_what_rows_come_to(rows, value):
    sums = read(*rows)
    assert sums.best == value
    assert sums.marks == rows


@pytest.mark.parametrize(
    ("rows", "value"),
    [
        (("60", "_3", "__"), 63),
        (("X7", "XX", "--"), 7),
        (("00", "XX"), 0),
        (("__", "__"), None),
        (("6?", "__"), None),
    ],
)
def test_marks_alone_come_to(rows, value):
    assert sum_of_marks(rows) == value


def test_nothing_written_is_no_zero():
    sums = read(*["__"] * 5)
    assert sums.empty > 0.95
    assert sums.values[0] < 0.01


def test_an_empty_row_may_hold_a_thin_stroke_that_was_lost():
    sums = read("60", "_6", "__", "__", "__", sure=1.0)
    assert LOST / 2 < sums.values[76] / sums.values[66] < 2 * LOST


def plain_sums(rows: list[np.ndarray], most: int, capacity: int) -> np.ndarray:
    """The same by trying every mark of every box."""
    marks = [list(itertools.product(range(len(CLASSES)), repeat=len(row))) for row in rows]
    values = np.zeros(capacity + 1)
    for chosen in itertools.product(*marks):
        parts = [row[range(len(m)), m].prod() for row, m in zip(rows, chosen, strict=True)]
        said = ["".join(CLASSES[c] for c in m) for m in chosen]
        used = max((n + 1 for n, text in enumerate(said) if text.strip("_")), default=0)
        digits = [text.lstrip("0X-_") for text in said]
        whole = all(text.strip("_") for text in said[:used])
        right = all(not d or (d.isdigit() and int(d) <= most) for d in digits)
        if used and whole and right:
            values[sum(int(d) for d in digits if d)] += np.prod(parts)
    return values


@settings(max_examples=5)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_convolution_is_that_of_every_combination(seed):
    rng = np.random.default_rng(seed)
    numbers = [number_odds(rng.dirichlet(np.full(len(CLASSES), 0.3), 1)) for _ in range(2)]
    numbers[0] = number_odds(rng.dirichlet(np.full(len(CLASSES), 0.3), 2))
    sums = row_sums(numbers, 60)
    # The same caution and floor, box by box.
    rows = []
    for number in numbers:
        p = number.boxes.copy()
        p[:, CLASSES.index("1")] += LOST * p[:, CLASSES.index("_")]
        p[:, CLASSES.index("_")] *= 1 - LOST
        rows.append(p)
    expected = plain_sums(rows, 30, 60)
    # number_odds mixes in a share of doubt of 0.002 a box.
    assert np.abs(sums.values - expected).max() < 0.02


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(1, 10))
def test_probabilities_are_a_distribution(seed, rows):
    rng = np.random.default_rng(seed)
    numbers = [number_odds(rng.dirichlet(np.full(len(CLASSES), 0.2), 2)) for _ in range(rows)]
    sums = row_sums(numbers, 60 * rows)
    assert sums.values.min() >= -1e-12
    assert sums.values.sum() + sums.empty <= 1 + 1e-9
    assert len(sums.values) == 60 * rows + 1
