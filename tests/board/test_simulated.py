"""The simulated board: photos in order and once, presses in order, faults as asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from tpsbox.board.boards import open_board, simulated_folder
from tpsbox.board.ports import Board, CameraFault, Outcome, Press, PressKind
from tpsbox.board.signals import Shown, Signal
from tpsbox.board.sounds import Sound
from tpsbox.board.spooled import Faults, PressFile, read_answer, spool_press, write_faults
from tpsbox.errors import EnvironmentFault, InputError, UsageError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return simulated_folder(tmp_path)


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    opened = open_board("simulated", tmp_path, lambda: 7.0)
    yield opened
    opened.close()


def test_photos_come_by_name_each_once_even_after_a_restart(board: Board, folder, tmp_path):
    for name in ("b.jpg", "a.JPG", "c.jpeg"):
        (folder / "photos" / name).write_bytes(name.encode())
    assert board.camera.capture() == b"a.JPG"
    again = open_board("simulated", tmp_path)
    assert again.camera.capture() == b"b.jpg"
    assert again.camera.capture() == b"c.jpeg"
    with pytest.raises(EnvironmentFault, match="no more photos"):
        again.camera.capture()


def test_faults_are_used_up_one_by_one_and_a_timeout_loses_no_photo(board: Board, folder):
    (folder / "photos" / "a.jpg").write_bytes(b"0123456789")
    (folder / "photos" / "b.jpg").write_bytes(b"whole")
    (folder / "faults.json").write_text('{"camera": ["timeout", "truncated"]}')
    with pytest.raises(EnvironmentFault, match="no photo within its time"):
        board.camera.capture()
    assert board.camera.capture() == b"01234"
    assert board.camera.capture() == b"whole"


@pytest.mark.parametrize("text", ['{"camera": ["melted"]}', '{"flash": []}', "[", "x" * 70_000])
def test_a_faults_file_that_makes_no_sense_is_one_line(board: Board, folder, text):
    (folder / "faults.json").write_text(text)
    with pytest.raises(InputError, match="faults"):
        board.camera.capture()


def test_presses_come_in_order_with_what_lies_under_the_camera(board: Board, folder):
    names = [
        spool_press(folder, PressFile(), b"first"),
        spool_press(folder, PressFile(attachment=True)),
        spool_press(folder, PressFile(held=2.5)),
    ]
    (folder / "photos" / "queued.jpg").write_bytes(b"queued")
    assert board.button.wait(0) == Press(0.0, False, names[0])
    assert board.camera.capture() == b"first"
    assert board.button.wait(0) == Press(0.0, True, names[1])
    assert board.camera.capture() == b"queued"
    held = board.button.wait(0)
    assert held == Press(2.5, False, names[2]) and held.kind is PressKind.CLOSE
    assert board.button.wait(0) is None


def test_what_a_fault_file_says_lasts_until_it_is_changed(board: Board, folder):
    assert (board.button.held(), board.lights.failed(), board.power.weak()) == (0, (), False)
    board.camera.check()
    faults = Faults(unplugged=True, stuck=True, lights=("tick",), weak_power=True)
    write_faults(folder, faults)
    for _ in range(2):
        with pytest.raises(CameraFault, match="not there"):
            board.camera.check()
        with pytest.raises(CameraFault, match="not there"):
            board.camera.capture()
        assert board.button.held() > 3600 and board.power.weak()
        assert board.lights.failed() == ("tick",)
    (folder / "faults.json").unlink()
    board.camera.check()
    assert board.button.held() == 0


def test_sounds_and_switching_off_are_written_down(board: Board, folder):
    board.buzzer.play(Sound.KEPT)
    assert (folder / "sounds.jsonl").read_text() == '{"time":7.0,"sound":"kept"}\n'
    assert board.power.off() == 0
    assert (folder / "power.jsonl").read_text() == '{"off":7.0}\n'


def test_presses_made_while_nobody_listened_are_void(board: Board, folder, tmp_path):
    spool_press(folder, PressFile(), b"long ago")
    again = open_board("simulated", tmp_path)
    assert again.button.wait(0) is None
    assert list((folder / "presses").iterdir()) == []


@pytest.mark.parametrize("text", ["{", '{"held": -1}', '{"held": 1, "why": 2}'])
def test_a_press_file_that_makes_no_sense_presses_nothing_and_is_gone(board, folder, text):
    (folder / "presses" / "bad.json").write_text(text)
    assert board.button.wait(0) is None
    assert list((folder / "presses").iterdir()) == []


def test_an_answer_is_had_once_by_the_name_of_its_press(board: Board, folder):
    outcome = Outcome("read", "terbaca", contest="ppwp", page=2, doubtful=("paslon_1",))
    name = spool_press(folder, PressFile())
    assert read_answer(folder, name) is None
    board.button.answer(Press(name=name), outcome)
    assert read_answer(folder, name) == outcome
    assert read_answer(folder, name) is None


def test_lights_are_written_with_their_time(board: Board, folder):
    board.lights.show(Shown())
    board.lights.show(Shown(camera=Signal.KEPT))
    lines = [msgspec.json.decode(line) for line in (folder / "lights.jsonl").open("rb")]
    assert lines[0]["all"]["signal"] == "self_test"
    assert [line["camera"]["pattern"] for line in lines[1:]] == ["off", "steady"]
    assert {line["time"] for line in lines} == {7.0}
    assert msgspec.json.decode((folder / "lights.json").read_bytes()) == lines[-1]
    board.lights.close()
    assert not (folder / "lights.json").exists()


def test_an_unknown_board_is_a_wrong_argument(tmp_path: Path):
    with pytest.raises(UsageError, match="simulated, pi"):
        open_board("arduino", tmp_path)
