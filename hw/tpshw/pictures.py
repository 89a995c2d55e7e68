"""The small pictures on the printed card: the three icons, buttons, and strips of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fpdf import FPDF
from tpsbox.board.signals import Light

SECONDS = 4.0
"""Shown by a strip of time."""
LEAST = 0.8
"""Width of the shortest flash or click, mm: still seen in print."""
LIT, DARK, EDGE = (255, 205, 40), (70, 70, 70), (40, 40, 40)

Level = Callable[[float], bool]
"""Whether something is on, by the seconds since it began."""
Box = tuple[float, float, float, float]
"""x, y, width, height in mm."""


def strip(pdf: FPDF, box: Box, level: Level, seconds: float = SECONDS) -> None:
    """A bar of time: light where it is lit, dark where not."""
    x, y, width, height = box
    pdf.set_fill_color(*DARK)
    pdf.rect(x, y, width, height, style="F")
    pdf.set_fill_color(*LIT)
    for start, end in runs(level, seconds):
        shown = max(width * (end - start) / seconds, LEAST)
        pdf.rect(x + width * start / seconds, y, shown, height, "F")
    pdf.set_draw_color(*EDGE)
    pdf.set_line_width(0.2)
    pdf.rect(x, y, width, height)


def runs(level: Level, seconds: float, step: float = 0.025) -> list[tuple[float, float]]:
    """When it is on: start and end of each time, s; beats are multiples of `step`."""
    found: list[tuple[float, float]] = []
    steps = round(seconds / step)
    start: int | None = None
    for index in range(steps + 1):
        # The middle of a step, so that no beat's edge is met.
        on = index < steps and level((index + 0.5) * step)
        if on and start is None:
            start = index
        elif not on and start is not None:
            found.append((start * step, index * step))
            start = None
    return found


def beeps(beats: Sequence[float]) -> Level:
    """A sound as a level: on, off, on ... and then silence."""
    edges = [sum(beats[: index + 1]) for index in range(len(beats))]

    def level(seconds: float) -> bool:
        return next((index % 2 == 0 for index, edge in enumerate(edges) if seconds < edge), False)

    return level


def icon(pdf: FPDF, light: Light, box: Box) -> None:
    """The picture of a light, as on the lid of the box."""
    pdf.set_draw_color(*EDGE)
    pdf.set_fill_color(*EDGE)
    {Light.CAMERA: _camera, Light.TICK: _tick, Light.CLOUD: _cloud}[light](pdf, box)


def _camera(pdf: FPDF, box: Box) -> None:
    x, y, w, h = box
    pdf.rect(x + 0.32 * w, y + 0.12 * h, 0.36 * w, 0.2 * h, style="F")
    pdf.rect(x, y + 0.25 * h, w, 0.63 * h, style="F", round_corners=True, corner_radius=0.1 * w)
    pdf.set_fill_color(255, 255, 255)
    pdf.circle(x + w / 2, y + 0.56 * h, 0.23 * h, style="F")
    pdf.set_fill_color(*EDGE)
    pdf.circle(x + w / 2, y + 0.56 * h, 0.14 * h, style="F")


def _tick(pdf: FPDF, box: Box) -> None:
    x, y, w, h = box
    shape = [(0.02, 0.55), (0.18, 0.4), (0.4, 0.62), (0.84, 0.14), (0.98, 0.3), (0.4, 0.92)]
    pdf.polygon([(x + a * w, y + b * h) for a, b in shape], style="F")


def _cloud(pdf: FPDF, box: Box) -> None:
    x, y, w, h = box
    pdf.circle(x + 0.25 * w, y + 0.6 * h, 0.21 * w, style="F")
    pdf.circle(x + 0.5 * w, y + 0.45 * h, 0.27 * w, style="F")
    pdf.circle(x + 0.76 * w, y + 0.6 * h, 0.2 * w, style="F")
    pdf.rect(x + 0.25 * w, y + 0.55 * h, 0.51 * w, 0.6 * h - 0.55 * h + 0.21 * w, style="F")


def button(pdf: FPDF, box: Box, small: bool = False) -> None:
    """A push button from above, as wide as the box is high."""
    x, y, _, h = box
    radius = h / 2 * (0.55 if small else 1)
    pdf.set_draw_color(*EDGE)
    pdf.set_line_width(0.5)
    pdf.set_fill_color(*((60, 60, 60) if small else (40, 150, 70)))
    pdf.circle(x + h / 2, y + h / 2, radius, style="DF")
    pdf.set_draw_color(255, 255, 255)
    pdf.circle(x + h / 2, y + h / 2, radius * 0.72, style="D")
