"""How far boxes lie from where the box cuts them, and how black bubbles come out, as measured."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Photographed(msgspec.Struct, frozen=True):
    """One photo: pixels to a box side in it, and what was found beside the truth.

    `boxes`: per box dx, dy (shares of the side) and the 2x2 map, row by row, that takes places in
    the true box to places in the box as cut. `empty`, `filled`: ink of bubbles (0 paper, 1 print).
    `spreads`: what the readings of tally marks state, in votes.
    """

    side: float
    boxes: tuple[tuple[float, ...], ...]
    empty: tuple[float, ...] = ()
    filled: tuple[float, ...] = ()
    spreads: tuple[float, ...] = ()


class Registration(msgspec.Struct, frozen=True):
    """What was measured, by which command."""

    command: str
    form: str
    refused: int
    photos: tuple[Photographed, ...]


def load_registration(path: Path) -> Registration:
    """The measured file."""
    return msgspec.json.decode(path.read_bytes(), type=Registration)
