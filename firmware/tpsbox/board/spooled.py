"""The files by which people and programs work a simulated board; see `tpsbox.board.simulated`."""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from tpsbox.board.ports import Outcome
from tpsbox.board.spool import put, take
from tpsbox.errors import InputError

FAULTS = "faults.json"

CameraTrouble = Literal["timeout", "truncated"]


class PressFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A press as it is spooled."""

    held: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 0.0
    attachment: bool = False


class Faults(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What fails: `camera` lists the next captures, all else lasts as long as the file says so.

    `lights` names lights that stay dark.
    """

    camera: tuple[CameraTrouble, ...] = ()
    unplugged: bool = False
    stuck: bool = False
    lights: tuple[Literal["camera", "tick", "cloud", "lamp"], ...] = ()
    weak_power: bool = False


def read_faults(folder: Path) -> Faults:
    """What the faults file of a simulated board says.

    Raises:
        InputError: it makes no sense.
        EnvironmentFault: it cannot be read.
    """
    return take(folder / FAULTS, Faults) or Faults()


def quiet_faults(folder: Path) -> Faults:
    """The same; a file that makes no sense makes nothing fail."""
    try:
        return read_faults(folder)
    except InputError:
        return Faults()


def write_faults(folder: Path, faults: Faults) -> None:
    """Make these faults happen from now on.

    Raises:
        EnvironmentFault: the disk does not take it.
    """
    put(folder / FAULTS, msgspec.json.encode(faults))


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
