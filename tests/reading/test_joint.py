"""The exact search against brute force, and its two guards."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tpsbox.forms.model import Rule
from tpsbox.reading.joint import TooOpenError, solve

RULES = (
    Rule("a", "j", ("l", "p")),
    Rule("b", "t", ("j", "n")),
)
NAMES = ("l", "p", "j", "n", "t")


def brute(costs, rules, budget):
    names = list(costs)
    best = None
    for values in itertools.product(*(range(len(costs[name])) for name in names)):
        given_values = dict(zip(names, values, strict=True))
        if all(
            given_values[rule.total] == sum(given_values[part] for part in rule.parts)
            for rule in rules
        ):
            cost = sum(costs[name][given_values[name]] for name in names)
            if cost <= budget and (best is None or cost < best[0]):
                best = (cost, given_values)
    return best


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), budget=st.floats(0.5, 8.0))
def test_finds_what_brute_force_finds(seed, budget):
    rng = np.random.default_rng(seed)
    costs = {name: rng.exponential(2.0, 6) for name in NAMES}
    costs = {name: cost - cost.min() for name, cost in costs.items()}
    wanted = brute(costs, RULES, budget)
    found = solve(costs, RULES, budget, 3.0)
    if wanted is None:
        assert found is None
        return
    assert found.cost == pytest.approx(wanted[0])
    assert sum(costs[name][value] for name, value in found.values.items()) == pytest.approx(
        wanted[0]
    )


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_runner_up_is_the_best_other_value(seed):
    rng = np.random.default_rng(seed)
    costs = {name: rng.exponential(1.0, 5) for name in ("l", "p", "j")}
    costs = {name: cost - cost.min() for name, cost in costs.items()}
    found = solve(costs, RULES[:1], 9.0, 50.0)
    if found is None:
        return
    for name in costs:
        barred = {k: v.copy() for k, v in costs.items()}
        barred[name][found.values[name]] = 1e9
        other = brute(barred, RULES[:1], 59.0)
        wanted = float("inf") if other is None else other[0] - found.cost
        assert found.lead(name) == pytest.approx(wanted)


def sharp(value: int) -> np.ndarray:
    cost = np.full(1000, 9.0)
    cost[value] = 0.0
    return cost


def test_a_clear_sum_is_never_repaired():
    """123 + 274 + 32 = 429, but 427 is written and clear: no solution within the budget."""
    rule = Rule("R3", "suara_sah", ("p1", "p2", "p3"))
    costs = {"p1": sharp(123), "p2": sharp(274), "p3": sharp(32), "suara_sah": sharp(427)}
    assert solve(costs, [rule], 8.0, 6.0) is None


def test_a_doubtful_digit_is_settled_by_its_sum():
    doubtful = sharp(123)
    doubtful[723] = 0.2
    doubtful[123] = 0.4
    doubtful -= doubtful.min()
    costs = {"l": doubtful, "p": sharp(100), "j": sharp(223)}
    found = solve(costs, RULES[:1], 4.0, 6.0)
    assert found.values == {"l": 123, "p": 100, "j": 223}
    assert found.lead("l") > 6.0


def test_readings_that_leave_all_open_are_given_up():
    flat = np.zeros(1000)
    with pytest.raises(TooOpenError):
        solve({"l": flat, "p": flat, "j": flat}, RULES[:1], 4.0, 6.0)
