"""Accepted numbers that contradict each other, or that no sure number stands behind."""

from __future__ import annotations

from tpsbox.forms.model import Rule
from tpsbox.reading.agreement import agree
from tpsbox.reading.result import Doubt, FieldReading

SUM = Rule("S", "c", ("a", "b"))
SAME = Rule("T", "d", ("c",), hard=False)
LIMIT = Rule("L", "d", ("c",), relation="at_most", hard=False)


def readings(review=(), **values):
    return {
        name: FieldReading(value, str(value), "review" if name in review else "accepted", 1.0)
        for name, value in values.items()
    }


def doubted(fields, rules, leaning=()):
    agreed = agree(fields, rules, dict.fromkeys(leaning, Doubt.MAYBE_EMPTY))
    assert {name: field.value for name, field in agreed.items()} == {
        name: field.value for name, field in fields.items()
    }
    return {
        name: field.reasons for name, field in agreed.items() if field.status != fields[name].status
    }


def test_numbers_that_add_up_are_left_alone():
    assert doubted(readings(a=1, b=2, c=3, d=3), [SUM, SAME]) == {}


def test_a_sum_that_does_not_hold_as_shown_makes_its_numbers_doubtful():
    """101 was accepted beside a guess of 88 for what reads as 48, and the total of both as 149."""
    fields = readings(review=("a",), a=88, b=101, c=149)
    assert doubted(fields, [SUM]) == {"b": (Doubt.RULE_BROKEN,), "c": (Doubt.RULE_BROKEN,)}


def test_so_does_a_soft_one():
    both = {"c": (Doubt.RULE_BROKEN,), "d": (Doubt.RULE_BROKEN,)}
    assert doubted(readings(c=180, d=140), [SAME]) == both
    assert doubted(readings(review=("d",), c=180, d=140), [SAME]) == {"c": (Doubt.RULE_BROKEN,)}


def test_so_does_a_limit_that_is_passed():
    """163 came of 103 registered: the 103 was a 203, and 12 + 91 had to agree with it."""
    both = {"c": (Doubt.RULE_BROKEN,), "d": (Doubt.RULE_BROKEN,)}
    assert doubted(readings(c=163, d=103), [LIMIT]) == both
    assert doubted(readings(c=163, d=203), [LIMIT]) == {}
    assert doubted(readings(c=163, d=163), [LIMIT]) == {}


def test_so_do_parts_that_pass_their_total_while_one_is_missing():
    """197 and an empty box cannot come to 129: the total was 229."""
    assert doubted(readings(review=("b",), a=123, b=None, c=129), [SUM]) == {}
    assert doubted(readings(review=("b",), a=197, b=None, c=129), [SUM]).keys() == {"a", "c"}


def test_a_limit_that_is_kept_vouches_for_nothing():
    assert doubted(readings(c=12, d=103), [LIMIT], {"c"}) == {"c": (Doubt.MAYBE_EMPTY,)}


def test_a_sum_of_which_a_number_is_missing_contradicts_nothing():
    assert doubted(readings(review=("a",), a=None, b=2, c=3), [SUM]) == {}


def test_an_empty_front_needs_a_sum_of_accepted_numbers_that_holds():
    sure = readings(a=44, b=97, c=141)
    assert doubted(sure, [SUM], {"a"}) == {}
    unsure = readings(review=("b",), a=44, b=197, c=241)
    assert doubted(unsure, [SUM], {"a"}) == {"a": (Doubt.MAYBE_EMPTY,)}
    assert doubted(unsure, [SUM]) == {}


def test_a_number_that_is_doubted_vouches_for_no_other():
    """b has nothing behind it, and so a, for which b alone speaks, has nothing either."""
    fields = readings(review=("c",), a=41, b=41, c=41)
    chain = [Rule("S", "b", ("a",)), Rule("T", "c", ("b",))]
    assert doubted(fields, chain, {"a"}) == {}
    assert doubted(fields, chain[1:], {"b"}) == {"b": (Doubt.MAYBE_EMPTY,)}
    assert doubted(readings(review=("b",), a=41, b=41), chain[:1], {"a"}).keys() == {"a"}
