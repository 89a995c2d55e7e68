"""The Pi's board as a whole, its supply, and its pins against the table of the hardware."""

from __future__ import annotations

import os
import sys
import tempfile
import tomllib
from pathlib import Path
from types import ModuleType

import msgspec
import pytest
from picamera_stand_in import Plan
from tpsbox.board import pins as board_pins
from tpsbox.board.boards import open_board
from tpsbox.board.camera_settings import CAMERA_FILE, CameraSettings
from tpsbox.board.pi import place_pipes, settings_of
from tpsbox.board.pi_power import THROTTLED, PiPower
from tpsbox.board.ports import Press
from tpsbox.errors import EnvironmentFault

PIN_TABLE = Path(__file__).parents[2] / "hw" / "pins.toml"


@pytest.fixture
def plan(monkeypatch, pins) -> Plan:
    made = Plan()
    picamera2 = ModuleType("picamera2")
    picamera2.Picamera2 = made.make
    monkeypatch.setitem(sys.modules, "picamera2", picamera2)
    return made


def test_without_its_libraries_the_board_says_so(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(EnvironmentFault, match="picamera2"):
        open_board("pi", tmp_path)


def test_the_whole_board_opens_works_and_gives_every_pin_back(plan, pins, tmp_path):
    for _ in range(2):
        board = open_board("pi", tmp_path)
        assert board.camera.capture().startswith(b"\xff\xd8\xff")
        board.button.answer(Press(), None)
        board.close()
    assert [device.closed for device in plan.made] == [True, True]


def test_a_pi_without_a_camera_still_has_a_button_and_lights(plan, tmp_path):
    plan.missing = True
    board = open_board("pi", tmp_path)
    with pytest.raises(EnvironmentFault, match="camera: list index out of range"):
        board.camera.capture()
    assert board.button.wait(0) is None
    board.close()


def test_what_was_opened_is_given_back_when_the_rest_fails(plan, pins, tmp_path, monkeypatch):
    def no_pins(*_, **__):
        raise RuntimeError("pin in use")

    with monkeypatch.context() as patch:
        patch.setattr("gpiozero.Button", no_pins)
        with pytest.raises(EnvironmentFault, match="button: pin in use"):
            open_board("pi", tmp_path)
    assert plan.made == []
    open_board("pi", tmp_path).close()


@pytest.mark.parametrize("ours", [True, False])
def test_lgpio_puts_no_pipes_where_it_may_not(monkeypatch, ours: bool):
    monkeypatch.setattr(os, "environ", {})
    monkeypatch.setattr(os, "access", lambda path, mode: ours)
    place_pipes()
    assert os.environ.get("LG_WD") == (None if ours else tempfile.gettempdir())


def test_broken_settings_are_passed_over_and_said(tmp_path, caplog):
    assert settings_of(tmp_path) is None
    settings = CameraSettings("imx708", 20_000, 2.0, (2.0, 1.5), 1.2)
    (tmp_path / CAMERA_FILE).write_bytes(msgspec.json.encode(settings))
    assert settings_of(tmp_path) == settings
    (tmp_path / CAMERA_FILE).write_text('{"module": "imx708", "exposure_us": 12345}')
    assert settings_of(tmp_path) is None
    assert "calibrate" in caplog.text
    caplog.clear()
    (tmp_path / CAMERA_FILE).unlink()
    (tmp_path / CAMERA_FILE).mkdir()  # as a file that the disk does not give back
    assert settings_of(tmp_path) is None
    assert "calibrate" in caplog.text


def test_the_pins_are_those_of_the_hardware_s_table():
    table = tomllib.loads(PIN_TABLE.read_text(encoding="utf-8"))
    lights = {light.value: pin for light, pin in board_pins.LIGHT_PINS.items()}
    assert {name: row["bcm"] for name, row in table["light"].items()} == lights
    named = {
        "button": board_pins.BUTTON_PIN,
        "attachment_button": board_pins.ATTACHMENT_PIN,
        "lamp": board_pins.LAMP_PIN,
        "buzzer": board_pins.BUZZER_PIN,
        "power_off": board_pins.POWER_OFF_PIN,
    }
    assert {name: table[name]["bcm"] for name in named} == named
    used = [*named.values(), *lights.values()]
    assert len(set(used)) == len(used)


@pytest.mark.parametrize(
    ("words", "weak"), [("50005", True), ("50000", False), ("0", False), ("", False), ("?", False)]
)
def test_the_firmware_says_whether_the_supply_is_weak(tmp_path: Path, words: str, weak: bool):
    path = tmp_path / THROTTLED
    path.parent.mkdir(parents=True)
    path.write_text(words + "\n")
    assert PiPower(tmp_path).weak() is weak


@pytest.mark.parametrize(("alarm", "weak"), [("1", True), ("0", False)])
def test_the_kernel_s_voltage_alarm_serves_as_well(tmp_path: Path, alarm: str, weak: bool):
    assert not PiPower(tmp_path).weak()
    folder = tmp_path / "class" / "hwmon" / "hwmon2"
    folder.mkdir(parents=True)
    (folder / "in0_lcrit_alarm").write_text(alarm)
    assert PiPower(tmp_path).weak() is weak


def test_switching_off_is_asked_of_the_system(tmp_path: Path):
    assert PiPower(off=("true",)).off() > 0
    with pytest.raises(EnvironmentFault, match="power off refused: Interactive"):
        PiPower(off=("sh", "-c", "echo Interactive authentication required. >&2; false")).off()
    with pytest.raises(EnvironmentFault, match="power off:"):
        PiPower(off=(str(tmp_path / "no such program"),)).off()
