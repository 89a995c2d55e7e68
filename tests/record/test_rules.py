"""Rules in exact whole numbers; what is not known decides nothing."""

from decimal import ROUND_CEILING, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tpsbox.forms.library import form_names, load_form
from tpsbox.forms.model import Rule
from tpsbox.forms.rules import check_rule, with_reserve

SUM = Rule("r", "total", ("a", "b"))
AT_MOST = Rule("r", "total", ("a", "b"), "at_most")
RESERVE = Rule("r", "total", ("a",), "reserve")


def check(rule, total, *parts, percent=2.0):
    return check_rule(rule, {"total": total, **dict(zip("ab", parts, strict=False))}, percent)


def test_sum_and_at_most():
    assert check(SUM, 3, 1, 2) is True
    assert check(SUM, 4, 1, 2) is False
    assert check(AT_MOST, 4, 1, 2) is True
    assert check(AT_MOST, 3, 1, 2) is True
    assert check(AT_MOST, 2, 1, 2) is False
    assert check(SUM, 0, 0, 0) is True


@pytest.mark.parametrize(
    ("voters", "percent", "ballots"),
    [(0, 2.0, 0), (1, 2.0, 2), (50, 2.0, 51), (51, 2.0, 53), (300, 2.0, 306), (299, 2.5, 307),
     (40, 2.5, 41), (41, 2.5, 43), (200, 0.0, 200), (1000, 2.1, 1021), (1000, 0.1, 1001)],
)  # fmt: skip
def test_reserve_by_hand(voters, percent, ballots):
    assert with_reserve(voters, percent) == ballots
    assert check(RESERVE, ballots, voters, percent=percent) is True
    assert check(RESERVE, ballots + 1, voters, percent=percent) is False


@given(st.integers(0, 999), st.integers(0, 100))
def test_reserve_as_decimal_arithmetic_has_it(voters, tenths):
    share = Decimal(voters) * tenths / 1000
    expected = voters + int(share.to_integral_value(ROUND_CEILING))
    assert with_reserve(voters, tenths / 10) == expected


@pytest.mark.parametrize("rule", [SUM, AT_MOST, RESERVE])
@pytest.mark.parametrize("missing", ["total", "a"])
def test_unknown_decides_nothing(rule, missing):
    values = {"total": 9, "a": 1, "b": 2}
    assert check_rule(rule, {**values, missing: None}, 2.0) is None
    del values[missing]
    assert check_rule(rule, values, 2.0) is None


@given(st.dictionaries(st.sampled_from(["total", "a", "b"]), st.none() | st.integers(0, 999)))
def test_null_is_never_zero(values):
    known = all(values.get(name) is not None for name in ("total", "a", "b"))
    for rule in (SUM, AT_MOST):
        assert (check_rule(rule, values, 2.0) is not None) == known


@pytest.mark.parametrize("name", form_names())
def test_every_rule_of_a_shipped_form_holds_for_zeros_and_says_nothing_of_nothing(name):
    form = load_form(name)
    assert form.rules
    for rule in form.rules:
        assert check_rule(rule, {f.name: 0 for f in form.fields}, form.reserve_percent) is True
        assert check_rule(rule, {}, form.reserve_percent) is None
