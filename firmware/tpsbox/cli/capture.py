"""`tpsbox press`: presses the simulated button and waits for what comes of it."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import msgspec

from tpsbox.board.boards import simulated_folder
from tpsbox.board.ports import Outcome
from tpsbox.board.spooled import PressFile, read_answer, spool_press
from tpsbox.cli.place import add_data, data_folder
from tpsbox.errors import EnvironmentFault, InputError, UsageError
from tpsbox.given import open_given
from tpsbox.kiosk.box import load_config
from tpsbox.kiosk.lock import kiosk_runs, kiosk_serves

WAIT_SECONDS = 60.0
LOOK_SECONDS = 0.05
PHOTO_BYTES = 16_000_000
"""The centre takes no larger photo."""

SENT_AWAY = "the kiosk does not run: start it with tpsbox run"


def add(commands: Any) -> None:
    """Add the command `press`."""
    parser = commands.add_parser(
        "press",
        help="press the simulated button",
        description="Exit code 0: photo kept and read, or a result made; 1: photo refused, no "
        "result made, or the box was busy; 4: camera, disk or kiosk failed.",
    )
    parser.add_argument(
        "--hold", type=_seconds, default=0.0, metavar="SECONDS", help="2: close; 8: shut down"
    )
    parser.add_argument("--attachment", action="store_true", help="photo of no result sheet")
    parser.add_argument("--photo", type=Path, metavar="FILE", help="JPEG that the camera sees")
    parser.add_argument("--wait", type=_seconds, default=WAIT_SECONDS, metavar="SECONDS")
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_data(parser)
    parser.set_defaults(run=press)


def press(arguments: argparse.Namespace) -> int:
    """Carry out `press`."""
    data = data_folder(arguments)
    if load_config(data).board != "simulated":
        raise UsageError("press: this box has a real button; press that")
    photo = None if arguments.photo is None else _photo(arguments.photo)
    await_kiosk(data, arguments.wait)
    folder = simulated_folder(data)
    name = spool_press(folder, PressFile(arguments.hold, arguments.attachment), photo)
    outcome = _await(data, name, arguments.wait)
    print(msgspec.json.encode(outcome).decode() if arguments.json else outcome.text)
    return exit_code(outcome)


def exit_code(outcome: Outcome) -> int:
    """0 done, 1 the answer is no, 4 something failed."""
    if outcome.kind == "fault":
        return EnvironmentFault.exit_code
    done = outcome.kind in ("read", "attached", "closed", "shutting_down")
    done = done or outcome.number is not None
    return 0 if done else 1


def await_kiosk(data: Path, seconds: float) -> None:
    """Return once presses are taken; a kiosk that is still starting is waited for.

    Raises:
        EnvironmentFault: no kiosk runs, or it does not get ready in time.
    """
    until = time.monotonic() + seconds
    while not kiosk_serves(data):
        if not kiosk_runs(data) or time.monotonic() >= until:
            raise EnvironmentFault(SENT_AWAY)
        time.sleep(LOOK_SECONDS)


def _await(data: Path, name: str, seconds: float) -> Outcome:
    until = time.monotonic() + seconds
    while True:
        alive = kiosk_serves(data)  # before the look: an answer written last still counts
        outcome = read_answer(simulated_folder(data), name)
        if outcome is not None:
            return outcome
        if not alive:
            raise EnvironmentFault(f"the kiosk ended before it answered; {SENT_AWAY}")
        if time.monotonic() >= until:
            raise EnvironmentFault(f"no answer within {seconds:g} s; see the kiosk's log")
        time.sleep(LOOK_SECONDS)


def _photo(path: Path) -> bytes:
    with open_given(path) as file:
        photo = file.read(PHOTO_BYTES + 1)
    if len(photo) > PHOTO_BYTES:
        raise InputError(f"{path}: larger than {PHOTO_BYTES // 1_000_000} MB")
    if not photo.startswith(b"\xff\xd8\xff"):
        raise InputError(f"{path}: not a JPEG photo")
    return photo


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{text!r}: 0 to 3600 seconds")
    return seconds
