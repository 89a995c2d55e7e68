"""The button of the simulated board."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import inf
from pathlib import Path

import msgspec

from tpsbox.board.ports import Button, Outcome, Press
from tpsbox.board.simulated_camera import SimulatedCamera
from tpsbox.board.spool import make_folder, put, take
from tpsbox.board.spooled import PressFile, quiet_faults
from tpsbox.errors import InputError

LOOK_SECONDS = 0.05
"""Between two looks for a press."""


class SimulatedButton(Button):
    """Gives presses from a folder; those made before it was opened are void, as on a real board."""

    def __init__(
        self, folder: Path, camera: SimulatedCamera, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._folder = folder
        self._camera = camera
        self._sleep = sleep
        for name in ("presses", "answers"):
            make_folder(folder / name, empty=True)

    def wait(self, timeout: float) -> Press | None:
        """See `Button.wait`."""
        left = timeout
        while (press := self._next()) is None and left > 0:
            self._sleep(min(LOOK_SECONDS, left))
            left -= LOOK_SECONDS
        return press

    def held(self) -> float:
        """See `Button.held`."""
        return inf if quiet_faults(self._folder).stuck else 0.0

    def answer(self, press: Press, outcome: Outcome) -> None:
        """See `Button.answer`."""
        if press.name:
            put(self._folder / "answers" / f"{press.name}.json", msgspec.json.encode(outcome))

    def close(self) -> None:
        """See `Button.close`."""

    def _next(self) -> Press | None:
        waiting = sorted(self._folder.glob("presses/[!.]*.json"))
        if not waiting:
            return None
        path = waiting[0]
        photo = path.with_suffix(".jpg")
        try:
            file = take(path, PressFile)
            self._camera.put_under(photo.read_bytes() if photo.exists() else None)
        except InputError:
            file = None  # not a press: nobody pressed
        finally:
            # Gone before it is acted on: a press is not made again after a power cut.
            path.unlink(missing_ok=True)
            photo.unlink(missing_ok=True)
        return None if file is None else Press(file.held, file.attachment, path.stem)
