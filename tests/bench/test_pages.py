"""The bench of the pages: its percentiles, and the provinsi that it makes."""

import pages_centre
from bench_pages import times_of


def test_percentiles_are_of_the_waiting_times():
    times = times_of("work list", [0.001 * n for n in range(1, 101)])
    assert (times.answers, times.p50, times.p95, times.most) == (100, 51.0, 96.0, 100.0)
    assert times_of("one", [0.2]).p95 == 200.0


def test_the_ground_has_as_many_tps_as_asked_for():
    ground = pages_centre._ground(73_000)
    assert sum(len(numbers) for numbers in ground.desa.values()) == 73_000
    assert len({kode[:6] for kode in ground.desa}) == 621
    assert {len(kode) for kode in ground.names} == {2, 4, 6, 10}
    small = pages_centre._ground(100)
    assert sum(map(len, small.desa.values())) == 100 and all(small.desa.values())
