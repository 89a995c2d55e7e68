"""A board made of files, for training, demonstrations and tests, in DATA/simulated/.

photos/         the camera gives the next one by file name, each once (then it lies in taken/)
presses/        one JSON file a press: {"held": 0.0, "attachment": false}; a photo of the same name
                (.jpg) beside it is what the camera sees at that press
answers/        one JSON file an outcome, by the name of the press
lights.json     what the lights show; lights.jsonl every change of it with its time
sounds.jsonl    every sound with its time
power.jsonl     every time the box asked to be switched off
faults.json     what fails: {"camera": ["timeout", "truncated"], "unplugged": true, "stuck": true,
                "lights": ["tick"], "weak_power": true}; `camera` is used up one by one
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from tpsbox.board.ports import Board
from tpsbox.board.simulated_button import SimulatedButton
from tpsbox.board.simulated_camera import SimulatedCamera
from tpsbox.board.simulated_panel import SimulatedBuzzer, SimulatedLights, SimulatedPower


def open_simulated(folder: Path, clock: Callable[[], float] = time.time) -> Board:
    """The board in `folder` (DATA/simulated); `clock` gives unix seconds.

    Raises:
        EnvironmentFault: the folder cannot be used.
    """
    camera = SimulatedCamera(folder)
    return Board(
        camera,
        SimulatedButton(folder, camera),
        SimulatedLights(folder, clock),
        SimulatedBuzzer(folder, clock),
        SimulatedPower(folder, clock),
    )
