"""What is accepted, and what a person must see."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from test_number import boxes
from tpsbox.forms.library import load_form
from tpsbox.reading.bubbles import read_bubbles
from tpsbox.reading.decide import decide
from tpsbox.reading.model import CLASSES
from tpsbox.reading.number import NumberOdds, number_odds
from tpsbox.reading.result import Doubt
from tpsbox.reading.witnesses import Witnesses

FORM = load_form("ppwp-2024")


def bubbles(digits: str) -> np.ndarray:
    """Ink of bubbles with these digits blackened; _ for a column without any."""
    ink = np.full((len(digits), 10), 0.2)
    for column, digit in enumerate(digits):
        if digit != "_":
            ink[column, int(digit)] = 1.0
    return ink


def decided(
    marks: Mapping[str, str | NumberOdds],
    inked: dict[str, str] | None = None,
    sure: float = 0.999,
):
    odds = {
        name: number_odds(boxes(mark, sure)) if isinstance(mark, str) else mark
        for name, mark in marks.items()
    }
    stated = {name: read_bubbles(bubbles(digits)) for name, digits in (inked or {}).items()}
    rules = [rule for rule in FORM.rules if marks.keys() >= set(rule.fields)]
    return decide(FORM, Witnesses(odds, stated), rules)


VOTES = {"paslon_1": "123", "paslon_2": "X74", "paslon_3": "X32"}


def test_a_sum_that_holds_is_accepted():
    reading = decided({**VOTES, "suara_sah": "229", "suara_tidak_sah": "XX3", "suara_total": "232"})
    assert {field.status for field in reading.fields.values()} == {"accepted"}
    assert [check.holds for check in reading.checks] == [True, True]


def test_a_slip_of_the_writers_is_shown_and_not_repaired():
    marks = {**VOTES, "suara_sah": "227", "suara_tidak_sah": "XX3", "suara_total": "230"}
    reading = decided(marks)
    assert reading.fields["suara_sah"].value == 227
    assert reading.fields["paslon_2"].value == 74
    assert Doubt.RULE_BROKEN in reading.fields["suara_sah"].reasons
    assert Doubt.RULE_BROKEN in reading.fields["paslon_1"].reasons
    assert {check.rule: check.holds for check in reading.checks} == {"R3": False, "R4": True}


def test_what_stands_beside_a_slip_must_be_sure_by_its_own_writings():
    """160 and 161, both read with a 1 for their 6: 110 + 1 = 111 holds, and 34 + 126 tells of 110.

    That the total agrees with a doubtful number proves nothing.
    """
    marks = {**VOTES, "suara_sah": "227", "suara_tidak_sah": "XX3", "suara_total": "230"}
    total = decided(marks).fields["suara_total"]
    assert (total.value, total.reasons) == (230, (Doubt.LOW_CONFIDENCE,))
    assert decided(marks, {"suara_total": "230"}).fields["suara_total"].status == "accepted"


def first_digit_torn(torn: dict[int, float]):
    """The 123 of a sum that holds, its first digit with these probabilities."""
    odds = {name: number_odds(boxes(m, 0.999)) for name, m in {**VOTES, "suara_sah": "229"}.items()}
    shaky = boxes("123", 0.999)
    shaky[0] = 0.0
    shaky[0, list(torn)] = list(torn.values())
    odds["paslon_1"] = number_odds(shaky)
    reading = decide(FORM, Witnesses(odds, {}), [r for r in FORM.rules if r.name == "R3"])
    return reading.fields["paslon_1"]


def test_a_doubtful_digit_is_accepted_when_its_sum_settles_it():
    field = first_digit_torn({1: 0.45, 7: 0.55})
    assert (field.value, field.status) == (123, "accepted")


@pytest.mark.parametrize(("looks_like", "status"), [(7, "accepted"), (2, "review")])
def test_a_dearer_correction_stands_where_nobody_slips_so(looks_like, status):
    """Two nats: a 7 for a 1, or a hundred too many."""
    field = first_digit_torn({1: 0.12, looks_like: 0.88})
    assert (field.value, field.status) == (123, status)


def settled_by_its_sum(**torn: float):
    """The middle box of 174 with these probabilities, where the sum wants a 7."""
    marks = {"paslon_1": "174", "paslon_2": "X23", "paslon_3": "X32", "suara_sah": "229"}
    odds = {name: number_odds(boxes(mark, 0.999)) for name, mark in marks.items()}
    middle = boxes("174", 0.999)
    middle[1] = 0.0
    for mark, share in torn.items():
        middle[1, CLASSES.index(mark.strip("_") or "_")] = share
    odds["paslon_1"] = number_odds(middle)
    reading = decide(FORM, Witnesses(odds, {}), [r for r in FORM.rules if r.name == "R3"])
    return reading.fields["paslon_1"]


def test_a_digit_that_looks_like_a_cross_is_settled_by_its_sum():
    field = settled_by_its_sum(_7=0.3, X=0.7)
    assert (field.value, field.status) == (174, "accepted")


def test_no_sum_says_what_stands_in_a_box_that_is_struck_out():
    field = settled_by_its_sum(**{"_7": 0.4, "?": 0.6})
    assert (field.value, field.status) == (174, "review")
    assert Doubt.ILLEGIBLE in field.reasons


def test_no_sum_gives_a_number_of_which_the_boxes_show_next_to_nothing():
    assert settled_by_its_sum(_7=0.02, X=0.98).status == "review"


def test_digits_and_bubbles_that_disagree_are_always_for_a_person():
    reading = decided({"paslon_1": "123"}, {"paslon_1": "124"})
    assert reading.fields["paslon_1"].status == "review"
    assert Doubt.BUBBLES_DISAGREE in reading.fields["paslon_1"].reasons


@pytest.mark.parametrize(("mark", "inked"), [("X32", "_32"), ("032", "032"), ("X32", "032")])
def test_a_crossed_box_agrees_with_no_bubble_and_with_bubble_0(mark, inked):
    reading = decided({"paslon_1": mark}, {"paslon_1": inked}, sure=0.99)
    assert reading.fields["paslon_1"].value == 32
    assert reading.fields["paslon_1"].status == "accepted"


@pytest.mark.parametrize(
    ("flat", "status"), [(0.6, "review"), (0.25, "review"), (0.02, "accepted")]
)
def test_a_dash_that_may_be_a_flat_1_is_for_a_person_also_where_a_sum_agrees(flat, status):
    """An officer wrote 13 for 3 and laid the 1 down: 229 + 3 = 232 proves nothing."""
    three = boxes("X-3", 0.999)
    three[1, CLASSES.index("-")], three[1, 1] = 0.99 - flat, flat
    marks = {**VOTES, "suara_sah": "229", "suara_tidak_sah": number_odds(three)}
    field = decided({**marks, "suara_total": "232"}).fields["suara_tidak_sah"]
    assert (field.value, field.status) == (3, status)
    assert field.reasons == (() if status == "accepted" else (Doubt.MAYBE_EMPTY,))


@pytest.mark.parametrize(("digit", "status"), [(1, "review"), (9, "review"), (7, "accepted")])
def test_a_dash_is_doubted_for_a_digit_that_a_slip_may_have_set_there(digit, status):
    """An officer slips by ten or swaps digits; nobody means 3 and writes 73."""
    three = boxes("X-3", 0.999)
    three[1, CLASSES.index("-")], three[1, digit] = 0.7, 0.29
    marks = {**VOTES, "suara_sah": "229", "suara_tidak_sah": number_odds(three)}
    field = decided({**marks, "suara_total": "232"}).fields["suara_tidak_sah"]
    assert (field.value, field.status) == (3, status)


def test_a_cross_that_looks_like_a_1_is_a_cross_where_a_sum_agrees():
    """A 1 and a dash are both one stroke; a 1 and a cross are mixed up by the net alone."""
    three = boxes("X-3", 0.999)
    three[1, CLASSES.index("-")], three[1, 1], three[1, CLASSES.index("X")] = 0.0, 0.55, 0.44
    marks = {**VOTES, "suara_sah": "229", "suara_tidak_sah": number_odds(three)}
    field = decided({**marks, "suara_total": "232"}).fields["suara_tidak_sah"]
    assert (field.value, field.status) == (3, "accepted")


def test_a_dash_that_a_sum_takes_for_a_1_is_that_1():
    thirteen = boxes("X-3", 0.999)
    thirteen[1, CLASSES.index("-")], thirteen[1, 1] = 0.59, 0.4
    marks = {**VOTES, "suara_sah": "229", "suara_tidak_sah": number_odds(thirteen)}
    field = decided({**marks, "suara_total": "242"}).fields["suara_tidak_sah"]
    assert (field.value, field.status) == (13, "accepted")


@pytest.mark.parametrize("inked", ["___", "12_", "_23"])
def test_missing_bubbles_disagree(inked):
    reading = decided({"paslon_1": "123"}, {"paslon_1": inked})
    assert Doubt.BUBBLES_DISAGREE in reading.fields["paslon_1"].reasons


def test_bubbles_of_an_empty_number_are_no_number():
    reading = decided({"paslon_1": "___"}, {"paslon_1": "123"})
    field = reading.fields["paslon_1"]
    assert field.value is None
    assert set(field.reasons) == {Doubt.EMPTY, Doubt.BUBBLES_DISAGREE}


def test_an_empty_field_makes_its_rules_unknown():
    marks = {**VOTES, "suara_sah": "___"}
    reading = decided(marks)
    assert reading.fields["suara_sah"].value is None
    assert reading.fields["suara_sah"].status == "review"
    assert [check.holds for check in reading.checks] == [None]


def test_a_number_that_nothing_confirms_is_never_sure_enough():
    alone = decided({"paslon_1": "123"}, sure=0.9999).fields["paslon_1"]
    assert alone.value == 123
    assert alone.reasons == (Doubt.LOW_CONFIDENCE,)
    assert 5 < alone.lead < 11.5


def test_a_number_that_its_bubbles_state_too_is_sure_enough():
    assert decided({"paslon_1": "123"}, {"paslon_1": "123"}).fields["paslon_1"].status == "accepted"


def test_more_voters_than_are_registered_are_shown_to_a_person():
    """203 read as 103, and 112 without its 1: 91 + 12 = 103, but 163 of them came (R7a)."""
    register = {"pemilih_dpt_l": "X91", "pemilih_dpt_p": "X12", "pemilih_dpt_j": "103"}
    came = {"pengguna_dpt_l": "X80", "pengguna_dpt_p": "X83", "pengguna_dpt_j": "163"}
    fields = decided(register | came).fields
    assert {name for name in fields if fields[name].status == "review"} >= {*register}
    assert Doubt.RULE_BROKEN in fields["pemilih_dpt_j"].reasons
    assert {field.status for field in decided(register).fields.values()} == {"accepted"}


def test_an_illegible_digit_is_guessed_from_its_sum_and_never_accepted():
    marks = {**VOTES, "paslon_2": "X?4", "suara_sah": "229"}
    field = decided(marks).fields["paslon_2"]
    assert field.value == 74
    assert field.status == "review"
    assert Doubt.ILLEGIBLE in field.reasons


def test_more_votes_than_the_tps_may_have():
    field = decided({"paslon_1": "907"}).fields["paslon_1"]
    assert Doubt.OVER_LIMIT in field.reasons


def test_a_leading_box_must_be_surely_empty():
    unsure = boxes("_23", 0.999)
    unsure[0] = 0.0
    unsure[0, [CLASSES.index("1"), CLASSES.index("_")]] = 0.05, 0.95
    reading = decide(FORM, Witnesses({"paslon_1": number_odds(unsure)}, {}), [])
    assert reading.fields["paslon_1"].value == 23
    assert Doubt.MAYBE_EMPTY in reading.fields["paslon_1"].reasons


def beside_a_torn_sum(first: str, total: str, place: int, torn: dict[int, float]):
    """paslon_1 beside 74 and 32, where a digit of the sum may be one or the other."""
    marks = {"paslon_1": first, "paslon_2": "X74", "paslon_3": "X32"}
    odds = {name: number_odds(boxes(mark, 0.999)) for name, mark in marks.items()}
    total_boxes = boxes(total, 0.999)
    total_boxes[place] = 0.0
    total_boxes[place, list(torn)] = list(torn.values())
    odds["suara_sah"] = number_odds(total_boxes)
    reading = decide(FORM, Witnesses(odds, {}), [r for r in FORM.rules if r.name == "R3"])
    return reading.fields["paslon_1"]


@pytest.mark.parametrize(("front", "status"), [("_", "review"), ("X", "accepted")])
def test_a_digit_lost_from_the_front_is_not_covered_by_a_doubtful_sum(front, status):
    """123 without its 1, and a sum whose 2 may as well be a 1: 23 + 74 + 32 = 129 for 229."""
    field = beside_a_torn_sum(front + "23", "229", 0, {1: 0.4, 2: 0.6})
    assert (field.value, field.status) == (23, status)
    assert (Doubt.MAYBE_EMPTY in field.reasons) == (status == "review")


@pytest.mark.parametrize(
    ("front", "status"), [("X_", "review"), ("0_", "review"), ("__", "accepted")]
)
def test_an_empty_box_behind_a_filled_one_is_doubtful_whatever_the_sum(front, status):
    """87 without its 8, and 197 read as 117: 7 + 110 = 117."""
    fields = decided({"pemilih_dpt_l": front + "7", "pemilih_dpt_p": "110", "pemilih_dpt_j": "117"})
    assert fields.fields["pemilih_dpt_l"].status == status


@pytest.mark.parametrize(("front", "status"), [("-_", "review"), ("--", "accepted")])
def test_an_empty_box_behind_a_dash_may_have_lost_its_digit(front, status):
    """43 without its 4, between a dash and a 3, and a sum whose 4 may as well be a 0."""
    field = beside_a_torn_sum(front + "3", "149", 1, {0: 0.4, 4: 0.6})
    assert (field.value, field.status) == (3, status)


@pytest.mark.parametrize(("front", "status"), [("_", "review"), ("X", "accepted")])
def test_a_sum_with_a_doubtful_number_does_not_vouch_for_an_empty_box(front, status):
    """144 without its 1, and 97 read as 197, so that the sum still holds: 44 + 197 = 241."""
    marks = {"paslon_1": front + "44", "paslon_2": "197", "paslon_3": "XX0", "suara_sah": "241"}
    fields = decided(marks, {"paslon_1": "_44", "paslon_2": "_97"}).fields
    assert fields["paslon_2"].reasons == (Doubt.BUBBLES_DISAGREE,)
    assert (fields["paslon_1"].value, fields["paslon_1"].status) == (44, status)
    assert (Doubt.MAYBE_EMPTY in fields["paslon_1"].reasons) == (status == "review")


def test_sums_that_agree_on_badly_read_numbers_do_not_make_them_sure():
    """A hand whose 9 is read as 0 everywhere: 103 + 5 = 108 for 193 + 5 = 198."""
    weak = {"paslon_1": "103", "suara_sah": "108"}
    odds = {name: number_odds(boxes(mark, 0.999)) for name, mark in weak.items()}
    for name, mark in weak.items():
        shaky = boxes(mark, 0.999)
        shaky[1] = 0.0
        shaky[1, [0, 9]] = 0.88, 0.12
        odds[name] = number_odds(shaky)
    odds["paslon_2"] = number_odds(boxes("XX5", 0.999))
    odds["paslon_3"] = number_odds(boxes("XX0", 0.999))
    reading = decide(FORM, Witnesses(odds, {}), [r for r in FORM.rules if r.name == "R3"])
    assert reading.fields["suara_sah"].status == "review"
    assert reading.fields["paslon_1"].status == "review"
    assert reading.checks[0].holds is True
