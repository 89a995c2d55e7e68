"""The printed joints of the stand, each where it sits when its own origin is at (0, 0, 0)."""

from __future__ import annotations

from math import atan2, cos, degrees, radians, sin

from build123d import Box, Plane, Polygon, Pos, Rot, extrude

from tpshw.solids import (
    M2,
    M5,
    M25,
    Solid,
    along_y,
    block,
    bore,
    holes,
    screws,
    sleeve_body,
)  # fmt: skip
from tpshw.stand import Stand, post

PLATE = 6.0
"""Thickness of base plates, mm."""
CM3_HOLES = (21.0, 12.5)
HQ_HOLES = (30.0, 30.0)
"""Distances of mounting holes, mm: Raspberry Pi's mechanical drawings of the camera boards."""
HEAD = (62.0, 56.0, 4.0)
"""The plate that carries the camera, mm."""
HEAD_SLEEVE = 50.0
LAMP_SLEEVE = 60.0
CRADLE = (22.0, 90.0, 6.0)
BAR_DEEP = 12.0
"""Of the LED bar, mm."""
TUBE_SHORT = 6.0
"""By how much the post's tube ends below the upper end of its axis, mm."""
STOP = (40.0, 12.0, 4.0)
"""Arm, width and height of a corner stop, mm."""


def foot(stand: Stand) -> Solid:
    """On the board's rear half: a plate with a sleeve for the column; origin on the board."""
    tall = stand.joint.foot
    body = block(124, 54, PLATE) + Pos(0, 0, tall / 2) * sleeve_body(stand, tall)
    rib = extrude(Plane.XZ * Polygon((0, 0), (58, 0), (0, 58), align=None), 5, both=True)
    body += Pos(0, 0, PLATE - 1) * (rib + Rot(0, 0, 180) * rib)
    body -= Pos(0, 0, tall / 2) * bore(stand, tall)
    body -= holes(M5, 40, [(x, y) for x in (-50, 50) for y in (-18, 18)])
    return body - Pos(0, 0, tall - 30) * Rot(0, 0, 90) * screws(stand, 60)


def arm_clamp(stand: Stand) -> Solid:
    """Slides on the column (origin on its axis, at the arm's height); the arm leaves to -y."""
    long = stand.joint.sleeve
    out = arm_start(stand)
    body = sleeve_body(stand, long)
    body += Pos(0, -out - long / 2, 0) * along_y() * sleeve_body(stand, long)
    body -= bore(stand, long)
    body -= Pos(0, -out - long / 2, 0) * along_y() * bore(stand, long)
    body -= Rot(0, 0, 90) * screws(stand, long)
    return body - Pos(0, -out - long / 2, 0) * along_y() * screws(stand, long)


def arm_start(stand: Stand) -> float:
    """From the column's axis to where the arm begins, mm."""
    return stand.sleeve / 2


def head(stand: Stand) -> Solid:
    """On the arm's end: origin on the arm's axis over the lens; the camera hangs below the plate.

    Holes for Camera Module 3 and for the HQ camera; a slot lets the cable through.
    """
    x, y, thick = HEAD
    body = along_y() * sleeve_body(stand, HEAD_SLEEVE)
    body += Pos(0, 0, -stand.sleeve / 2 - thick) * block(x, y, thick)
    body -= along_y() * bore(stand, HEAD_SLEEVE)
    body -= along_y() * screws(stand, HEAD_SLEEVE)
    deep = Pos(0, 0, -stand.sleeve / 2 - thick / 2)
    (w, h), (hq, _) = CM3_HOLES, HQ_HOLES
    small = [(sx * w / 2, sy * h / 2) for sx in (-1, 1) for sy in (-1, 1)]
    large = [(sx * hq / 2, sy * hq / 2) for sx in (-1, 1) for sy in (-1, 1)]
    body -= deep * holes(M2, thick + 1, small)
    body -= deep * holes(M25, thick + 1, large)
    return body - deep * Pos(0, 24, 0) * Box(24, 3, thick + 1)


def lamp_foot(stand: Stand) -> Solid:
    """At the board's +x edge: origin at (lamp.foot_x, 0, 0); the post leans outwards."""
    lean = post(stand).lean
    inner = stand.board.width / 2 - 28 - stand.lamp.foot_x
    up = LAMP_SLEEVE + 5
    top = (up * sin(radians(lean)), up * cos(radians(lean)))
    web = Plane.XZ * Polygon(
        (inner, 0), (inner, PLATE), (inner + 16, PLATE), top, (4, 0), align=None
    )
    turn = Rot(0, lean, 0) * Pos(0, 0, 5 + LAMP_SLEEVE / 2)
    body = extrude(web, 16, both=True) + turn * sleeve_body(stand, LAMP_SLEEVE)
    body += Pos(inner + 13, 0, 0) * block(26, 90, PLATE)
    body -= turn * bore(stand, LAMP_SLEEVE)
    body -= Rot(0, lean, 0) * Pos(0, 0, 60) * bore(stand, 60)
    body -= turn * screws(stand, LAMP_SLEEVE)
    body -= Pos(inner + 13, 0, 0) * holes(M5, 40, [(0, -34), (0, 34)])
    # What would reach below the sheet's plane beside the board's edge is cut off.
    return body - Pos(0, 0, -stand.board.thick - 50) * block(400, 200, 50)


def lamp_head(stand: Stand) -> Solid:
    """On the post's end: origin at the LED bar's middle; a cradle that faces the sheet."""
    top = post(stand)
    at = Pos(top.x - stand.lamp.x, 0, top.z - stand.lamp.z) * Rot(0, top.lean, 0)
    face = Rot(0, lamp_turn(stand), 0)
    body = at * Pos(0, 0, -20) * sleeve_body(stand, 50)
    body += face * Pos(0, 0, -BAR_DEEP / 2 - CRADLE[2] / 2) * Box(*CRADLE)
    body += face * Pos(0, 0, -BAR_DEEP / 2 - 20) * Box(CRADLE[0], 30, 40)
    body -= at * Pos(0, 0, -TUBE_SHORT - 25) * bore(stand, 50)
    return body - at * Pos(0, 0, -20) * screws(stand, 40)


def lamp_turn(stand: Stand) -> float:
    """About y, so that what points along +z faces as the LED bar does, degrees."""
    x, z = stand.lamp.facing
    return degrees(atan2(x, z))


def stop() -> Solid:
    """A corner against which the sheet is pushed: the rear left one, origin in the corner."""
    arm, wide, tall = STOP
    body = Pos(-wide, 0, 0) * _corner(wide + arm, wide, tall)
    body += Pos(-wide, -arm, 0) * _corner(wide, arm, tall)
    return body - holes(M5 - 1.3, 20, [(arm / 2, wide / 2), (-wide / 2, -arm / 2)])


def _corner(x: float, y: float, z: float) -> Solid:
    return Pos(x / 2, y / 2, 0) * block(x, y, z)
