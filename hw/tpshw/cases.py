"""The printed box and the button case. Bought parts lie against the box's rear wall.

The box's own origin: middle of its rear face at the bottom, outside; x to the right, z up, the
lid towards -y.
"""

from __future__ import annotations

from build123d import Box, Circle, Cylinder, Plane, Polygon, Pos, Rectangle, Rot, extrude

from tpshw.solids import M3, Solid, block, bore, hole, screws, sleeve_body
from tpshw.stand import Stand
from tpshw.tables import Triple

HANGERS = (30.0, 30.0)
"""Length of the two sleeves that hold the box on the column; distance of their middles from the
box's lower and upper edge, mm."""
PI_HOLES = (58.0, 49.0)
PI_EDGE = 3.5
"""Mounting holes of a Raspberry Pi 4 or 5, from each other and from the edge, mm."""
POST = 9.0
"""Side of the posts in the corners that take the lid's screws, mm."""
POST_LONG = 16.0
LIGHT_X = (-62.0, 0.0, 62.0)
LIGHT_Z = 62.0
"""Low on the lid: seen from the front, the camera hangs before its upper edge."""
LIGHT_HOLE = 8.0
"""For the holder of a 5 mm LED, mm."""
PICTURE = 18.0
ENGRAVED = 0.8
BUTTON_X = (-17.0, 24.0)
BUTTON_HOLES = (30.0, 16.2)


def box_body(stand: Stand) -> Solid:
    """The box, open to the front, with hangers for the column on its back."""
    x, y, z = stand.box_outside
    wall = stand.box.wall
    depth = y - wall
    body = Pos(0, -depth / 2, 0) * block(x, depth, z)
    body -= Pos(0, -depth / 2 - wall, wall) * block(x - 2 * wall, depth, z - 2 * wall)
    body += _posts(stand) + _pi_posts(stand)
    length, edge = HANGERS
    for height in (edge, z - edge):
        at = Pos(0, stand.sleeve / 2, height)
        body += at * sleeve_body(stand, length)
        body -= at * bore(stand, length)
        body -= at * screws(stand, length)
    return body - _openings(stand)


def _posts(stand: Stand) -> Solid:
    x, y, z = stand.box_outside
    wall = stand.box.wall
    made = None
    for sx, sz in ((-1, 0), (1, 0), (-1, 1), (1, 1)):
        at = Pos(
            sx * (x / 2 - wall - POST / 2),
            -(y - wall) + POST_LONG / 2,
            wall + POST / 2 if sz == 0 else z - wall - POST / 2,
        )
        post = at * (Box(POST, POST_LONG, POST) - Rot(90, 0, 0) * hole(2.6, POST_LONG))
        made = post if made is None else made + post
    return made


def _pi_posts(stand: Stand) -> Solid:
    wall = stand.box.wall
    x0, deep, z0 = stand.box.place["computer"]
    made = None
    for dx in (0, PI_HOLES[0]):
        for dz in (0, PI_HOLES[1]):
            at = Pos(
                x0 - stand.box.inside[0] / 2 + PI_EDGE + dx,
                -wall - deep / 2,
                wall + z0 + PI_EDGE + dz,
            )
            post = at * Rot(90, 0, 0) * (Cylinder(3, deep) - Cylinder(1.1, deep))
            made = post if made is None else made + post
    return made


def _openings(stand: Stand) -> Solid:
    """Slots for air in both sides, antennas and camera cable above, cables below."""
    x, y, z = stand.box_outside
    cut = Pos(-60, -9, z) * Box(26, 3, 12) + Pos(70, -y / 2, 0) * Box(26, 16, 12)
    cut += Pos(-92, -44, z) * hole(6.6, 12) + Pos(92, -44, z) * hole(6.6, 12)
    for index in range(6):
        cut += Pos(0, -14 - 6 * index, z - 45) * Box(x + 2, 2.6, 44)
        cut += Pos(-40 + 16 * index, -y / 2, 0) * Box(2.6, 30, 12)
    return cut


def box_lid(stand: Stand) -> Solid:
    """The front with the three lights and their pictures; same origin as the box."""
    x, y, z = stand.box_outside
    wall = stand.box.wall
    lid = Pos(0, -y + wall / 2, z / 2) * Box(x, wall, z)
    inset = wall + POST / 2
    for sx in (-1, 1):
        for height in (inset, z - inset):
            lid -= Pos(sx * (x / 2 - inset), -y, height) * Rot(90, 0, 0) * hole(M3, 20)
    for at, picture in zip(LIGHT_X, (_camera, _tick, _cloud), strict=True):
        lid -= Pos(at, -y, LIGHT_Z) * Rot(90, 0, 0) * hole(LIGHT_HOLE, 20)
        shape = Plane.XZ.offset(y + ENGRAVED) * Pos(at, LIGHT_Z + 20, 0) * picture()
        lid -= extrude(shape, 2 * ENGRAVED, both=True)
    return lid


def _camera() -> Solid:
    body = Rectangle(PICTURE, 0.66 * PICTURE) + Pos(0, 0.38 * PICTURE) * Rectangle(7, 3)
    return body - (Circle(4.4) - Circle(2.6))


def _tick() -> Solid:
    corners = [(-9, -1), (-6, 2.5), (-2, -1.5), (6.5, 7.5), (9, 4.5), (-2, -7.5)]
    return Polygon(*corners, align=None)


def _cloud() -> Solid:
    body = Pos(-4.5, -2) * Circle(4) + Pos(0.5, 1.5) * Circle(5) + Pos(5.5, -2) * Circle(3.8)
    return body + Pos(0.5, -3.9) * Rectangle(10, 4)


def button_body(stand: Stand) -> Solid:
    """The case of the two buttons, open above; origin below its middle."""
    x, y, z = _buttons_outside(stand)
    wall = stand.buttons.wall
    body = block(x, y, z - wall)
    body -= Pos(0, 0, wall) * block(x - 2 * wall, y - 2 * wall, z)
    for sx in (-1, 1):
        for sy in (-1, 1):
            at = Pos(sx * (x / 2 - wall - POST / 2), sy * (y / 2 - wall - POST / 2), z - wall - 12)
            body += at * (block(POST, POST, 12) - hole(2.6, 40))
    return body - Pos(0, y / 2, 14) * Rot(90, 0, 0) * hole(6, 12)


def button_lid(stand: Stand) -> Solid:
    """Its cover with both holes; same origin as the case."""
    x, y, z = _buttons_outside(stand)
    wall = stand.buttons.wall
    inset = wall + POST / 2
    lid = Pos(0, 0, z - wall) * block(x, y, wall)
    for at, diameter in zip(BUTTON_X, BUTTON_HOLES, strict=True):
        lid -= Pos(at, 0, z) * hole(diameter, 20)
    for sx in (-1, 1):
        for sy in (-1, 1):
            lid -= Pos(sx * (x / 2 - inset), sy * (y / 2 - inset), z) * hole(M3, 20)
    return lid


def _buttons_outside(stand: Stand) -> Triple:
    x, y, z = stand.buttons.inside
    wall = stand.buttons.wall
    return x + 2 * wall, y + 2 * wall, z + 2 * wall
