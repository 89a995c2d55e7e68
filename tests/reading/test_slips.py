"""Which errors an officer makes, and which only a reader of digits makes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tpsbox.forms.model import Rule
from tpsbox.reading.slips import may_be_slip, only_misread

numbers = st.integers(0, 999)


@given(numbers, st.integers(0, 2), st.integers(0, 2))
def test_swapped_digits_may_be_a_slip(value, one, other):
    digits = list(f"{value:03d}")
    digits[one], digits[other] = digits[other], digits[one]
    assert may_be_slip(int("".join(digits)), value)


@given(numbers, st.sampled_from((-100, -10, -4, -3, -2, -1, 1, 2, 3, 4, 10, 100)))
def test_a_little_and_a_round_number_may_be_a_slip(value, off):
    assert may_be_slip(value + off, value)


@given(numbers, numbers)
def test_which_of_two_was_meant_makes_no_difference(one, other):
    assert may_be_slip(one, other) == may_be_slip(other, one)


@pytest.mark.parametrize(("written", "value"), [(7, 1), (941, 141), (805, 305), (274, 224)])
def test_digits_that_look_alike_are_no_slip(written, value):
    assert not may_be_slip(written, value)


SUM = Rule("R3", "suara_sah", ("paslon_1", "paslon_2"))


def test_one_change_that_may_be_a_slip_is_enough():
    written = {"paslon_1": 71, "paslon_2": 30, "suara_sah": 47}
    assert only_misread(written, {"paslon_1": 11, "paslon_2": 30, "suara_sah": 41}, [])
    assert not only_misread(written, {"paslon_1": 11, "paslon_2": 31, "suara_sah": 42}, [])
    assert only_misread(written, written, [])


def test_a_slip_of_ten_stays_one_though_it_could_be_mended_by_five_and_five():
    """116 + 76 = 192, of which the officers made 182: 111 + 71 would do too."""
    written = {"paslon_1": 116, "paslon_2": 76, "suara_sah": 182}
    mended = {"paslon_1": 111, "paslon_2": 71, "suara_sah": 182}
    assert only_misread(written, mended, [])
    assert not only_misread(written, mended, [SUM])


def test_a_gap_that_no_slip_leaves_is_the_readers():
    written = {"paslon_1": 116, "paslon_2": 76, "suara_sah": 132}
    assert only_misread(written, {**written, "paslon_2": 16}, [SUM])
