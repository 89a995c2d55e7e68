"""The whole: every part in its place, for one camera, one computer and one sheet."""

from __future__ import annotations

from functools import cache

from build123d import Compound, Plane, Pos, Rot, mirror

from tpshw import bought, cases, joints
from tpshw.optics import Cameras, View, cameras
from tpshw.solids import Solid, along_y, tube
from tpshw.stand import Setting, Stand, over, post, stand
from tpshw.tables import Parts, parts

Placed = dict[str, Solid]
"""Solids by name; printed ones have the names of PRINTED, bought ones others."""

PRINTED = (
    "foot", "arm_clamp", "head", "lamp_foot", "lamp_head", "stop", "box_body", "box_lid",
    "button_body", "button_lid",
)  # fmt: skip
BUTTONS_AT = (380.0, -400.0)
"""The button case stands on the table before the board, mm."""


class Design:
    """The tables, and what follows from one choice of camera, computer and sheet."""

    def __init__(self, camera: str = "cm3", computer: str = "pi4", sheet: str = "plano") -> None:
        self.stand: Stand = stand()
        self.parts: Parts = parts()
        self.cameras: Cameras = cameras()
        self.camera, self.computer, self.sheet = camera, computer, sheet
        self.view: View
        self.at: Setting
        self.view, self.at = over(self.stand, self.cameras, camera, sheet)

    def size(self, part: str) -> tuple[float, float, float]:
        """Of a bought part, mm.

        Raises:
            ValueError: the table gives none.
        """
        found = self.parts.part[part].size
        if found is None:
            raise ValueError(f"hw/parts.toml gives no size of {part}")
        return found


@cache
def printed() -> Placed:
    """One of each printed part about its own origin, as it is exported.

    They are the same for every camera, computer and sheet, so they are made once.
    """
    s = stand()
    return {
        "foot": joints.foot(s),
        "arm_clamp": joints.arm_clamp(s),
        "head": joints.head(s),
        "lamp_foot": joints.lamp_foot(s),
        "lamp_head": joints.lamp_head(s),
        "stop": joints.stop(),
        "box_body": cases.box_body(s),
        "box_lid": cases.box_lid(s),
        "button_body": cases.button_body(s),
        "button_lid": cases.button_lid(s),
    }


def placed(design: Design) -> Placed:
    """Everything in its place, origin in the middle of the sheet."""
    made = printed()
    return _stand(design, made) | _lamps(design, made) | _box(design, made) | _desk(design, made)


def whole(solids: Placed) -> Solid:
    """As one compound."""
    return Compound(children=list(solids.values()))


def _stand(design: Design, made: Placed) -> Placed:
    s, at = design.stand, design.at
    y = s.place.column_y
    begin = y - joints.arm_start(s)
    lens_up = -s.sleeve / 2 - s.place.board_to_lens
    return bought.boards(s) | {
        "sheet": bought.sheet(design.cameras.sheet[design.sheet].size),
        "column": Pos(0, y, 0) * bought.column(s),
        "foot": Pos(0, y, 0) * made["foot"],
        "arm_clamp": Pos(0, y, at.axis) * made["arm_clamp"],
        "arm": Pos(0, begin, at.axis) * along_y() * tube(s, s.tube.arm),
        "head": Pos(0, 0, at.axis) * made["head"],
        "camera": Pos(0, 0, at.axis + lens_up) * bought.camera(design.size(design.camera)),
    }


def _lamps(design: Design, made: Placed) -> Placed:
    s = design.stand
    lamp, lean = s.lamp, post(s).lean
    right = {
        "lamp_foot": Pos(lamp.foot_x, 0, 0) * made["lamp_foot"],
        "lamp_post": Pos(lamp.foot_x, 0, 0)
        * Rot(0, lean, 0)
        * Pos(0, 0, 8)
        * tube(s, s.tube.lamp_post),
        "lamp_head": Pos(lamp.x, 0, lamp.z) * made["lamp_head"],
        "lamp": Pos(lamp.x, 0, lamp.z)
        * Rot(0, joints.lamp_turn(s), 0)
        * bought.led_bar(design.size("lamp")),
    }
    left = {f"{name}_left": mirror(solid, Plane.YZ) for name, solid in right.items()}
    return right | left


def _box(design: Design, made: Placed) -> Placed:
    s, at = design.stand, design.at
    rear = s.place.column_y - s.sleeve / 2
    origin = Pos(0, rear, at.box_top - s.box_outside[2])
    inside = origin * Pos(-s.box.inside[0] / 2, -s.box.wall, s.box.wall)
    solids = {name: origin * made[name] for name in ("box_body", "box_lid")}
    for part, (x, depth, z) in s.box.place.items():
        size = design.size(design.computer if part == "computer" else part)
        solid = bought.computer(size) if part == "computer" else bought.lying(size)
        solids[part] = inside * Pos(x, -depth, z) * solid
    return solids


def _desk(design: Design, made: Placed) -> Placed:
    s = design.stand
    half, rear = 450.0, 300.0
    case = Pos(*BUTTONS_AT, -s.board.thick)
    top = case * Pos(0, 0, s.buttons.inside[2] + 2 * s.buttons.wall)
    stop = made["stop"]
    buttons = {
        f"button_{index}": top * Pos(x, 0, 0) * bought.push_button(hole)
        for index, (x, hole) in enumerate(
            zip(cases.BUTTON_X, cases.BUTTON_HOLES, strict=True), start=1
        )
    }
    return buttons | {
        "stop": Pos(-half, rear, 0) * stop,
        "stop_right": mirror(Pos(-half, rear, 0) * stop, Plane.YZ),
        "button_body": case * made["button_body"],
        "button_lid": case * made["button_lid"],
    }
