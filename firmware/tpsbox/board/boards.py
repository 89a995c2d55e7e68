"""Which boards there are, by name."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from tpsbox.board.ports import Board
from tpsbox.board.simulated import open_simulated
from tpsbox.errors import UsageError

BOARDS = ("simulated", "pi")


def simulated_folder(data: Path) -> Path:
    """Where the files of the simulated board are."""
    return data / "simulated"


def open_board(name: str, data: Path, clock: Callable[[], float] = time.time) -> Board:
    """The board of that name; the simulated one keeps its files in `data`.

    Raises:
        UsageError: no such board.
        EnvironmentFault: a device or library of it is missing.
    """
    if name == "simulated":
        return open_simulated(simulated_folder(data), clock)
    if name == "pi":
        # Only a Raspberry Pi has what this imports.
        from tpsbox.board.pi import open_pi

        return open_pi(data)
    raise UsageError(f"board {name!r} is unknown: one of {', '.join(BOARDS)}")
