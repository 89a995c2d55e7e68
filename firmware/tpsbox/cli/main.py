"""The command `tpsbox`: parses arguments, runs one command, turns errors into one line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.metadata import version
from types import ModuleType

from tpsbox.errors import EnvironmentFault, TpsError
from tpsbox.structs import make_ready

ROOMS = {
    "init": "identity",
    "calibrate": "calibrate",
    "doctor": "doctor",
    "run": "run",
    "press": "capture",
    "confirm": "officers",
    "correct": "officers",
    "status": "state",
    "outbox": "state",
    "export": "carry",
    "import-receipts": "carry",
    "read": "read",
    "forms": "forms",
    "simulate": "simulate",
    "verify": "verify",
}
"""The room of each command. Each has `add(commands)`, which adds its commands and sets `run` to
what carries them out. Only the room that is asked for is loaded: all of them take 1 s and 60 MB."""


def _rooms(arguments: Sequence[str]) -> Iterator[ModuleType]:
    asked = ROOMS.get(arguments[0]) if arguments else None
    for name in dict.fromkeys(ROOMS.values()) if asked is None else (asked,):
        yield import_module(f"tpsbox.cli.{name}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the result is the exit code (see `tpsbox.errors`)."""
    parser = argparse.ArgumentParser(
        prog="tpsbox", description="The box at a polling station: capture, read, sign, send."
    )
    parser.add_argument("--version", action="version", version=f"tpsbox {version('tps-box')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    try:
        for room in _rooms(sys.argv[1:] if arguments is None else arguments):
            room.add(commands)
        chosen = parser.parse_args(arguments)
    except SystemExit as leaving:  # argparse has printed why, or the help
        return int(leaving.code or 0)
    except KeyboardInterrupt:
        return 130
    make_ready()  # simulated boxes and modems run in threads
    try:
        code: int = chosen.run(chosen)
    except TpsError as error:
        print(f"tpsbox: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        return 0
    except OSError as error:
        fault = error.strerror or str(error)
        where = f"{error.filename}: " if error.filename else ""
        print(f"tpsbox: {where}{fault.lower()}", file=sys.stderr)
        return EnvironmentFault.exit_code
    except KeyboardInterrupt:
        return 130
    return code
