"""The Pi's back end against doubles of its two libraries, which only a Pi has."""

from __future__ import annotations

import sys
import threading
from types import ModuleType

import pytest
from tpsbox.board import pi, pins
from tpsbox.board.boards import open_board
from tpsbox.board.ports import Press
from tpsbox.board.signals import BEATS, Light, Pattern, Shown, Signal
from tpsbox.errors import EnvironmentFault


class Request:
    def save(self, stream, file, format):
        assert (stream, format) == ("main", "jpeg")
        file.write(b"\xff\xd8\xff photo")

    def release(self):
        Camera.released += 1


class Camera:
    sensor_resolution = (4608, 2592)
    released = 0
    hang: threading.Event | None = None
    fault: Exception | None = None

    def __init__(self):
        self.options = {}
        self.calls = []

    def create_still_configuration(self, main, buffer_count):
        assert main == {"size": (4608, 2592)}
        return "still"

    def configure(self, configuration):
        self.calls.append(configuration)

    def start(self):
        self.calls.append("start")

    def capture_request(self, flush):
        assert flush, "a frame from before the press"
        if Camera.hang:
            Camera.hang.wait()
        if Camera.fault:
            raise Camera.fault
        return Request()

    def close(self):
        self.calls.append("close")


class Device:
    made: dict[int, Device] = {}  # noqa: RUF012

    def __init__(self, pin, **options):
        self.pin, self.options, self.source, self.level = pin, options, None, None
        Device.made[pin] = self

    def on(self):
        self.level = 1

    def off(self):
        self.level = 0

    def close(self):
        self.level = None


@pytest.fixture
def libraries(monkeypatch):
    picamera2, gpiozero = ModuleType("picamera2"), ModuleType("gpiozero")
    picamera2.Picamera2 = Camera
    gpiozero.Button = gpiozero.LED = Device
    monkeypatch.setitem(sys.modules, "picamera2", picamera2)
    monkeypatch.setitem(sys.modules, "gpiozero", gpiozero)
    monkeypatch.setattr(pi, "WARM_UP_SECONDS", 0.0)
    monkeypatch.setattr(Device, "made", {})
    monkeypatch.setattr(Camera, "released", 0)
    monkeypatch.setattr(Camera, "hang", None)
    monkeypatch.setattr(Camera, "fault", None)


def test_without_its_libraries_the_board_says_so(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(EnvironmentFault, match="picamera2"):
        open_board("pi", tmp_path)


def test_a_capture_gives_the_jpeg_and_the_frame_back(libraries):
    camera = pi.PiCamera()
    assert camera.capture() == b"\xff\xd8\xff photo"
    assert Camera.released == 1
    camera.close()
    assert camera._device.calls == ["still", "start", "close"]


def test_a_driver_that_fails_is_one_line(libraries, monkeypatch):
    monkeypatch.setattr(Camera, "fault", RuntimeError("dequeue failed"))
    with pytest.raises(EnvironmentFault, match="camera: dequeue failed"):
        pi.PiCamera().capture()


def test_a_camera_that_hangs_is_left_behind_in_time(libraries, monkeypatch):
    hang = threading.Event()
    monkeypatch.setattr(Camera, "hang", hang)
    camera = pi.PiCamera(seconds=0.05)
    with pytest.raises(EnvironmentFault, match=r"no photo within 0.05 s"):
        camera.capture()
    with pytest.raises(EnvironmentFault, match="still hangs"):
        camera.capture()
    hang.set()
    camera._stuck.join()
    assert camera.capture().startswith(b"\xff\xd8")


def test_short_presses_holds_and_attachments(libraries):
    now = [10.0]
    button = pi.PiButton(lambda: now[0])
    main, attachment = Device.made[pins.BUTTON_PIN], Device.made[pins.ATTACHMENT_PIN]
    assert main.options == {"bounce_time": 0.05, "hold_time": 2.0}

    main.when_pressed()
    now[0] += 0.3
    main.when_released()
    press = button.wait(0)
    assert press.held == pytest.approx(0.3) and not press.closes

    main.when_pressed()
    now[0] += 1.9999  # the timer of the library may be a hair early
    main.when_held()
    now[0] += 3
    main.when_released()
    assert button.wait(0).closes
    assert button.wait(0) is None, "a hold is one press"

    attachment.when_pressed()
    now[0] += 5
    attachment.when_released()
    assert button.wait(0) == Press(pytest.approx(5.0), True)


def test_lights_blink_by_the_table(libraries):
    lights = pi.PiLights()
    leds = {light: Device.made[pin] for light, pin in pins.LIGHT_PINS.items()}
    lights.show(Shown(Signal.KEPT, Signal.NOTHING_READ, Signal.WAITING))
    assert (leds[Light.CAMERA].level, leds[Light.TICK].level) == (1, 0)
    cloud = leds[Light.CLOUD]
    seconds = sum(BEATS[Pattern.SLOW])
    steps = [next(cloud.source) for _ in range(round(seconds / cloud.source_delay))]
    assert steps == [1] * 40 + [0] * 40
    lights.show(Shown(Signal.KEPT, Signal.NOTHING_READ, Signal.STORED))
    assert (cloud.source, cloud.level) == (None, 1)


def test_the_whole_board_opens_and_closes(libraries, tmp_path):
    board = open_board("pi", tmp_path)
    board.button.answer(Press(), None)
    board.close()
    assert all(device.level is None for device in Device.made.values())


def test_what_was_opened_is_closed_when_the_rest_fails(libraries, tmp_path, monkeypatch):
    closed = []

    def no_pins(*_, **__):
        raise RuntimeError("pin in use")

    monkeypatch.setattr(sys.modules["gpiozero"], "Button", no_pins)
    monkeypatch.setattr(Camera, "close", lambda self: closed.append(self))
    with pytest.raises(EnvironmentFault, match="button: pin in use"):
        open_board("pi", tmp_path)
    assert len(closed) == 1
