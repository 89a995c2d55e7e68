"""The drawings of stand and box as SVG: views of the solids with measures and names."""

from __future__ import annotations

from build123d import Pos, Rot

from tpshw import assembly
from tpshw.assembly import Design, Placed
from tpshw.ink import BLUE, Ink
from tpshw.stand import post
from tpshw.views import FRONT, OBLIQUE, SIDE, drawn, seen_at

LETTERS = 22.0
"""Height of the letters in drawings of the whole stand, mm."""


def stand_front(design: Design, solids: Placed) -> str:
    """Seen from the officers' side."""
    view = drawn(list(solids.values()), FRONT)
    ink = Ink((-950, -190, 950, 1130), LETTERS, "Stand from the front")
    ink.lines(view.lines)
    s, at = design.stand, design.at
    half, lamp = s.board.width / 2, s.lamp
    ink.across((-450, 0), (450, 0), -75, "sheet 900")
    ink.across((-half, -9), (half, -9), -135, f"board {s.board.width:.0f}")
    between = f"between the LED bars {2 * lamp.x:.0f}"
    ink.across((-lamp.x, lamp.z), (lamp.x, lamp.z), 460, between, -560)
    ink.upward((60, 0), (0, at.lens), 250, f"lens {at.lens:.0f}")
    ink.upward((half, 0), (lamp.x, lamp.z), 880, f"{lamp.z:.0f}")
    ink.upward((0, 0), (0, s.tube.column), -330, f"column {s.tube.column:.0f}")
    ink.name((90, at.box_top - 100), (330, at.box_top + 130), "box with the three lights")
    ink.name((20, at.lens + 10), (330, 1080), "camera")
    ink.name((380, 20), (560, 230), "buttons")
    return ink.svg()


def stand_side(design: Design, solids: Placed) -> str:
    """Seen from the right; the rear is at the right of the picture."""
    view = drawn(list(solids.values()), SIDE)
    ink = Ink((-600, -190, 760, 1130), LETTERS, "Stand from the side")
    s, at = design.stand, design.at
    board, y = s.board, s.place.column_y
    spread = design.view.field[1] / 2
    ink.area([(0, at.lens), (-spread, 0), (spread, 0)], BLUE, 0.08)
    ink.lines(view.lines)
    ink.across((-300, 0), (300, 0), -75, "sheet 600", 120)
    ink.across((board.front_edge, -9), (board.seam, -9), -135, f"{board.front:.0f}")
    ink.across((board.seam, -9), (board.rear_edge, -9), -135, f"{board.rear:.0f}")
    ink.across((0, at.axis), (y, at.axis), 1060, f"{y:.0f}")
    ink.upward((0, 0), (0, at.lens), -400, f"lens {at.lens:.0f}")
    ink.upward((y, 0), (y, at.axis), 480, f"arm {at.axis:.0f}")
    ink.upward((board.rear_edge, 0), (y, s.tube.column), 610, f"{s.tube.column:.0f}")
    ink.name((270, at.box_top - 100), (120, at.box_top - 180), "box")
    ink.name((-60, 640), (-190, 760), "seen")
    return ink.svg()


def stand_oblique(design: Design, solids: Placed) -> str:
    """The whole, with names."""
    view = drawn(list(solids.values()), OBLIQUE)
    left, bottom, right, top = view.bounds
    ink = Ink((left - 130, bottom - 70, right + 190, top + 70), LETTERS, "The stand")
    ink.lines(view.lines)
    s, at = design.stand, design.at
    up = post(s)
    y = s.place.column_y
    where = {
        "camera": ((0, -20, at.lens + 10), (-480, 1010)),
        "arm": ((0, 130, at.axis), (-480, 940)),
        "box": ((-60, at.box_front, at.box_top - 130), (-480, 640)),
        "column": ((0, y - 10, 230), (560, 760)),
        "column foot": ((40, y, 15), (560, 690)),
        "LED bar": ((s.lamp.x, 60, s.lamp.z), (right - 60, 520)),
        "lamp post": (((s.lamp.foot_x + up.x) / 2, 0, up.z / 2), (right - 60, -60)),
        "corner stop": ((-440, 303, 4), (-560, 300)),
        "sheet": ((-250, -150, 1), (-640, -110)),
        "seam with hinges": ((-479, s.board.seam, 0), (-560, -40)),
        "buttons": ((397, -400, 40), (450, -250)),
    }
    for name, (at3, place) in where.items():
        ink.name(seen_at(at3, OBLIQUE), place, name)
    return ink.svg()


APART = {
    "box_lid": (0.0, -310.0, 0.0),
    "interface": (0.0, -190.0, 0.0),
    "cellular": (0.0, -150.0, 0.0),
    "lorawan": (0.0, -150.0, 0.0),
    "powerbank": (0.0, -60.0, 0.0),
    "computer": (0.0, -60.0, 0.0),
}
"""By how much the parts of the box are drawn apart, mm."""
ABOVE = (1.0, -1.1, 0.8)
CALLED = {
    "computer": ("Raspberry Pi", (-30, 110)),
    "powerbank": ("power bank", (250, -95)),
    "cellular": ("4G modem", (-30, 45)),
    "lorawan": ("LoRaWAN modem", (205, -150)),
    "interface": ("interface board", (205, 130)),
    "box_lid": ("lid with the three lights", (-60, -185)),
}
"""Names in the drawing of the box, and where they stand."""


def box_exploded(design: Design, solids: Placed) -> str:
    """The box, its contents and lid drawn apart."""
    down = Pos(0, 0, -design.at.box_top)
    apart = {name: down * Pos(*APART.get(name, (0, 0, 0))) * solids[name] for name in BOX_PARTS}
    view = drawn(list(apart.values()), ABOVE)
    left, bottom, right, top = view.bounds
    ink = Ink((left - 90, bottom - 12, right + 90, top + 12), 9.0, "The box, drawn apart")
    ink.lines(view.lines)
    for name, (words, place) in CALLED.items():
        middle = apart[name].bounding_box().center()
        ink.name(seen_at((middle.X, middle.Y, middle.Z), ABOVE), place, words)
    return ink.svg()


BOX_PARTS = ("box_body", *APART)


def printed_parts() -> str:
    """All printed parts side by side, with their measures."""
    made = assembly.printed()
    turned = {"arm_clamp": Rot(0, 0, 150), "box_body": Rot(0, 0, 0)}
    ink = Ink((0, -10, 960, 450), 12.0, "The printed parts")
    places = [
        ("box_body", 130, 220), ("box_lid", 390, 220), ("button_body", 590, 220),
        ("button_lid", 740, 220), ("foot", 880, 220), ("arm_clamp", 90, 50),
        ("head", 290, 50), ("lamp_foot", 470, 50), ("lamp_head", 680, 50), ("stop", 870, 50),
    ]  # fmt: skip
    for name, x, y in places:
        solid = turned[name] * made[name] if name in turned else made[name]
        view = drawn([solid], OBLIQUE)
        left, bottom, right, _ = view.bounds
        ink.lines(view.lines, (x - (left + right) / 2, y - bottom))
        size = made[name].bounding_box().size
        measure = f"{size.X:.0f} x {size.Y:.0f} x {size.Z:.0f}"
        ink.text((x, y - 24), f"{PIECES[name]} x {name.replace('_', ' ')}")
        ink.text((x, y - 40), measure, BLUE, size=0.85)
    return ink.svg()


PIECES = {
    "foot": 1, "arm_clamp": 1, "head": 1, "lamp_foot": 2, "lamp_head": 2, "stop": 2,
    "box_body": 1, "box_lid": 1, "button_body": 1, "button_lid": 1,
}  # fmt: skip
"""How many of each are printed; none needs a mirrored twin."""
