"""Scenario files are played by the guest's runner, and what it leaves out is said."""

from __future__ import annotations

import pytest
from emulate import scenarios
from emulate.bench import Bench
from emulate.expects import NotHere
from scenario import unknown
from tpsbox.errors import EnvironmentFault


class Machine:
    on = True


class Stand:
    """Does steps as it is told to."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.machine = Machine()
        self.outcome = None

    def do_press(self, name: str) -> None:
        self.done.append(name)

    def do_disk(self, state: str) -> None:
        raise NotHere("no such disk")

    def do_power(self, state: str) -> None:
        raise EnvironmentFault("the guest does not answer")

    def do_switch(self) -> None:
        self.machine.on = False

    def expect_off(self) -> None:
        assert not self.machine.on

    def expect_sound(self, name: str) -> None:
        raise NotHere("no ears")

    def expect_photos(self, count: str) -> None:
        assert len(self.done) == int(count), self.done


def played(text: str) -> scenarios.Played:
    return scenarios.play("name", text, Stand())  # type: ignore[arg-type]


def test_all_steps_done_is_passed():
    row = played("press p1\n# nothing\npress p2\nexpect photos 2\n")
    assert (row.result, row.steps, row.of, row.why) == ("passed", 3, 3, "")


def test_what_does_not_hold_is_failed_with_its_line():
    row = played("press p1\n\nexpect photos 2\npress p2")
    assert (row.result, row.steps, row.of) == ("failed", 1, 3)
    assert row.why.startswith("line 3: expect photos 2: ")


def test_a_guest_that_fails_is_failed():
    assert played("power on").result == "failed"


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("press p1\ndisk full", "part"),
        ("disk full\npress p1", "left out"),
        ("press p1\nreading crashes", "part"),
    ],
)
def test_what_this_board_cannot_do_is_said_and_ends_the_scenario(text, result):
    row = played(text)
    assert row.result == result
    assert row.why.startswith("line ") and ": " in row.why
    assert row.steps < row.of


def test_a_look_without_eyes_is_left_out_alone():
    row = played("press p1\nexpect sound kept\nexpect photos 2\npress p2")
    assert (row.result, row.steps) == ("failed", 2)
    assert row.why.startswith("line 2: expect sound kept: no ears; line 3: expect photos 2")
    row = played("press p1\nexpect sound kept\nexpect colour red\nexpect photos 1")
    assert (row.result, row.steps) == ("part", 4)


def test_a_box_that_is_off_shows_nothing():
    row = played("switch\nexpect off\nexpect photos 7")
    assert (row.result, row.why) == ("part", "line 3: expect photos 7: the box is off")


def test_most_files_hold_nothing_that_the_guest_does_not_know():
    known = [p for p in scenarios.found().values() if not unknown(p.read_text(), Bench)]
    assert len(known) >= 12


def test_the_usual_scenarios_are_there_and_known_to_the_guest():
    found = scenarios.found()
    assert set(scenarios.USUAL) <= set(found)
    for name in scenarios.USUAL:
        assert not unknown(found[name].read_text(), Bench), name
