"""The failsafe: parts of the board that break, a store that breaks, and what cannot happen."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from kiosk_bench import Bench
from kiosk_samples import make_box, photo
from tpsbox.board.boards import simulated_folder
from tpsbox.board.ports import Button, Lights, Press
from tpsbox.board.simulated_panel import SimulatedPower
from tpsbox.board.spooled import PressFile, read_answer, spool_press
from tpsbox.errors import EnvironmentFault
from tpsbox.kiosk import process
from tpsbox.kiosk.kiosk import RETRY_SECONDS
from tpsbox.kiosk.lock import kiosk_runs
from tpsbox.kiosk.machine import TABLE, Action, Event, State


class BrokenButton(Button):
    def __init__(self):
        self.calls = 0

    def wait(self, timeout):
        self.calls += 1
        raise OSError(5, "no such chip")

    def held(self):
        return 0.0

    def answer(self, press, outcome):
        raise AssertionError("nobody pressed")

    def close(self):
        pass


def faults(bench: Bench) -> list[str]:
    return [e.data["error"] for e in bench.store.events.list() if e.name == "fault"]


def test_a_broken_button_is_said_once_and_the_rest_goes_on(bench: Bench, monkeypatch):
    monkeypatch.setattr(process, "TICK", 0.0)
    board = replace(bench.board, button=BrokenButton())
    bench.store.photos.keep(photo("p3"))
    bench.kiosk.start()  # a photo from before, without a row
    bench.reader.read_all()
    for _ in range(3):
        process.serve(bench.kiosk, board, threading.Event())
    assert board.button.calls == 3
    assert len(faults(bench)) == 1 and "no such chip" in faults(bench)[0]
    bench.run("expect camera failed\nexpect tick more_sheets")


class BrokenLights(Lights):
    def show(self, shown):
        raise EnvironmentFault("lights: gone")

    def failed(self):
        return ()

    def close(self):
        pass


def test_dark_lights_stop_no_photo_and_are_told_once(bench: Bench, caplog):
    board = replace(bench.board, lights=BrokenLights())
    bench.kiosk = bench.kiosk_with(board)
    bench.run("press p3\nexpect outcome read")
    assert [record.message for record in caplog.records if "gone" in record.message] == [
        "lights: gone"
    ]


def test_a_store_that_cannot_be_read_shows_a_fault_and_recovers(bench: Bench, monkeypatch):
    def broken() -> int:
        raise EnvironmentFault("the disk fails: replace the card")

    monkeypatch.setattr(bench.store, "changes", broken)
    bench.kiosk.tick()
    bench.kiosk.tick()
    assert faults(bench) == ["the disk fails: replace the card"]
    bench.run("expect camera disk\nexpect problem fault")
    monkeypatch.undo()
    bench.run("press p3\nexpect outcome read\nexpect camera kept")


def test_what_cannot_happen_is_a_fault_until_the_next_press(bench: Bench, monkeypatch):
    monkeypatch.setitem(TABLE[State.READY], Event.PRESS, (State.FAULT, Action.REPORT))
    bench.run("press p3\nexpect outcome fault\nexpect camera failed\nexpect photos 0")
    monkeypatch.undo()
    bench.run("press p3\nexpect outcome read\nexpect camera kept")


def test_a_photo_that_a_full_disk_left_unread_is_read_later_without_a_press(bench: Bench):
    original = bench.store.sheets.set_reading

    def no_room(*_: object, **__: object) -> None:
        raise EnvironmentFault("the disk is full: free space on it")

    bench.store.sheets.set_reading = no_room
    bench.run("press p3\nexpect outcome fault\nexpect tick reading")
    bench.store.sheets.set_reading = original
    bench.run(f"wait {RETRY_SECONDS - 1}\nexpect tick reading")
    bench.run("wait 1\nexpect tick more_sheets")


def test_a_hold_waits_for_photos_that_a_fault_left_unread(bench: Bench):
    def no_room(*_: object, **__: object) -> None:
        raise EnvironmentFault("the disk is full: free space on it")

    original = bench.store.sheets.set_reading
    bench.store.sheets.set_reading = no_room
    bench.run("enrol\npress p3\nhold 2\nexpect outcome fault\nexpect results 0")
    bench.store.sheets.set_reading = original
    bench.run("hold 2\nexpect outcome incomplete")


@pytest.mark.parametrize("held", [0.0, 1.99])
def test_a_press_let_go_in_time_takes_a_photo(bench: Bench, held: float):
    bench.board.camera.put_under(photo("blank"))
    bench.kiosk.press(Press(held))
    bench.run("expect photos 1")


def test_a_long_hold_ends_the_process_and_switches_the_box_off(tmp_path):
    data = make_box(tmp_path / "data")
    folder = simulated_folder(data)
    name = []
    process.run(
        data,
        threading.Event(),
        ready=lambda: name.append(spool_press(folder, PressFile(held=8.0))),
    )
    assert read_answer(folder, name[0]).kind == "shutting_down"
    assert (folder / "power.jsonl").exists() and not kiosk_runs(data)


def test_a_machine_that_goes_on_is_an_error_so_that_the_box_is_started_again(bench: Bench):
    class Deaf(SimulatedPower):
        def off(self) -> float:
            return 0.01

    board = replace(bench.board, power=Deaf(bench.folder, bench.wall))
    with pytest.raises(EnvironmentFault, match="still running"):
        process.go_off(board, threading.Event())
    ended = threading.Event()
    ended.set()
    process.go_off(board, ended)


def test_of_what_is_pressed_during_a_photo_only_shutting_down_is_heard(bench: Bench):
    names = [spool_press(bench.folder, PressFile(held=held)) for held in (0.1, 2.5, 9.0)]
    bench.kiosk.press(Press(0.1))
    kinds = [read_answer(bench.folder, name).kind for name in names]
    assert kinds == ["busy", "busy", "shutting_down"]
    assert bench.kiosk.finished
    bench.run("expect results 0\nexpect event shut_down")


class EagerButton(Button):
    """Somebody presses again as soon as the first answer is there."""

    def __init__(self, button: Button, folder):
        self._button = button
        self._folder = folder
        self.again = None

    def wait(self, timeout):
        return self._button.wait(timeout)

    def held(self):
        return self._button.held()

    def answer(self, press, outcome):
        self._button.answer(press, outcome)
        self.again = self.again or spool_press(self._folder, PressFile(held=0.1))

    def close(self):
        self._button.close()


def test_a_press_upon_the_answer_is_heard(bench: Bench):
    button = EagerButton(bench.board.button, bench.folder)
    bench.kiosk_with(replace(bench.board, button=button)).press(Press(2.5))
    assert button.again is not None
    assert read_answer(bench.folder, button.again) is None
    assert button.wait(0) == Press(0.1, name=button.again)


def test_a_hold_is_tapped_when_it_is_long_enough(bench: Bench):
    class Finger(BrokenButton):
        seconds = 0.0

        def held(self):
            return self.seconds

        def wait(self, timeout):
            return None

    button = Finger()
    bench.kiosk = bench.kiosk_with(replace(bench.board, button=button))
    taps = []
    for seconds in (0.5, 1.9, 2.1, 5.0, 8.2, 9.0, 0.0):
        button.seconds = seconds
        bench.kiosk.tick()
        path = bench.folder / "sounds.jsonl"
        taps.append(path.read_text().count("held") if path.exists() else 0)
    assert taps == [0, 0, 1, 1, 2, 2, 2]


def test_lights_that_stay_broken_make_no_noise(bench: Bench):
    bench.kiosk = bench.kiosk_with(replace(bench.board, lights=BrokenLights()))
    bench.run("press p3\nexpect sound kept\nwait 1\nwait 1\nexpect sound none")


def test_a_fault_is_not_logged_again_and_again(bench: Bench, caplog, monkeypatch):
    monkeypatch.setattr(process, "TICK", 0.0)
    board = replace(bench.board, button=BrokenButton())
    bench.run("button stuck\nwait 1\nexpect notice stuck")
    for _ in range(20):
        process.serve(bench.kiosk, board, threading.Event())
    bench.run("expect notice stuck")
    assert len(caplog.records) < 5
