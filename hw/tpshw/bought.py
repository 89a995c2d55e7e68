"""Bought and sawn parts as simple solids, as large as the table says: for drawings and for fit."""

from __future__ import annotations

from build123d import Box, Pos

from tpshw.solids import Solid, block, corner_block, hole, tube
from tpshw.stand import Stand
from tpshw.tables import Triple

PAPER = 0.5
"""Drawn thicker than it is, mm."""


def lying(size: Triple) -> Solid:
    """A part against the rear wall: width along x, depth along z, height along -y."""
    width, depth, height = size
    return Pos(0, -height, 0) * corner_block(width, height, depth)


def computer(size: Triple) -> Solid:
    """A Pi of this size against the rear wall: board, ports to the right, header above."""
    width, depth, height = size
    board = lying((width, depth, 1.6))
    ports = Pos(width - 19, -height, depth * 0.06) * corner_block(19, height - 2, depth * 0.88)
    pins = Pos(7, -10, depth - 6) * corner_block(min(51.0, width - 10), 8.5, 5)
    chip = Pos(width * 0.3, -4, depth * 0.35) * corner_block(15, 2.6, 15)
    return board + ports + pins + chip


def camera(size: Triple) -> Solid:
    """A camera with its board's back in the plane z = 0, its lens pointing down from there."""
    x, y, tall = size
    board = Pos(0, 0, -1.2) * block(x, y, 1.2)
    if tall < 20:
        return board + Pos(0, 0, -tall) * block(9.6, 9.6, tall - 1)
    return board + Pos(0, 0, -18.4 / 2) * hole(36, 18.4) + Pos(0, 0, -tall / 2) * hole(30, tall)


def led_bar(size: Triple) -> Solid:
    """An LED bar about its middle, shining along +z."""
    return Box(*size)


def boards(stand: Stand) -> dict[str, Solid]:
    """The two parts of the board, upper face at z = 0, hinged at the seam."""
    board = stand.board
    front = block(board.width, board.front - 0.5, board.thick)
    rear = block(board.width, board.rear - 0.5, board.thick)
    return {
        "board_front": Pos(0, (board.front_edge + board.seam) / 2, -board.thick) * front,
        "board_rear": Pos(0, (board.rear_edge + board.seam) / 2, -board.thick) * rear,
    }


def sheet(size: tuple[float, float]) -> Solid:
    """A sheet on the board."""
    return block(size[0], size[1], PAPER)


def column(stand: Stand) -> Solid:
    """The column from the board up."""
    return tube(stand, stand.tube.column)


def push_button(diameter: float) -> Solid:
    """A button through a cover whose upper face is at z = 0."""
    return Pos(0, 0, 2.5) * hole(diameter + 3, 5) + Pos(0, 0, -16) * hole(diameter - 1, 32)
