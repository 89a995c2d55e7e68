"""What the composed sets claim to be written: numbers that add up, and slips that are slips."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading_counts import LEADING, row_totals, signs_of, slipped, write_count
from tpsbox.forms.library import load_form
from tpsbox.forms.rules import check_rule

FORM = load_form("ppwp-2024")
seeds = st.integers(0, 2**32 - 1)


@given(seed=seeds)
def test_a_set_without_slip_keeps_every_rule_of_the_form(seed):
    written = write_count(FORM, np.random.default_rng(seed), slips=0.0)
    assert written.slip is None
    assert written.boxes == written.bubbles == written.meant
    for rule in FORM.rules:
        if rule.hard:
            assert check_rule(rule, written.boxes, FORM.reserve_percent) is True
    assert 150 <= written.meant["pemilih_dpt_j"] <= 300
    assert written.leading in LEADING


@given(seed=seeds)
def test_a_slip_is_in_one_number_and_every_place_states_one_of_two(seed):
    written = write_count(FORM, np.random.default_rng(seed), slips=1.0)
    differ = [name for name in written.meant if written.boxes[name] != written.meant[name]]
    assert differ == [written.slip]
    slip = written.slip
    both = {written.meant[slip], written.boxes[slip]}
    assert written.bubbles[slip] in both
    assert 0 <= written.boxes[slip] <= 999
    assert all(abs(written.tally[n] - written.meant[n]) <= 1 for n in written.meant if n != slip)


@given(seed=seeds, value=st.integers(0, 300), beside=st.integers(0, 300))
def test_a_slip_is_another_number(seed, value, beside):
    meant = {"a": value, "b": beside}
    assert slipped(meant, "a", np.random.default_rng(seed)) != value


def test_shares_of_leading_signs_make_a_whole():
    assert sum(LEADING.values()) == pytest.approx(1.0)


def test_signs():
    assert signs_of(7, 3, "X") == "XX7"
    assert signs_of(0, 3, " ") == "  0"
    assert signs_of(214, 3, "-") == "214"


@given(votes=st.integers(0, 400))
def test_row_totals_sum_to_the_votes_and_fill_from_the_top(votes):
    totals = row_totals(votes, 5, 60)
    used = [total for total in totals if total is not None]
    assert sum(used) == min(votes, 300)
    assert totals == used + [None] * (5 - len(used))
    assert all(total == 60 for total in used[:-1])
    assert all(total > 0 for total in used)
