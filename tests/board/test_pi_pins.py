"""Buttons, lights and buzzer of the Pi, by gpiozero itself on mock pins."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from math import inf
from typing import Any

import pytest
from gpiozero import LED
from tpsbox.board.notices import NOTICES, Notice
from tpsbox.board.pi_button import BOUNCE_SECONDS, PiButton
from tpsbox.board.pi_buzzer import STEP, PiBuzzer, once
from tpsbox.board.pi_lamp import Lamp
from tpsbox.board.pi_lights import MISSES, PiLights
from tpsbox.board.pins import ATTACHMENT_PIN, BUTTON_PIN, BUZZER_PIN, LAMP_PIN, LIGHT_PINS
from tpsbox.board.ports import Press, PressKind
from tpsbox.board.signals import Light, Shown, Signal
from tpsbox.board.sounds import SOUND_BEATS, Sound
from tpsbox.errors import EnvironmentFault


def until(so: Callable[[], bool]) -> None:
    """Return once it is so; another thread makes it so."""
    end = time.monotonic() + 10
    while not so():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.002)


@pytest.fixture
def clock() -> list[float]:
    return [100.0]


@pytest.fixture
def button(pins, clock) -> Iterator[PiButton]:
    made = PiButton(lambda: clock[0])
    yield made
    made.close()


def hold(pins, clock: list[float], seconds: float, pin: int = BUTTON_PIN) -> None:
    pins.pin(pin).drive_low()
    clock[0] += seconds
    pins.pin(pin).drive_high()


@pytest.mark.parametrize(
    ("seconds", "kind"),
    [
        (0.2, PressKind.SHEET),
        (1.9, PressKind.SHEET),
        (2.0, PressKind.CLOSE),
        (7.9, PressKind.CLOSE),
        (8.0, PressKind.SHUT_DOWN),
        (29.9, PressKind.SHUT_DOWN),
        (30.0, PressKind.VOID),
    ],
)
def test_how_long_it_is_held_says_what_is_meant(pins, clock, button, seconds, kind):
    hold(pins, clock, seconds + 1e-9)
    press = button.wait(0)
    assert press is not None and press.kind is kind
    assert button.wait(0) is None, "one press, told once, when let go"


def test_attachments_have_no_holds_and_both_buttons_are_told_in_order(pins, clock, button):
    hold(pins, clock, 5.0, ATTACHMENT_PIN)
    hold(pins, clock, 0.1)
    assert button.wait(0) == Press(pytest.approx(5.0), True)
    assert button.wait(0) == Press(pytest.approx(0.1), False)


def test_a_held_button_says_for_how_long(pins, clock, button):
    assert button.held() == 0
    pins.pin(BUTTON_PIN).drive_low()
    clock[0] += 3
    assert button.held() == pytest.approx(3)
    assert button.wait(0) is None
    pins.pin(BUTTON_PIN).drive_high()
    assert button.held() == 0


def test_a_button_that_is_down_at_the_start_means_nothing(pins, clock, monkeypatch):
    pin = pins.pin(BUTTON_PIN)
    # A pull-up does not lift a line that a finger holds down; the mock's would.
    monkeypatch.setattr(pin, "_set_pull", lambda pull: setattr(pin, "_pull", pull))
    pin.drive_low()
    button = PiButton(lambda: clock[0])
    assert button.held() == inf
    pins.pin(BUTTON_PIN).drive_high()
    assert button.held() == 0
    press = button.wait(0)
    assert press is not None and press.kind is PressKind.VOID
    button.close()


def test_the_pins_are_debounced(pins, button):
    assert [device.pin.bounce for device in button._devices] == [BOUNCE_SECONDS] * 2


def test_without_pins_it_says_so(monkeypatch):
    monkeypatch.setattr("gpiozero.Button", None)
    with pytest.raises(EnvironmentFault, match=r"button: .*check gpiozero"):
        PiButton()


class LightsRig:
    """Lights whose turns are made by the test, by its own clock."""

    def __init__(self, pins, monkeypatch) -> None:
        monkeypatch.setattr(PiLights, "_run", lambda self: None)
        self.now = 50.0
        self.lamp = Lamp(LED(LAMP_PIN))
        self.lights = PiLights(self.lamp, lambda: self.now)
        self.pins = {light: pins.pin(pin) for light, pin in LIGHT_PINS.items()}

    def after(self, seconds: float) -> tuple[bool, ...]:
        """The levels so much later."""
        self.now += seconds
        self.lights.turn()
        return tuple(bool(self.pins[light].state) for light in Light)

    def turns(self, count: int) -> None:
        for _ in range(count):
            self.after(BEAT)


@pytest.fixture
def rig(pins, monkeypatch) -> Iterator[LightsRig]:
    made = LightsRig(pins, monkeypatch)
    yield made
    made.lights.close()
    made.lamp.close()


BEAT = 0.025
STEADY = Shown(Signal.KEPT, Signal.NOTHING_READ, Signal.STORED)
ALL_ON = Shown(Signal.KEPT, Signal.SURE, Signal.STORED)
TEST = NOTICES[Notice.SELF_TEST].frames


def test_the_self_test_is_seen_to_its_end_before_anything_else(rig):
    rig.lights.show(STEADY)
    for frame, seconds in TEST:
        assert rig.after(BEAT) == tuple(level == "1" for level in frame)
        rig.after(seconds - BEAT)
    assert rig.after(BEAT) == (True, False, True)
    assert rig.lights.failed() == ()


def test_what_is_shown_replaces_what_was(rig):
    rig.now += 10
    rig.lights.show(STEADY)
    assert rig.after(0.3) == (True, False, True)
    rig.lights.show(Shown(Signal.NO_PHOTO, Signal.SURE, Signal.NO_RESULT))
    assert rig.after(0.0) == (False, True, False)
    rig.lights.show(Shown(Signal.TAKING, Signal.SURE, Signal.NO_RESULT))
    assert [rig.after(0.125)[0] for _ in range(4)] == [False, True, False, True]


def test_a_pin_that_does_not_follow_is_told_and_forgiven_once_it_does(rig, monkeypatch):
    rig.now += 10
    rig.lights.show(ALL_ON)
    pin = rig.pins[Light.TICK]
    real = pin._set_state
    monkeypatch.setattr(pin, "_set_state", lambda value: None)
    rig.turns(MISSES - 1)
    assert rig.lights.failed() == ()
    rig.turns(1)
    assert rig.lights.failed() == ("tick",)
    monkeypatch.setattr(pin, "_set_state", real)
    rig.turns(1)
    assert rig.lights.failed() == ()


def test_a_light_whose_driver_fails_is_told_and_the_others_go_on(rig, monkeypatch):
    def gone(value: Any) -> None:
        raise OSError(5, "no such chip")

    rig.now += 10
    rig.lights.show(ALL_ON)
    monkeypatch.setattr(rig.pins[Light.CAMERA], "_set_state", gone)
    rig.turns(MISSES)
    assert rig.lights.failed() == ("camera",)
    assert rig.after(BEAT)[1:] == (True, True)


def test_a_lamp_that_failed_is_told_with_the_lights(rig):
    rig.lamp.failed = True
    assert rig.lights.failed() == ("lamp",)


def test_a_thread_of_their_own_moves_the_lights_and_they_are_dark_after_closing(pins):
    lamp = Lamp(LED(LAMP_PIN))
    lights = PiLights(lamp)
    led = pins.pin(LIGHT_PINS[Light.CAMERA])
    until(lambda: bool(led.state))
    lights.close()
    assert not any(pins.pin(pin).state for pin in LIGHT_PINS.values())
    lamp.close()


@pytest.mark.parametrize("sound", Sound)
def test_a_sound_is_as_long_as_its_beats_and_ends_silent(sound: Sound):
    levels = list(once(SOUND_BEATS[sound]))
    assert levels[-1] == 0
    assert sum(levels) * STEP == pytest.approx(sum(SOUND_BEATS[sound][::2]))
    assert (len(levels) - 1) * STEP == pytest.approx(sum(SOUND_BEATS[sound]))


def test_the_buzzer_plays_and_a_new_sound_silences_the_one_before(pins):
    buzzer = PiBuzzer()
    pin = pins.pin(BUZZER_PIN)
    buzzer.play(Sound.FAULT)
    until(lambda: bool(pin.state))
    buzzer.play(Sound.HELD)
    until(lambda: not pin.state)
    pin.clear_states()
    buzzer.play(Sound.KEPT)
    until(lambda: [state.state for state in pin.states][-2:] == [True, False])
    buzzer.close()
