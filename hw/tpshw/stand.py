"""The stand in numbers: heights for each camera and sheet, the view cone, tipping and bending."""

from __future__ import annotations

from math import atan, degrees, hypot, pi, radians, sqrt, tan

from msgspec import Struct

from tpshw.light import Lamp
from tpshw.optics import Camera, Cameras, View, view
from tpshw.tables import Positive, Triple, read

GRAVITY = 9.81
BOX_AIR = 5.0
"""Between arm and box, mm."""


class Board(Struct, frozen=True, forbid_unknown_fields=True):
    """The board on which the sheet lies, mm."""

    width: Positive
    seam: float
    front: Positive
    rear: Positive
    thick: Positive
    density: Positive

    @property
    def front_edge(self) -> float:
        """y of the edge at the officers."""
        return self.seam - self.front

    @property
    def rear_edge(self) -> float:
        """y of the edge behind the column."""
        return self.seam + self.rear


class Tube(Struct, frozen=True, forbid_unknown_fields=True):
    """The square tube and its cuts, mm."""

    side: Positive
    wall: Positive
    density: Positive
    modulus: Positive
    column: Positive
    arm: Positive
    lamp_post: Positive


class Joint(Struct, frozen=True, forbid_unknown_fields=True):
    """Printed sleeves, mm."""

    wall: Positive
    gap: Positive
    sleeve: Positive
    foot: Positive
    bed: Positive


class Place(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the column stands and how deep the camera hangs, mm."""

    column_y: Positive
    board_to_lens: Positive


class Box(Struct, frozen=True, forbid_unknown_fields=True):
    """The box for Pi, battery and modems, mm inside."""

    inside: Triple
    wall: Positive
    place: dict[str, Triple]


class Buttons(Struct, frozen=True, forbid_unknown_fields=True):
    """The button case, mm inside."""

    inside: Triple
    wall: Positive


class Load(Struct, frozen=True, forbid_unknown_fields=True):
    """What hangs on the column and on the arm's end, kg."""

    box_kg: Positive
    head_kg: Positive


class Stand(Struct, frozen=True, forbid_unknown_fields=True):
    """The file stand.toml."""

    board: Board
    tube: Tube
    joint: Joint
    place: Place
    lamp: Lamp
    box: Box
    buttons: Buttons
    load: Load

    @property
    def bore(self) -> float:
        """Inner side of a sleeve, mm."""
        return self.tube.side + 2 * self.joint.gap

    @property
    def sleeve(self) -> float:
        """Outer side of a sleeve, mm."""
        return self.bore + 2 * self.joint.wall

    @property
    def box_outside(self) -> Triple:
        """The box with its walls, lid included, mm."""
        x, y, z = self.box.inside
        return x + 2 * self.box.wall, y + 2 * self.box.wall, z + 2 * self.box.wall


class Setting(Struct, frozen=True):
    """Heights over the board for one camera and sheet, mm; `axis` is the middle of the arm.

    `box_top` and `box_front` are the box's upper edge and the y of its face; `clear` is what
    stays between the box and what the camera sees.
    """

    lens: float
    axis: float
    box_top: float
    box_front: float
    clear: float


def stand() -> Stand:
    """The file stand.toml."""
    return read("stand.toml", Stand)


def over(stand: Stand, cameras: Cameras, camera: str, sheet: str) -> tuple[View, Setting]:
    """What a camera sees of a sheet on the stand, and where arm and box are for it.

    A small sheet would want the arm so low that the box stood on the column's foot: then the arm
    is higher than the sheet asks for.
    """
    chosen = cameras.camera[camera]
    box_top = stand.joint.foot + 2 * BOX_AIR + stand.box_outside[2]
    least = box_top + BOX_AIR - stand.place.board_to_lens - chosen.lens_mm
    seen = view(chosen, cameras.sheet[sheet], cameras.demand, least)
    return seen, setting(stand, chosen, seen)


def setting(stand: Stand, camera: Camera, view: View) -> Setting:
    """Where arm and box go so that the lens is at the view's distance."""
    drop = stand.sleeve / 2 + stand.place.board_to_lens + camera.lens_mm
    axis = view.distance + drop
    top = axis - stand.sleeve / 2 - BOX_AIR
    front = stand.place.column_y - stand.sleeve / 2 - stand.box_outside[1]
    below = view.distance - (top - stand.box_outside[2])
    clear = front - below * tan(radians(view.half[1]))
    return Setting(view.distance, axis, top, front, clear)


def play(stand: Stand) -> float:
    """By how much the arm may tilt in its two sleeves before the screws are tight, degrees."""
    return degrees(2 * atan(2 * stand.joint.gap / stand.joint.sleeve))


class Steady(Struct, frozen=True):
    """How the loaded stand stands: push at the lens that tips it, N; its sway, Hz and mm per N."""

    mass: float
    tips_back: float
    tips_front: float
    sag: float
    hertz: float
    millimetres: float


def steady(stand: Stand, at: Setting) -> Steady:
    """How the loaded stand takes a push.

    Tipping back is about the board's rear edge. Tipping forward only the rear part counts, about
    the seam: it can fold there.
    """
    tube, place, board = stand.tube, stand.place, stand.board
    box_kg, head_kg = stand.load.box_kg, stand.load.head_kg
    line = tube_kg(stand) / 1000
    box_y = at.box_front + stand.box_outside[1] / 2
    loads = [  # kg, y
        (line * tube.column, place.column_y),
        (line * tube.arm, place.column_y - tube.arm / 2),
        (head_kg, 0.0),
        (box_kg, box_y),
        (board_kg(stand, board.rear), (board.rear_edge + board.seam) / 2),
    ]
    front = (board_kg(stand, board.front), (board.front_edge + board.seam) / 2)
    back = sum(kg * (board.rear_edge - y) for kg, y in [*loads, front]) * GRAVITY
    forward = sum(kg * (y - board.seam) for kg, y in loads) * GRAVITY
    stiff = 3 * tube.modulus * bending(stand) / at.axis**3
    moving = box_kg + head_kg + line * (tube.arm + 0.24 * tube.column)
    return Steady(
        mass=sum(kg for kg, _ in [*loads, front]),
        tips_back=back / at.lens,
        tips_front=forward / at.lens,
        sag=degrees(head_kg * GRAVITY * tube.arm**2 / (2 * tube.modulus * bending(stand))),
        hertz=sqrt(stiff * 1000 / moving) / (2 * pi),
        millimetres=1 / stiff,
    )


def tube_kg(stand: Stand) -> float:
    """Of a metre of tube, kg."""
    inner = stand.tube.side - 2 * stand.tube.wall
    return (stand.tube.side**2 - inner**2) * 1e-6 * stand.tube.density


def board_kg(stand: Stand, depth: float) -> float:
    """Of a board of this depth, kg."""
    board = stand.board
    return board.width * depth * board.thick * 1e-9 * board.density


def bending(stand: Stand) -> float:
    """Second moment of area of the tube, mm^4."""
    inner = stand.tube.side - 2 * stand.tube.wall
    return (stand.tube.side**4 - inner**4) / 12


def cable(stand: Stand, at: Setting) -> float:
    """Camera cable from the Pi's middle out of the box and along the arm to the camera, mm.

    Forty more for its bends and connectors.
    """
    inside = stand.box.inside[2] - stand.box.place["computer"][2] - 28 + stand.box.wall
    up = at.axis - stand.sleeve / 2 - at.box_top
    along = stand.place.column_y - stand.sleeve / 2 - stand.box.wall
    return inside + up + along + 40


class Post(Struct, frozen=True):
    """The lamp post at +x: its upper end, mm, its lean from upright, degrees, and its length."""

    x: float
    z: float
    lean: float
    length: float


def post(stand: Stand) -> Post:
    """From the board's edge to straight behind the LED bar, so that it stands in no light."""
    lamp = stand.lamp
    x, z = (at - lamp.behind * way for at, way in zip((lamp.x, lamp.z), lamp.facing, strict=True))
    out = x - lamp.foot_x
    return Post(x, z, degrees(atan(out / z)), hypot(out, z))
