"""The plan of a day: who sends what, how and when."""

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from tpscentral.simulation.day import SILENT, plan_day

TPS = [f"6302{kecamatan:02d}2001{tps:03d}" for kecamatan in range(1, 23) for tps in range(1, 26)]


def test_a_day_has_all_ways_and_a_few_silent_tps():
    day = plan_day(TPS, Random(1))
    first = [one for one in day if one.kind == "result"]
    assert len({one.tps for one in first}) == len(first) == len(TPS) - round(SILENT * len(TPS))
    ways = Counter(one.via for one in first)
    assert ways["mqtt"] > ways["bundle"] > ways["lorawan"] > 0
    many = {one.kind for seed in range(10) for one in plan_day(TPS, Random(seed))}
    assert many == {"result", "again", "replaced", "twice"}


def test_two_kecamatan_in_22_have_no_network_at_all():
    day = plan_day(TPS, Random(1))
    ways = {}
    for one in day:
        ways.setdefault(one.tps[:6], set()).add(one.via)
    assert sum(via == {"bundle"} for via in ways.values()) == 2


@given(st.integers(0, 2**32), st.integers(1, 60))
def test_nothing_arrives_before_it_was_stated(seed, count):
    day = plan_day(TPS[:count], Random(seed))
    assert all(one.arrives >= one.stated > 0 for one in day)
    assert day == sorted(day)
    assert day == plan_day(TPS[:count], Random(seed))
