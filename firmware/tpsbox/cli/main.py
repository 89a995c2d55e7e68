"""The command `tpsbox`: parses arguments, runs one command, turns errors into one line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version

from tpsbox.cli import (
    calibrate,
    capture,
    carry,
    doctor,
    forms,
    identity,
    officers,
    read,
    run,
    simulate,
    state,
    verify,
)
from tpsbox.errors import EnvironmentFault, TpsError
from tpsbox.structs import make_ready

ROOMS = (
    identity,
    calibrate,
    doctor,
    run,
    capture,
    officers,
    state,
    carry,
    read,
    forms,
    simulate,
    verify,
)
"""Each has `add(commands)`, which adds its commands and sets `run` to what carries them out."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the result is the exit code (see `tpsbox.errors`)."""
    parser = argparse.ArgumentParser(
        prog="tpsbox", description="The box at a polling station: capture, read, sign, send."
    )
    parser.add_argument("--version", action="version", version=f"tpsbox {version('tps-box')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for room in ROOMS:
        room.add(commands)
    try:
        chosen = parser.parse_args(arguments)
    except SystemExit as leaving:  # argparse has printed why, or the help
        return int(leaving.code or 0)
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
