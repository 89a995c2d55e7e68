"""The Raspberry Pi's board: camera by picamera2, pins by gpiozero.

Both libraries come from the Pi's own system and are imported here when a board is opened, nowhere
else. Pins are those of `tpsbox.board.pins`.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tpsbox.board.camera_settings import CameraSettings, load_settings
from tpsbox.board.pi_button import PiButton
from tpsbox.board.pi_buzzer import PiBuzzer
from tpsbox.board.pi_camera import PiCamera
from tpsbox.board.pi_lamp import Lamp
from tpsbox.board.pi_lights import PiLights
from tpsbox.board.pi_power import PiPower
from tpsbox.board.pins import LAMP_PIN
from tpsbox.board.ports import Board
from tpsbox.errors import EnvironmentFault, InputError

log = logging.getLogger(__name__)


def open_pi(data: Path) -> Board:
    """The board of this Pi; the camera is still being opened when this returns.

    Raises:
        EnvironmentFault: a library or a pin is missing or in use.
    """
    make = camera_maker()
    place_pipes()
    with ExitStack() as undo:
        lamp = open_lamp()
        undo.callback(lamp.close)
        lights = PiLights(lamp)
        undo.callback(lights.close)
        buzzer = PiBuzzer()
        undo.callback(buzzer.close)
        button = PiButton()
        undo.pop_all()
    camera = PiCamera(make, settings_of(data), lamp)
    return Board(camera, button, lights, buzzer, PiPower())


def camera_maker() -> Callable[[], Any]:
    """What opens the camera.

    Raises:
        EnvironmentFault: picamera2 is not installed.
    """
    try:
        from picamera2 import Picamera2
    except ImportError as error:
        raise EnvironmentFault(f"camera: {error}; install python3-picamera2") from error
    make: Callable[[], Any] = Picamera2
    return make


def place_pipes() -> None:
    """Let lgpio put its pipes where it may.

    Without LG_WD it takes the working folder, which is not ours when a technician calls a command.
    """
    if "LG_WD" not in os.environ and not os.access(Path.cwd(), os.W_OK):
        os.environ["LG_WD"] = tempfile.gettempdir()


def open_lamp() -> Lamp:
    """The lamp, off.

    Raises:
        EnvironmentFault: no gpiozero, or no such pin.
    """
    try:
        from gpiozero import LED

        return Lamp(LED(LAMP_PIN))
    except Exception as error:  # gpiozero's own tree, lgpio's and OSError have no common root
        raise EnvironmentFault(f"lamp: {error}; check gpiozero and the wiring") from error


def settings_of(data: Path) -> CameraSettings | None:
    """The calibrated settings, None if there are none that can be read and make sense."""
    try:
        return load_settings(data)
    except (InputError, EnvironmentFault) as error:
        log.error("%s; measured anew at every start until tpsbox calibrate", error)
        return None
