"""For each camera a drawing of what it sees, what is sharp, and where the lamps would glare."""

from __future__ import annotations

from math import radians, tan

from tpshw.ink import BLUE, GOLD, GREY, RED, Ink
from tpshw.light import glare
from tpshw.optics import Camera, Cameras, view
from tpshw.stand import Stand

LETTERS = 24.0


def optics_sheet(camera: Camera, cameras: Cameras, stand: Stand) -> str:
    """The long side of the plano sheet, seen from the officers' side, with the lamps."""
    sheet = cameras.sheet["plano"]
    seen = view(camera, sheet, cameras.demand)
    lamp, half = stand.lamp, sheet.size[0] / 2
    away = seen.distance
    ink = Ink((-980, -330, 980, away + 130), LETTERS, f"{camera.name} over a plano sheet")
    near, far = seen.sharp
    reach = min(far, away + 40)
    edges = [
        (side * d * tan(radians(seen.half[0])), away - d) for d in (near, reach) for side in (-1, 1)
    ]
    ink.area([edges[0], edges[1], edges[3], edges[2]], BLUE, 0.12)
    wide = seen.field[0] / 2
    ink.line([(-wide, 0), (0, away), (wide, 0)], BLUE, 0.06)
    ink.line([(-half, 0), (half, 0)], width=0.25)
    ink.area([(-14, away), (14, away), (14, away + 26), (-14, away + 26)], GREY)
    for side in (-1, 1):
        _lamp(ink, side, stand, away, half)
    ink.across((-half, 0), (half, 0), -70, f"sheet {sheet.size[0]:.0f} x {sheet.size[1]:.0f}")
    ink.across((-wide, 0), (wide, 0), -135, f"picture {seen.field[0]:.0f} x {seen.field[1]:.0f}")
    ink.upward((0, 0), (0, away), -700, f"{away:.0f}")
    ink.upward((half, 0), (lamp.x, lamp.z), 890, f"{lamp.z:.0f}")
    ink.text((0, away + 60), camera.name, size=1.2)
    for row, words in enumerate(
        (
            f"{seen.per_mm:.2f} pixels per mm; sharp from {near:.0f} to {far:.0f} mm (blue)",
            f"the camera may lean {seen.marks:.1f} degrees before a corner mark is lost",
            f"flat paper mirrors the lamp at {glare(lamp, away):.0f} mm from the middle "
            f"(red); the sheet ends at {half:.0f}",
        )
    ):
        ink.text((0, -190 - 42 * row), words, size=0.95)
    return ink.svg()


def _lamp(ink: Ink, side: int, stand: Stand, away: float, half: float) -> None:
    lamp = stand.lamp
    at = (side * lamp.x, lamp.z)
    mirror = side * glare(lamp, away)
    ink.line([at, (mirror, 0), (0, away)], RED, 0.05, dashed=True)
    ink.area([at, (side * half, 0), (-side * half, 0)], GOLD, 0.10)
    ink.area(
        [
            (at[0] - 12, at[1] - 9),
            (at[0] + 12, at[1] - 9),
            (at[0] + 12, at[1] + 9),
            (at[0] - 12, at[1] + 9),
        ],
        GOLD,
    )
