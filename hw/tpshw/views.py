"""Views of solids as line drawings: hidden lines removed, as paths of rounded points."""

from __future__ import annotations

from math import ceil

from build123d import Box, Compound, GeomType, Pos
from msgspec import Struct

from tpshw.solids import Solid

Point = tuple[float, float]
Line = tuple[Point, ...]
FAR = 10_000.0
"""Distance of the eye of a parallel view, mm."""
FRONT, SIDE, OBLIQUE = (0.0, -1.0, 0.0), (1.0, 0.0, 0.0), (1.0, -1.5, 0.9)
"""Where the eye is."""


class Drawn(Struct, frozen=True):
    """Lines of a view, mm to the right and up from the projection of the origin."""

    lines: tuple[Line, ...]

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, bottom, right, top."""
        xs = [x for line in self.lines for x, _ in line]
        ys = [y for line in self.lines for _, y in line]
        return min(xs), min(ys), max(xs), max(ys)


def drawn(solids: list[Solid], eye: tuple[float, float, float], fine: float = 0.3) -> Drawn:
    """What an eye far away in that direction sees; curves are cut finer than `fine` mm."""
    shape = Compound(children=[Pos(0, 0, 0) * solid for solid in solids])
    seen, _ = shape.project_to_viewport(tuple(FAR * way for way in eye), look_at=(0, 0, 0))
    lines = {_points(edge, fine) for edge in seen}
    return Drawn(tuple(sorted(line for line in lines if len(line) > 1)))


def seen_at(point: tuple[float, float, float], eye: tuple[float, float, float]) -> Point:
    """Where a point is in such a view, mm."""
    left, bottom, right, top = drawn([Pos(*point) * Box(0.2, 0.2, 0.2)], eye).bounds
    return (left + right) / 2, (bottom + top) / 2


def _points(edge: Solid, fine: float) -> Line:
    steps = 1 if edge.geom_type == GeomType.LINE else max(2, min(48, ceil(edge.length / fine / 5)))
    found: list[Point] = []
    for index in range(steps + 1):
        at = edge.position_at(index / steps)
        point = (round(at.X, 1) + 0.0, round(at.Y, 1) + 0.0)
        if not found or found[-1] != point:
            found.append(point)
    return tuple(min(found, found[::-1]))
