"""The Pi's camera against a stand-in for picamera2, which only a Pi has."""

from __future__ import annotations

import threading

import msgspec
import pytest
from gpiozero import LED
from picamera_stand_in import LAG, Plan
from tpsbox.board import pi_session
from tpsbox.board.camera_settings import CameraSettings, flicker_free
from tpsbox.board.pi_camera import MOST_LEFT, PAUSES, PiCamera
from tpsbox.board.pi_lamp import Lamp
from tpsbox.board.pins import LAMP_PIN
from tpsbox.board.ports import CameraFault

MINE = CameraSettings("imx708", 20_000, 2.5, (2.2, 1.4), 1.25)


class Rig:
    """A camera, its plan, its lamp and its clock."""

    def __init__(self, plan: Plan, settings: CameraSettings | None, seconds: float) -> None:
        self.plan = plan
        self.now = 0.0
        self.led = LED(LAMP_PIN)
        plan.lamp = lambda: bool(self.led.value)
        self.camera = PiCamera(
            plan.make, settings, Lamp(self.led), seconds=seconds, clock=lambda: self.now
        )


@pytest.fixture
def rig(pins, monkeypatch):
    monkeypatch.setattr(pi_session, "CLOSE_SECONDS", 0.05)
    made = []

    def build(plan: Plan, settings: CameraSettings | None = MINE, seconds: float = 5.0) -> Rig:
        made.append(Rig(plan, settings, seconds))
        return made[-1]

    yield build
    for one in made:
        if one.plan.hang is not None:
            one.plan.hang.set()
        one.camera.close()


def test_a_photo_is_a_frame_begun_after_the_press_under_the_lamp(rig):
    one = rig(Plan())
    assert one.camera.capture() == b"\xff\xd8\xff frame 2", "the first was there before"
    assert one.plan.lamp_lit == [True, True] and one.led.value == 0
    assert one.plan.device.held == 0, "every buffer was given back"
    one.camera.check()


def test_a_camera_that_does_not_say_when_gives_none_of_its_old_buffers(rig):
    plan = Plan()
    plan.unsaid = {"SensorTimestamp"}
    assert rig(plan).camera.capture() == b"\xff\xd8\xff frame 4"


def test_a_camera_that_repeats_one_old_frame_gives_no_photo(rig):
    plan = Plan()
    plan.stale = True
    with pytest.raises(CameraFault, match="no fresh frame"):
        rig(plan).camera.capture()
    assert plan.device.held == 0


def test_calibrated_settings_are_locked_from_the_first_frame(rig):
    one = rig(Plan())
    one.camera.capture()
    assert one.plan.device.set == {
        "AeEnable": False,
        "AwbEnable": False,
        "ExposureTime": 20_000,
        "AnalogueGain": 2.5,
        "ColourGains": (2.2, 1.4),
        "AfMode": 0,
        "LensPosition": 1.25,
    }


def test_an_hq_camera_is_never_told_to_focus(rig):
    one = rig(Plan("imx477"), MINE)  # settings of another module do not count
    one.camera.capture()
    assert not {"AfMode", "LensPosition"} & set(one.plan.device.set)
    assert one.camera.session.settings.module == "imx477"


def test_a_calibration_moves_the_lens_and_waits_until_it_is_there(rig):
    one = rig(Plan())
    assert one.camera.lens_range == (0.0, 10.0)
    one.camera.use(msgspec.structs.replace(MINE, lens_position=2.5))
    before = one.plan.device.frames
    one.camera.capture()
    assert one.plan.device.frames - before >= LAG, "frames from before the lens was there"
    assert one.plan.device.now["LensPosition"] == 2.5
    measured = one.camera.measure(2.5)
    assert (measured.lens_position, measured.exposure_us) == (2.5, 30_000)
    assert one.plan.device.set["AeEnable"] is False and one.led.value == 0
    assert one.camera.capture().startswith(b"\xff\xd8\xff")


def test_a_camera_without_a_motor_has_no_range_and_is_measured_all_the_same(rig):
    one = rig(Plan("imx477"), None)
    assert one.camera.lens_range is None
    assert one.camera.measure(None).module == "imx477"
    assert not {"AfMode", "LensPosition"} & set(one.plan.device.set)


def test_a_camera_that_is_gone_cannot_be_calibrated(rig):
    plan = Plan()
    plan.missing = True
    with pytest.raises(CameraFault, match="list index out of range"):
        _ = rig(plan).camera.lens_range


def test_without_a_calibration_the_light_is_measured_under_the_lamp_and_locked(rig):
    one = rig(Plan(), None)
    assert one.camera.capture() == b"\xff\xd8\xff frame 9", "as soon as what was locked is so"
    assert all(one.plan.lamp_lit)
    told = one.plan.device.set
    assert (told["AeEnable"], told["AwbEnable"]) == (False, False)
    assert told["ExposureTime"] == 30_000, "whole periods of mains light"
    assert told["AnalogueGain"] == pytest.approx(2.2)
    assert told["ColourGains"] == (2.1, 1.5)


def test_light_that_never_settles_is_taken_as_it_is_in_time(rig, monkeypatch):
    monkeypatch.setattr("tpsbox.board.pi_controls.SETTLE_SECONDS", 0.0)
    one = rig(Plan(), None)
    one.camera.capture()
    assert one.plan.device.set["ExposureTime"] == 10_000


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        ((10_000, 1.0), (10_000, 1.0)),
        ((14_000, 2.0), (10_000, 2.8)),
        ((4_000, 1.0), (10_000, 1.0)),
        ((400_000, 8.0), (100_000, 16.0)),
    ],
)
def test_exposures_are_whole_periods_of_mains_light(seen, told):
    assert flicker_free(*seen) == pytest.approx(told)


def test_a_driver_that_fails_is_one_line_and_the_camera_is_opened_again(rig):
    plan = Plan()
    one = rig(plan)
    one.camera.capture()
    plan.fault = RuntimeError("dequeue failed")
    with pytest.raises(CameraFault, match="camera: dequeue failed"):
        one.camera.capture()
    assert one.led.value == 0
    plan.fault = None
    with pytest.raises(CameraFault, match="dequeue failed; check the cable"):
        one.camera.check()
    assert one.camera.capture().startswith(b"\xff\xd8\xff")
    one.camera.check()
    assert [device.closed for device in plan.made] == [True, False]


def test_a_camera_that_hangs_is_left_behind_in_time(rig):
    plan = Plan()
    one = rig(plan, seconds=0.2)
    one.camera.capture()
    plan.hang = threading.Event()
    with pytest.raises(CameraFault, match=r"no photo within 0.2 s"):
        one.camera.capture()
    assert one.led.value == 0
    hang, plan.hang = plan.hang, None
    assert one.camera.capture().startswith(b"\xff\xd8\xff"), "a new session takes over"
    assert len(plan.made) == 2
    hang.set()


def test_no_more_than_a_few_threads_are_ever_left_behind(rig):
    plan = Plan()
    plan.hang = threading.Event()
    one = rig(plan, seconds=0.05)
    for _ in range(MOST_LEFT + 5):
        with pytest.raises(CameraFault):
            one.camera.capture()
    assert len(plan.made) == MOST_LEFT + 1
    with pytest.raises(CameraFault, match="switch the box off and on"):
        one.camera.check()


def test_a_missing_camera_is_looked_for_with_growing_pauses_and_not_for_ever(rig):
    plan = Plan()
    plan.missing = True
    one = rig(plan, seconds=1.0)
    for _ in range(4 * round(sum(PAUSES))):
        one.camera.session.close()  # so that this opening has come to its end
        with pytest.raises(CameraFault, match="list index out of range"):
            one.camera.check()
        one.now += 1.0
    assert len(plan.made) == 1 + len(PAUSES)
    plan.missing = False
    assert one.camera.capture().startswith(b"\xff\xd8\xff"), "a press opens it all the same"
    one.camera.check()


def test_a_camera_that_gives_no_frames_is_noticed_without_a_press(rig, monkeypatch):
    one = rig(Plan())
    one.camera.capture()
    one.camera.check()
    monkeypatch.setattr(pi_session, "FROZEN_SECONDS", -1.0)
    with pytest.raises(CameraFault, match="no frame for"):
        one.camera.check()


def test_a_dark_lamp_stops_no_photo_and_is_told(rig, monkeypatch):
    one = rig(Plan())
    one.led.pin._set_state = lambda value: None  # a pin that stays low
    assert one.camera.capture().startswith(b"\xff\xd8\xff")
    assert one.camera._lamp.failed
