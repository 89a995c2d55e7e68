"""What the printed parts are made of: tubes, sleeves with clamping screws, holes. All in mm."""

from __future__ import annotations

from typing import Any

from build123d import Align, Box, Cylinder, Location, Pos, RegularPolygon, Rot, extrude

from tpshw.stand import Stand

Solid = Any
"""A solid of build123d, which brings no types of its own kernel."""

M5, M3, M25, M2 = 5.3, 3.3, 2.8, 2.2
"""Holes through which a screw passes, mm."""
NUT_M5 = (8.2, 4.4)
"""Nut trap: width over flats and depth, mm (DIN 934: 8.0 and 4.0 for a thin M5)."""
NUT_PLACES = (-16.0, 16.0)
"""Along a sleeve, mm from its middle."""


def block(x: float, y: float, z: float) -> Solid:
    """A block standing on the plane z = 0, centred in x and y."""
    return Box(x, y, z, align=(Align.CENTER, Align.CENTER, Align.MIN))


def corner_block(x: float, y: float, z: float) -> Solid:
    """A block from the origin into positive x, y and z."""
    return Box(x, y, z, align=(Align.MIN, Align.MIN, Align.MIN))


def tube(stand: Stand, length: float) -> Solid:
    """A square tube along z from the origin."""
    side, inner = stand.tube.side, stand.tube.side - 2 * stand.tube.wall
    return block(side, side, length) - block(inner, inner, length)


def bore(stand: Stand, length: float) -> Solid:
    """The room for a tube in a sleeve, centred, along z."""
    return Box(stand.bore, stand.bore, length)


def sleeve_body(stand: Stand, length: float) -> Solid:
    """A sleeve before its bore is cut, centred, along z."""
    return Box(stand.sleeve, stand.sleeve, length)


def screws(stand: Stand, length: float) -> Solid:
    """What clamping screws cut out of a sleeve's +x side: two holes, nut traps at the bore.

    The nut lies in the wall, the screw presses on the tube.
    """
    places = [p for p in NUT_PLACES if abs(p) < length / 2 - 6] or [0.0]
    cut = [_screw(stand, place) for place in places]
    return cut[0] + cut[1] if len(cut) == 2 else cut[0]


def _screw(stand: Stand, place: float) -> Solid:
    flats, deep = NUT_M5
    reach = stand.joint.wall + 2
    hole = Rot(0, 90, 0) * Cylinder(M5 / 2, reach, align=(Align.CENTER, Align.CENTER, Align.MIN))
    nut = Rot(0, 90, 0) * extrude(RegularPolygon(flats / 2, 6, major_radius=False), deep)
    return Pos(stand.bore / 2 - 0.1, 0, place) * (hole + nut)


def hole(diameter: float, length: float) -> Solid:
    """A round hole along z, centred."""
    return Cylinder(diameter / 2, length)


def holes(diameter: float, length: float, places: list[tuple[float, float]]) -> Solid:
    """Holes along z at (x, y)."""
    made = [Pos(x, y, 0) * hole(diameter, length) for x, y in places]
    whole = made[0]
    for one in made[1:]:
        whole = whole + one
    return whole


def along_y() -> Location:
    """Turns what is along z to be along -y."""
    return Rot(90, 0, 0)
