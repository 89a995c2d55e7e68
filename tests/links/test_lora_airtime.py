"""Time on the air by Semtech's formula, the region's table, and an hour's budget."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tpsbox.links.airtime import (
    HOUR,
    AirBudget,
    frame_limit,
    frame_time,
    join_time,
    time_on_air,
)

MILLISECONDS = {
    11: (61.7, 113.2, 205.8, 370.7, 823.3, 1482.8),
    51: (118.0, 215.6, 390.1, 698.4, 1560.6, 2793.5),
    115: (215.3, 379.4, 676.9, 1230.8, 2707.5, 4923.4),
    222: (368.9, 655.9, 1168.4, 2132.0, 4673.5, 8364.0),
}
"""Payload bytes, then the milliseconds at SF7 to SF12, from an independent calculation."""


@pytest.mark.parametrize(("payload", "times"), MILLISECONDS.items())
def test_time_on_air_is_that_of_the_table(payload, times):
    found = [frame_time(rate, payload) * 1000 for rate in (5, 4, 3, 2, 1, 0)]
    assert found == [pytest.approx(time, abs=0.06) for time in times]


def test_a_join_request_and_a_bare_acknowledgement():
    assert join_time() * 1000 == pytest.approx(370.7, abs=0.06)
    assert time_on_air(7, 12) * 1000 == pytest.approx(41.2, abs=0.06)


def test_the_dwell_limit_gives_the_table_of_the_region():
    assert [frame_limit(rate, 400) for rate in range(6)] == [0, 0, 11, 53, 125, 242]
    assert [frame_limit(rate, 10_000) for rate in range(6)] == [51, 51, 115, 115, 242, 242]


@given(st.integers(0, 5), st.integers(1, 10_000))
def test_what_fits_is_the_most_that_stays_within_the_dwell_limit(rate, dwell_ms):
    limit = frame_limit(rate, dwell_ms)
    assert limit == 0 or frame_time(rate, limit) * 1000 <= dwell_ms
    if limit < frame_limit(rate, 100_000):
        assert frame_time(rate, limit + 1) * 1000 > dwell_ms


@given(st.integers(7, 12), st.integers(0, 254))
def test_a_longer_or_slower_frame_is_never_shorter_on_the_air(spreading, length):
    assert time_on_air(spreading, length + 1) >= time_on_air(spreading, length)
    if spreading < 12:
        assert time_on_air(spreading + 1, length) > time_on_air(spreading, length)


@given(
    st.lists(st.tuples(st.floats(0, 2000), st.floats(0.01, 12)), max_size=60), st.floats(0.005, 0.1)
)
def test_no_hour_ever_holds_more_than_its_share(steps, share):
    now = 0.0
    budget = AirBudget(share, lambda: now)
    sent = []
    for pause, airtime in steps:
        now += pause
        if budget.wait(airtime) == 0:
            budget.spend(airtime)
            sent.append((now, airtime))
    for end, _ in sent:
        within = sum(airtime for at, airtime in sent if end - HOUR < at <= end)
        assert within <= share * HOUR + 1e-6


@given(st.lists(st.tuples(st.floats(0, 900), st.floats(0.1, 12)), max_size=30))
def test_the_wait_that_is_named_is_enough_and_not_too_long(steps):
    now = 0.0
    budget = AirBudget(0.01, lambda: now)
    for pause, airtime in steps:
        now += pause
        wait = budget.wait(airtime)
        if wait > 1:
            now += wait - 1
            assert budget.wait(airtime) == pytest.approx(1.0)
            now += 1
        else:
            now += wait
        assert budget.wait(airtime) == pytest.approx(0.0, abs=1e-3)
        budget.spend(airtime)


def test_what_never_fits_waits_for_ever():
    assert AirBudget(0.01, lambda: 0.0).wait(36.1) == math.inf
