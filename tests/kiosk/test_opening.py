"""What keeps the kiosk from starting is said on the lights, not by a dark box."""

from __future__ import annotations

import json
import threading

import pytest
from kiosk_samples import make_box
from tpsbox.board.boards import simulated_folder
from tpsbox.errors import AnswerError, EnvironmentFault, TpsError
from tpsbox.kiosk import process
from tpsbox.kiosk.lock import kiosk_lock


@pytest.fixture
def box(tmp_path):
    return make_box(tmp_path / "data")


def shown(data):
    """What the camera light showed, one signal after the other."""
    path = simulated_folder(data) / "lights.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return [json.loads(line)["camera"]["signal"] for line in lines]


def start(data):
    ended = threading.Event()
    ended.set()  # so that nobody waits for the lights
    process.run(data, ended)


def damage_store(data):
    (data / "tpsbox.db").write_bytes(b"no database" * 1000)


def lock_folder(data):
    """As on a card that has locked itself: nothing there can be opened to be written."""
    (data / "kiosk.lock").mkdir()


@pytest.mark.parametrize("damage", [damage_store, lock_folder])
def test_a_card_that_keeps_the_box_from_starting_is_told(box, damage):
    damage(box)
    with pytest.raises(TpsError):
        start(box)
    assert shown(box) == ["no_photo", "disk"]


def test_so_is_a_model_that_is_gone(box, monkeypatch):
    def gone():
        raise EnvironmentFault("the digit model is missing")

    monkeypatch.setattr("tpsbox.kiosk.opening.load_model", gone)
    with pytest.raises(EnvironmentFault, match="missing"):
        start(box)
    assert shown(box) == ["no_photo", "disk"]


def test_lights_that_cannot_be_set_do_not_hide_the_cause(box, monkeypatch):
    def no_lights(*_):
        raise EnvironmentFault("GPIO busy")

    damage_store(box)
    monkeypatch.setattr("tpsbox.kiosk.opening.open_board", no_lights)
    with pytest.raises(TpsError, match=r"tpsbox\.db"):
        start(box)


def test_the_lights_of_a_running_kiosk_are_left_alone(box):
    with kiosk_lock(box), pytest.raises(AnswerError, match="already"):
        start(box)
    assert shown(box) == []
