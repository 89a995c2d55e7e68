"""What fails without a press: noticed once, over only after a while of calm."""

from __future__ import annotations

from dataclasses import replace

import pytest
from kiosk_bench import Bench
from tpsbox.board.notices import Notice
from tpsbox.board.simulated_panel import SimulatedPower
from tpsbox.kiosk import watch
from tpsbox.kiosk.clock import EARLIEST, BoxClock
from tpsbox.kiosk.watch import CALM_SECONDS, LOOK_SECONDS, Problem, Watch
from tpsbox.record.statement import Clock


class Supply(SimulatedPower):
    def __init__(self) -> None:
        self.answers: list[bool | Exception] = []

    def weak(self) -> bool:
        answer = self.answers.pop(0) if self.answers else False
        if isinstance(answer, Exception):
            raise answer
        return answer


class Rig:
    def __init__(self, bench: Bench) -> None:
        self.now = 0.0
        self.notes: list[tuple[str, str]] = []
        self.supply = Supply()
        board = replace(bench.board, power=self.supply)
        clock = BoxClock(lambda: 1_700_000_000.0 + self.now)
        self.watch = Watch(board, clock, bench.data, lambda: self.now, self.note)

    def note(self, name: str, problem: Problem) -> None:
        self.notes.append((name, problem.code))

    def looks(self, *answers: bool | Exception) -> frozenset[Notice]:
        self.supply.answers = list(answers)
        for _ in answers:
            self.watch.look()
            self.now += LOOK_SECONDS
        return self.watch.notices


@pytest.fixture
def rig(bench: Bench) -> Rig:
    return Rig(bench)


def test_what_comes_and_goes_is_one_problem_with_its_first_time(rig: Rig):
    assert rig.looks(False, True, False, True, False) == {Notice.POWER}
    assert rig.notes == [("problem", "power")]
    (problem,) = rig.watch.problems
    assert problem.since == 1_700_000_000.0 + LOOK_SECONDS
    calm = round(CALM_SECONDS / LOOK_SECONDS)
    assert rig.looks(*[False] * (calm - 2)) == {Notice.POWER}
    assert rig.looks(False) == frozenset()
    assert rig.notes[1:] == [("problem_over", "power")]


def test_what_is_said_of_a_problem_is_of_now_and_its_time_of_when_it_began(rig: Rig, monkeypatch):
    for free in (85, 0):
        monkeypatch.setattr(watch, "little_room", lambda folder, free=free: f"sisa {free} MB")
        rig.looks(False)
    (problem,) = rig.watch.problems
    assert (problem.text, problem.since) == ("sisa 0 MB", 1_700_000_000.0)
    assert rig.notes == [("problem", "storage")]


def test_it_does_not_look_more_often_than_it_is_worth(rig: Rig):
    rig.supply.answers = [True, False]
    for _ in range(10):
        rig.watch.look()
    assert rig.supply.answers == [False]


def test_what_cannot_be_looked_at_is_a_problem_of_its_own(rig: Rig):
    assert rig.looks(OSError(5, "sysfs is gone")) == {Notice.POWER}
    assert "sysfs is gone" in rig.watch.problems[0].text


def test_the_most_urgent_problem_comes_first(rig: Rig, monkeypatch):
    monkeypatch.setattr(watch, "LEAST_FREE", 10**18)
    rig.looks(True)
    assert [problem.code for problem in rig.watch.problems] == ["power", "storage"]


def test_a_locked_disk_is_said_before_anybody_presses(tmp_path, monkeypatch):
    class Locked:
        f_flag = watch.os.ST_RDONLY
        f_bavail = f_frsize = 10**6

    assert watch.little_room(tmp_path) == ""
    monkeypatch.setattr(watch.os, "statvfs", lambda folder: Locked)
    assert "hanya baca" in watch.little_room(tmp_path)


@pytest.mark.parametrize(
    ("now", "quality"),
    [
        (0.0, Clock.NONE),
        (946_684_800.0, Clock.NONE),
        (EARLIEST - 1, Clock.NONE),
        (EARLIEST, Clock.SYSTEM),
    ],
)
def test_a_time_that_cannot_be_is_no_time(now: float, quality: Clock):
    assert BoxClock(lambda: now).quality is quality
