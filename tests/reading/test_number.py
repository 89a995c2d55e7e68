"""What boxes say together: numbers, emptiness and nonsense. Null is not zero."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tpsbox.reading.model import CLASSES
from tpsbox.reading.number import number_odds


def boxes(marks: str, sure: float = 0.995) -> np.ndarray:
    """Probabilities of a reader that is `sure` of each mark."""
    odds = np.full((len(marks), len(CLASSES)), (1 - sure) / (len(CLASSES) - 1))
    for row, mark in enumerate(marks):
        odds[row, CLASSES.index(mark)] = sure
    return odds


@pytest.mark.parametrize(
    ("marks", "value"),
    [
        ("123", 123),
        ("X32", 32),
        ("-32", 32),
        ("032", 32),
        ("XX3", 3),
        ("X-3", 3),
        ("__3", 3),
        ("000", 0),
        ("XX0", 0),
        ("XXX", 0),
        ("---", 0),
        ("X--", 0),
        ("___", None),
        ("12X", None),
        ("1_3", None),
        ("12_", None),
        ("X__", None),
        ("1?3", None),
        ("???", None),
    ],
)
def test_values_of_marks(marks, value):
    odds = number_odds(boxes(marks))
    assert odds.marks == marks
    assert odds.best == value


def test_empty_is_neither_zero_nor_nonsense():
    odds = number_odds(boxes("___"))
    assert odds.empty > 0.9
    assert odds.values[0] < 0.01
    assert not odds.says_something


def test_a_leading_box_that_may_be_empty_is_remembered():
    unsure = boxes("_23")
    unsure[0, CLASSES.index("_")] = 0.6
    unsure[0, CLASSES.index("1")] = 0.39
    assert number_odds(unsure).blank_lead == pytest.approx(0.6)
    assert number_odds(boxes("123")).blank_lead == 1.0


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 3))
def test_probabilities_are_a_distribution(seed, count):
    rng = np.random.default_rng(seed)
    odds = number_odds(rng.dirichlet(np.full(len(CLASSES), 0.2), count))
    assert odds.values.min() >= 0
    assert odds.values.sum() + odds.empty <= 1 + 1e-9
    assert (odds.guess >= odds.values - 1e-12).all()
    assert 0 <= odds.nonsense <= 1


@given(value=st.integers(0, 999), lead=st.sampled_from("0X-_"))
def test_every_number_in_every_spelling(value, lead):
    marks = str(value).rjust(3, lead)
    assert number_odds(boxes(marks)).best == value


def test_an_illegible_mark_may_be_any_digit_for_the_rules_only():
    odds = number_odds(boxes("1?3"))
    assert odds.best is None
    assert {int(v) for v in np.argsort(-odds.guess)[:10]} == {103 + 10 * d for d in range(10)}


def test_what_boxes_may_hold_instead():
    seen = boxes("_73", 0.99)
    seen[0, 1], seen[2, 5] = 0.2, 0.3
    odds = number_odds(seen)
    assert odds.others(73, 2.0) == {(3, "_", 1), (1, "3", 5)}
    assert odds.others(73, 1.5) == {(1, "3", 5)}
    assert odds.others(75, 2.0) == {(3, "_", 1), (1, "5", 3)}
    assert number_odds(boxes("X73", 0.99)).others(73, 2.0) == set()
