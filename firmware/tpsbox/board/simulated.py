"""A board made of files, for training, demonstrations and tests, in DATA/simulated/.

photos/         the camera gives the next one by file name, each once (then it lies in taken/)
presses/        one JSON file a press: {"held": 0.0, "attachment": false}; a photo of the same name
                (.jpg) beside it is what the camera sees at that press
answers/        one JSON file an outcome, by the name of the press
lights.json     what the lights show; lights.jsonl every change of it with its time
faults.json     {"camera": ["timeout", "truncated"]}: how the next captures fail, in that order
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from tpsbox.board.ports import Board, Button, Camera, Lights, Outcome, Press
from tpsbox.board.signals import Shown
from tpsbox.board.spool import append_line, put, take
from tpsbox.errors import EnvironmentFault, InputError

LOOK_SECONDS = 0.05
"""Between two looks for a press."""

CameraFault = Literal["timeout", "truncated"]


class PressFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A press as it is spooled."""

    held: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 0.0
    attachment: bool = False


class Faults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What fails next."""

    camera: tuple[CameraFault, ...] = ()


def open_simulated(folder: Path, clock: Callable[[], float] = time.time) -> Board:
    """The board in `folder` (DATA/simulated); `clock` gives unix seconds.

    Raises:
        EnvironmentFault: the folder cannot be used.
    """
    camera = SimulatedCamera(folder)
    return Board(camera, SimulatedButton(folder, camera), SimulatedLights(folder, clock))


def spool_press(folder: Path, press: PressFile, photo: bytes | None = None) -> str:
    """Press the simulated button; the name under which the answer will come.

    Raises:
        EnvironmentFault: the disk does not take it.
    """
    name = f"{time.time_ns():020d}-{secrets.token_hex(3)}"
    if photo is not None:
        put(folder / "presses" / f"{name}.jpg", photo)
    put(folder / "presses" / f"{name}.json", msgspec.json.encode(press))
    return name


def read_answer(folder: Path, name: str) -> Outcome | None:
    """What came of a press, None until it is known; it can be had once.

    Raises:
        InputError: the file is damaged.
        EnvironmentFault: it cannot be read.
    """
    path = folder / "answers" / f"{name}.json"
    outcome = take(path, Outcome)
    if outcome is not None:
        path.unlink(missing_ok=True)
    return outcome


class SimulatedCamera(Camera):
    """Gives photos from a folder, or fails as it is told."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._under: bytes | None = None

    def put_under(self, photo: bytes | None) -> None:
        """What the camera sees at the next capture, in place of the folder's next photo."""
        self._under = photo

    def capture(self) -> bytes:
        """See `Camera.capture`."""
        under, self._under = self._under, None
        fault = self._next_fault()
        if fault == "timeout":
            raise EnvironmentFault("camera: no photo within its time; check the cable")
        photo = under if under is not None else self._next_photo()
        return photo[: len(photo) // 2] if fault == "truncated" else photo

    def close(self) -> None:
        """See `Camera.close`."""

    def _next_fault(self) -> CameraFault | None:
        path = self._folder / "faults.json"
        faults = take(path, Faults)
        if faults is None or not faults.camera:
            return None
        put(path, msgspec.json.encode(Faults(faults.camera[1:])))
        return faults.camera[0]

    def _next_photo(self) -> bytes:
        waiting = sorted(self._folder.glob("photos/*.[jJ][pP]*[gG]"))
        if not waiting:
            raise EnvironmentFault(f"no more photos: put JPEG files into {self._folder / 'photos'}")
        taken = self._folder / "taken"
        try:
            photo = waiting[0].read_bytes()
            taken.mkdir(exist_ok=True)
            waiting[0].replace(taken / waiting[0].name)
        except OSError as error:
            raise EnvironmentFault(f"{waiting[0]}: {(error.strerror or '').lower()}") from error
        return photo


class SimulatedButton(Button):
    """Gives presses from a folder; those made before it was opened are void, as on a real board."""

    def __init__(
        self, folder: Path, camera: SimulatedCamera, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._folder = folder
        self._camera = camera
        self._sleep = sleep
        _make_folder(folder / "photos")
        for name in ("presses", "answers"):
            _make_folder(folder / name, empty=True)

    def wait(self, timeout: float) -> Press | None:
        """See `Button.wait`."""
        left = timeout
        while (press := self._next()) is None and left > 0:
            self._sleep(min(LOOK_SECONDS, left))
            left -= LOOK_SECONDS
        return press

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


def _make_folder(path: Path, empty: bool = False) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
        if empty:
            for stale in path.iterdir():
                stale.unlink()
    except OSError as error:
        raise EnvironmentFault(f"{path}: {(error.strerror or 'cannot be used').lower()}") from error


class SimulatedLights(Lights):
    """Writes what is shown into two files."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._clock = clock

    def show(self, shown: Shown) -> None:
        """See `Lights.show`."""
        line = msgspec.json.encode({"time": self._clock(), **shown.described()})
        append_line(self._folder / "lights.jsonl", line)
        put(self._folder / "lights.json", line + b"\n")

    def close(self) -> None:
        """All lights go off with the program."""
        (self._folder / "lights.json").unlink(missing_ok=True)
