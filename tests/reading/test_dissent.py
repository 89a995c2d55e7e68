"""What bubbles, row totals and tally marks have against a number."""

from __future__ import annotations

import pytest
from test_decide import bubbles
from test_number import boxes
from tpsbox.reading.bubbles import BubbleReading, read_bubbles
from tpsbox.reading.dissent import bubble_doubts, count_doubts
from tpsbox.reading.number import number_odds
from tpsbox.reading.result import Doubt
from tpsbox.reading.row_sums import row_sums
from tpsbox.reading.tally import TallyReading


def rows(*totals: str):
    return row_sums([number_odds(boxes(total, 0.9999)) for total in totals], 300)


def tally(count: int | None, spread: float = 0.34):
    return TallyReading(count, spread, ())


@pytest.mark.parametrize(
    ("marks", "stated"),
    [
        ("123", (1, 2, 3)),
        ("_23", (0, 2, 3)),
        ("__0", (0, 0, 0)),
        ("1_3", (1, None, 3)),
        ("?_3", (None, None, 3)),
        ("1?3", (1, None, 3)),
    ],
)
def test_only_before_the_number_a_missing_bubble_is_a_zero(marks, stated):
    digits = tuple(int(mark) if mark.isdigit() else None for mark in marks)
    assert BubbleReading(digits, marks, "?" not in marks).stated == stated


def test_a_bubble_that_is_missing_within_a_number_is_a_doubt():
    """183 read as 103, and bubble 8 not seen: that is no bubble 0."""
    assert bubble_doubts(read_bubbles(bubbles("1_3")), 103) == [Doubt.BUBBLES_DISAGREE]
    assert bubble_doubts(read_bubbles(bubbles("103")), 103) == []
    assert bubble_doubts(read_bubbles(bubbles("_03")), 3) == []


def test_row_totals_that_say_another_number_are_a_doubt():
    counted = rows("60", "60", "X8")
    assert count_doubts(counted, None, 126) == [Doubt.ROWS_DISAGREE]
    assert count_doubts(counted, None, 128) == []
    assert count_doubts(counted, tally(None), 126) == [Doubt.ROWS_DISAGREE]


def test_marks_speak_against_row_totals_only_where_they_are_nearer_to_the_number():
    """126 for a written 128: the marks count 128 too, be it within their error of 126."""
    counted = rows("60", "60", "X8")
    assert count_doubts(counted, tally(128), 126) == [Doubt.ROWS_DISAGREE]
    assert count_doubts(counted, tally(126), 126) == []
    assert count_doubts(counted, tally(120, 3.6), 126) == []


def test_a_stroke_too_many_that_the_row_totals_repeat_is_no_doubt():
    assert count_doubts(rows("60", "60", "X8"), tally(128), 127) == []


def test_marks_that_count_another_number_are_a_doubt():
    assert count_doubts(None, tally(140), 128) == [Doubt.TALLY_DISAGREES]
    assert count_doubts(None, tally(129), 128) == []
    assert count_doubts(None, tally(140), None) == []


def half(digits: str, column: int, digit: int):
    """Bubbles with these digits, and one more at half the ink."""
    ink = bubbles(digits)
    ink[column, digit] = 0.5
    return read_bubbles(ink)


def test_a_bubble_blackened_by_half_agrees_but_tells_nothing():
    seen = half("1_3", 1, 8)
    assert (seen.marks, seen.stated) == ("1?3", (1, None, 3))
    assert bubble_doubts(seen, 183) == []
    assert bubble_doubts(seen, 103) == [Doubt.BUBBLES_UNCLEAR]
    assert bubble_doubts(seen, None) == [Doubt.BUBBLES_UNCLEAR]


def test_a_bubble_blackened_by_half_beside_another_is_a_doubt():
    assert bubble_doubts(half("183", 1, 0), 183) == [Doubt.BUBBLES_UNCLEAR]
    assert bubble_doubts(half("_83", 0, 1), 83) == [Doubt.BUBBLES_UNCLEAR]
    assert bubble_doubts(half("_83", 0, 0), 83) == []
