"""Line drawings with measures and names as SVG: mm to the right and up become a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import drawsvg

Point = tuple[float, float]
BLACK, GREY, BLUE, GOLD, RED = "#1a1a1a", "#8a8a8a", "#1f5fa8", "#e0a800", "#b03030"
PIXELS_WIDE = 900


class Ink:
    """A drawing of the region left, bottom, right, top in mm; text is `letters` mm high."""

    def __init__(
        self, region: tuple[float, float, float, float], letters: float, title: str
    ) -> None:
        left, bottom, right, top = region
        wide, high = right - left, top - bottom
        self.letters = letters
        self._drawing: Any = drawsvg.Drawing(wide, high, origin=(left, -top))
        self._drawing.set_render_size(PIXELS_WIDE, round(PIXELS_WIDE * high / wide))
        self._drawing.append_title(title)
        self._drawing.append(drawsvg.Rectangle(left, -top, wide, high, fill="white"))

    def svg(self) -> str:
        """The picture."""
        text: str = self._drawing.as_svg()
        return text.rstrip() + "\n"

    def line(
        self,
        points: Sequence[Point],
        colour: str = BLACK,
        width: float = 0.08,
        dashed: bool = False,
    ) -> None:
        """An open line; `width` in letters."""
        self._path(points, colour, width, dashed=dashed, close=False, fill="none")

    def area(self, points: Sequence[Point], fill: str, opacity: float = 1.0) -> None:
        """A filled polygon without an edge."""
        self._path(points, "none", 0, close=True, fill=fill, opacity=opacity)

    def lines(
        self, lines: Sequence[Sequence[Point]], at: Point = (0, 0), width: float = 0.06
    ) -> None:
        """Many lines as one path, moved by `at`."""
        steps = []
        for points in lines:
            moved = [f"{x + at[0]:.1f},{-y - at[1]:.1f}" for x, y in points]
            steps.append("M" + "L".join(moved))
        self._drawing.append(
            drawsvg.Path(
                d="".join(steps),
                fill="none",
                stroke=BLACK,
                stroke_width=round(width * self.letters, 2),
                stroke_linecap="round",
                stroke_linejoin="round",
            )
        )

    def text(
        self, at: Point, words: str, colour: str = BLACK, anchor: str = "middle", size: float = 1.0
    ) -> None:
        """One line of text on the base line at `at`; `anchor` is start, middle or end."""
        self._drawing.append(
            drawsvg.Text(
                words,
                round(size * self.letters, 2),
                round(at[0], 1),
                round(-at[1], 1),
                fill=colour,
                text_anchor=anchor,
                font_family="DejaVu Sans, Arial, sans-serif",
            )
        )

    def across(
        self, start: Point, end: Point, level: float, words: str, shift: float = 0.0
    ) -> None:
        """A horizontal measure between two points at the height `level`; words off the middle."""
        for x, y in (start, end):
            self.line([(x, y), (x, level)], BLUE, 0.04)
        self._arrow((start[0], level), (end[0], level))
        at = ((start[0] + end[0]) / 2 + shift, level + 0.35 * self.letters)
        self.text(at, words, BLUE)

    def upward(self, start: Point, end: Point, level: float, words: str) -> None:
        """A vertical measure between two points, drawn at x = `level`, words at its right."""
        for x, y in (start, end):
            self.line([(x, y), (level, y)], BLUE, 0.04)
        self._arrow((level, start[1]), (level, end[1]))
        at = (level + 0.4 * self.letters, (start[1] + end[1]) / 2 - 0.35 * self.letters)
        self.text(at, words, BLUE, "start")

    def name(self, at: Point, place: Point, words: str) -> None:
        """A name at `place` with a line to the thing at `at`."""
        right = place[0] >= at[0]
        self.line([at, place], GREY, 0.05)
        self._dot(at)
        step = 0.3 * self.letters * (1 if right else -1)
        where = (place[0] + step, place[1] - 0.35 * self.letters)
        self.text(where, words, BLACK, "start" if right else "end")

    def _dot(self, at: Point) -> None:
        radius = round(0.16 * self.letters, 2)
        self._drawing.append(drawsvg.Circle(round(at[0], 1), round(-at[1], 1), radius, fill=GREY))

    def _arrow(self, start: Point, end: Point) -> None:
        self.line([start, end], BLUE, 0.06)
        length = 0.9 * self.letters
        span = max(abs(end[0] - start[0]), abs(end[1] - start[1]))
        along = ((end[0] - start[0]) / span, (end[1] - start[1]) / span)
        for tip, sign in ((start, 1), (end, -1)):
            back = (tip[0] + sign * length * along[0], tip[1] + sign * length * along[1])
            side = (0.22 * length * along[1], 0.22 * length * along[0])
            self.area(
                [
                    tip,
                    (back[0] + side[0], back[1] - side[1]),
                    (back[0] - side[0], back[1] + side[1]),
                ],
                BLUE,
            )

    def _path(
        self,
        points: Sequence[Point],
        colour: str,
        width: float,
        *,
        close: bool,
        fill: str,
        dashed: bool = False,
        opacity: float = 1.0,
    ) -> None:
        moved = "L".join(f"{x:.1f},{-y:.1f}" for x, y in points)
        extra: dict[str, Any] = {"fill_opacity": opacity} if opacity < 1 else {}
        if dashed:
            extra["stroke_dasharray"] = f"{0.8 * self.letters:.1f} {0.5 * self.letters:.1f}"
        self._drawing.append(
            drawsvg.Path(
                d="M" + moved + ("Z" if close else ""),
                fill=fill,
                stroke=colour,
                stroke_width=round(width * self.letters, 2),
                **extra,
            )
        )
