"""Shapes that the handwriting pools lack, as strokes in a unit square (y down).

Seven-segment digits drawn along the guide, closed-top 4, slashed and rectangular 0, bare 1,
barred 7, crosses, dashes and scribbles.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from synthesis import GUIDE_HEIGHT, GUIDE_WIDTH, Strokes

Rng = np.random.Generator

SEGMENT_PATHS: dict[int, tuple[tuple[str, ...], ...]] = {
    0: (("abfea",), ("abfe", "ea")),
    1: (("xy",), ("xy",), ("bf",), ("ae",)),
    2: (("abdcef",),),
    3: (("abfe", "cd"), ("abdc", "dfe"), ("abdfe", "md")),
    4: (("acd", "bf"), ("acd", "bf"), ("acd", "xy")),
    5: (("bacdfe",), ("acdfe", "ab")),
    6: (("bacefdc",), ("acefdc",)),
    7: (("abf",), ("abf",), ("abe",), ("aby",), ("cabf",)),
    8: (("abfeacd",), ("abfea", "cd"), ("abdca", "cdfec")),
    9: (("dcabfe",), ("dcabf",), ("bacdbfe",)),
}
"""Corners of the guide: a b / c d / e f, x y top and bottom middle, m the centre."""

CORNERS = {
    "a": (0, 0),
    "b": (1, 0),
    "c": (0, 0.5),
    "d": (1, 0.5),
    "e": (0, 1),
    "f": (1, 1),
    "x": (0.5, 0),
    "y": (0.5, 1),
    "m": (0.5, 0.5),
}


def smooth(points: NDArray[np.float64], rounds: int) -> NDArray[np.float64]:
    """Chaikin corner cutting; the ends stay."""
    for _ in range(rounds):
        first, second = points[:-1], points[1:]
        cut = np.empty((2 * len(first), 2))
        cut[0::2], cut[1::2] = 0.75 * first + 0.25 * second, 0.25 * first + 0.75 * second
        points = np.vstack((points[:1], cut, points[-1:]))
    return points


def place(strokes: Strokes, rng: Rng, height: float, aspect: float, drift: float) -> Strokes:
    """Scale unit strokes to `height` and `aspect` (width/height), slant and shift them.

    A few are flattened, as in boxes up to 1.75 times as high as wide, stretched to the square.
    """
    slant = rng.normal(0, 0.08)
    turn = np.radians(rng.normal(0, 4))
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    centre = np.array([0.5, 0.5]) + rng.normal(0, drift, 2)
    flatten = (1.0, rng.uniform(0.5, 0.9) if rng.random() < 0.2 else 1.0)
    out = []
    for stroke in strokes:
        flat = (np.asarray(stroke, float) - 0.5) * (height * aspect, height)
        flat[:, 0] -= slant * flat[:, 1]
        out.append(flat @ rotation.T * flatten + centre)
    return out


def guided_digit(digit: int, rng: Rng) -> Strokes:
    """A digit drawn along the dotted guide, with the wobble of a hand."""
    paths = SEGMENT_PATHS[digit]
    wobble = rng.uniform(0.005, 0.05)
    corner_cuts = int(rng.choice([0, 0, 0, 1, 2]))
    strokes = []
    for path in paths[rng.integers(len(paths))]:
        points = np.array([CORNERS[c] for c in path], float)
        points += rng.normal(0, wobble, points.shape)
        if digit == 9 and path == "dcabf" and rng.random() < 0.3:
            points[-1, 0] -= rng.uniform(0.1, 0.4)
        strokes.append(smooth(points, corner_cuts))
    height = GUIDE_HEIGHT * rng.normal(1, 0.05)
    aspect = GUIDE_WIDTH / GUIDE_HEIGHT * rng.normal(1, 0.08)
    if rng.random() < 0.25:
        height, aspect = rng.uniform(0.4, 0.9), rng.uniform(0.4, 0.8)
    return place(strokes, rng, height, aspect, 0.03)


def ellipse(
    centre: tuple[float, float], radii: tuple[float, float], turn: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Points [n, 2] of an ellipse at angles `turn` [n] in radians, 0 right, clockwise."""
    (x, y), (wide, tall) = centre, radii
    return np.column_stack((x + wide * np.cos(turn), y + tall * np.sin(turn)))


def oval(rng: Rng) -> NDArray[np.float64]:
    """A closed loop, begun near the top, its ends overlapping or not quite met."""
    turn = np.linspace(0, 2 * np.pi * rng.uniform(0.97, 1.08), 25) + rng.uniform(-2.2, -0.9)
    return ellipse((0.5, 0.5), (0.5, 0.5), turn)


def four(rng: Rng) -> Strokes:
    """A 4 with the top closed or nearly so."""
    bar, stem = rng.uniform(0.55, 0.75), rng.uniform(0.55, 0.85)
    apex = np.array([stem + rng.normal(0, 0.03), 0.0])
    gap = rng.uniform(0, 0.12) if rng.random() < 0.3 else 0.0
    loop = [apex - (gap, 0), (0.0, bar), (1.0, bar + rng.normal(0, 0.04))]
    return [np.array(loop), np.array([apex, (stem + rng.normal(0, 0.04), 1.0)])]


def seven(rng: Rng) -> Strokes:
    """A 7 with or without hook and bar."""
    foot = rng.uniform(0.15, 0.95)
    strokes = [np.array([(0, rng.normal(0.03, 0.03)), (1, 0), (foot, 1)])]
    if rng.random() < 0.3:
        strokes[0] = np.vstack(([(rng.normal(0, 0.03), rng.uniform(0.08, 0.22))], strokes[0]))
    if rng.random() < 0.2:
        # Z-like: a short tail, far from the full base of a 2.
        strokes[0] = np.vstack((strokes[0], [(foot + rng.uniform(0.1, 0.3), 1)]))
    if rng.random() < 0.6:
        y, x = rng.uniform(0.42, 0.6), 0.5 * (1 + foot)
        strokes.append(np.array([(x - rng.uniform(0.2, 0.4), y), (x + rng.uniform(0.2, 0.4), y)]))
    return strokes


def one(rng: Rng) -> Strokes:
    """A 1: bare stem, leaning or not, sometimes with flag or long upstroke, or foot."""
    lean = rng.uniform(-0.12, 0.5) if rng.random() < 0.5 else 0.0
    stem = np.array([(0.5 + lean / 2, 0), (0.5 - lean / 2, 1)])
    strokes = [stem]
    flag = rng.random()
    if flag < 0.3:
        strokes.append(np.array([stem[0], stem[0] + (-rng.uniform(0.15, 0.4), 0.25)]))
    elif flag < 0.5:
        across, down = rng.uniform(0.2, 0.55), rng.uniform(0.35, 0.75)
        strokes.append(np.array([stem[0], stem[0] + (-across, down)]))
    if rng.random() < 0.15:
        strokes.append(np.array([stem[1] - (0.25, 0), stem[1] + (0.25, 0)]))
    return strokes


def zero(rng: Rng) -> Strokes:
    """Oval, rectangle, or oval with one slash."""
    if rng.random() < 0.35:
        box = np.array([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]) + rng.normal(0, 0.03, (5, 2))
        return [smooth(box, int(rng.integers(0, 2)))]
    strokes: Strokes = [oval(rng)]
    if rng.random() < 0.5:
        out = rng.uniform(-0.05, 0.15)
        strokes.append(np.array([(0.85 + out, 0.15 - out), (0.15 - out, 0.85 + out)]))
    return strokes


def five(rng: Rng) -> Strokes:
    """A 5 in one stroke, its belly closing to a loop, its roof a slanted flick or a bar."""
    start, end = rng.uniform(-0.45, -0.15) * np.pi, rng.uniform(0.75, 1.2) * np.pi
    turn = np.linspace(start - 0.25 * np.pi, end, 14)
    belly = ellipse((0.45, 0.68), (0.5, 0.32), turn)
    neck = np.array([(0.12, rng.uniform(0.0, 0.06)), (0.06, rng.uniform(0.42, 0.52))])
    roof = np.array([(rng.uniform(0.75, 1.1), rng.normal(0, 0.04))])
    if rng.random() < 0.5:
        return [np.vstack((roof, neck, belly))]
    return [np.vstack((neck, belly)), np.vstack((neck[:1], roof))]


def eight(rng: Rng) -> Strokes:
    """An 8 in one stroke from the upper right; its top meets, overshoots or stays a little open."""
    gap = rng.uniform(-0.15, 0.3)
    upper = np.linspace(-0.25 * np.pi - gap, -1.5 * np.pi, 12)
    lower = np.linspace(-0.5 * np.pi, 1.5 * np.pi, 20)
    waist, wide = rng.uniform(0.42, 0.52), rng.uniform(0.3, 0.46)
    top = ellipse((0.5, waist / 2), (wide, waist / 2), upper)
    below = (1 - waist) / 2
    bottom = ellipse((0.5, waist + below), (0.5, below), lower)
    back = np.array([(0.5 + wide * np.cos(-0.25 * np.pi), waist * rng.uniform(0.1, 0.3))])
    return [np.vstack((top, bottom, back))]


def angular_eight(rng: Rng, home: float = 0.0) -> Strokes:
    """An 8 begun with a level roof: down the diagonal, round the belly, back up across it.

    It comes back to the roof's start, or up to the share `home` of the roof beside it, and then
    may stop short of it.
    """
    roof = np.array([(rng.uniform(0.0, 0.2), rng.normal(0.03, 0.03)), (1.0, rng.normal(0, 0.03))])
    waist = rng.uniform(0.35, 0.55)
    left, right = rng.uniform(0.05, 0.35), rng.uniform(0.65, 0.95)
    belly = np.array(
        [
            (left, 0.5 * (1 + waist) + rng.normal(0, 0.04)),
            (0.5 + rng.normal(0, 0.06), 1.0),
            (right, 0.5 * (1 + waist) + rng.normal(0, 0.04)),
        ]
    )
    over = rng.uniform(-0.05, 0.1)
    back = np.array([(0.5 + rng.normal(0, 0.05), waist), (roof[0, 0] - over, roof[0, 1] + over)])
    if home:
        back[1] += rng.uniform(0, home), rng.uniform(0, 0.12)
    return [smooth(np.vstack((roof, belly, back)), int(rng.integers(0, 3)))]


def drawn_digit(digit: int, rng: Rng) -> Strokes:
    """Digits 0, 1, 4, 5, 7, 8 in the forms that MNIST and UNIPEN hardly have."""
    maker, aspect = {
        0: (zero, rng.uniform(0.4, 0.95)),
        1: (one, rng.uniform(0.6, 1.0)),
        4: (four, rng.uniform(0.5, 0.9)),
        5: (five, rng.uniform(0.45, 0.9)),
        7: (seven, rng.uniform(0.45, 0.85)),
        8: (angular_eight if rng.random() < 0.5 else eight, rng.uniform(0.4, 0.8)),
    }[digit]
    strokes = [s + rng.normal(0, 0.015, s.shape) for s in maker(rng)]
    strokes = [smooth(s, int(rng.integers(0, 2))) for s in strokes]
    return place(strokes, rng, rng.uniform(0.4, 0.98), aspect, 0.06)


def cross(rng: Rng) -> Strokes:
    """Two strokes that cross: small or corner to corner, sometimes with one short arm."""
    first = np.array([(0.0, 0.0), (1.0, 1.0)])
    second = np.array([(1.0, 0.0), (0.0, 1.0)])
    if rng.random() < 0.2:
        second = second.copy()
        second[rng.integers(2)] = 0.5 + (second[rng.integers(2)] - 0.5) * rng.uniform(0.25, 0.6)
    strokes = []
    for line in (first, second):
        bent = np.array([line[0], line.mean(axis=0), line[1]]) + rng.normal(0, 0.05, (3, 2))
        strokes.append(smooth(bent, 2))
    if rng.random() < 0.35:
        return place(strokes, rng, rng.uniform(0.85, 1.15), rng.uniform(0.85, 1.1), 0.03)
    largest = 0.45 if rng.random() < 0.45 else 0.9
    return place(strokes, rng, rng.uniform(0.2, largest), rng.uniform(0.5, 1.4), 0.09)


def dash(rng: Rng) -> Strokes:
    """A level stroke at any height, or one diagonal of a line drawn through several boxes."""
    if rng.random() < 0.4:
        over = rng.uniform(-0.12, 0.15)
        line = np.array([(-over, 1 + over), (1 + over, -over)])
        line += rng.normal(0, 0.05, line.shape)
        if rng.random() < 0.4:
            line[:, 1] = 1 - line[:, 1]
        return [line]
    length = rng.uniform(0.15, 0.5 if rng.random() < 0.4 else 1.2)
    y = rng.uniform(0.15, 0.85)
    x = 0.5 + rng.normal(0, 0.08)
    tilt = rng.normal(0, 0.12) * length
    line = np.array([(x - length / 2, y + tilt / 2), (x, y), (x + length / 2, y - tilt / 2)])
    line[1, 1] += rng.normal(0, 0.02)
    return [smooth(line, 2)]


def row_cross(rng: Rng) -> Strokes:
    """What one box holds of a wide X, or of a chevron, drawn over a row of two or three boxes."""
    boxes = int(rng.integers(2, 4))
    pitch = rng.uniform(1.0, 1.15)
    left, right = rng.uniform(-0.05, 0.35), boxes * pitch - rng.uniform(0.0, 0.35)
    high, low = rng.uniform(-0.1, 0.3, 2), 1 + rng.uniform(-0.3, 0.1, 2)
    if rng.random() < 0.75:
        lines = [[(left, high[0]), (right, low[0])], [(left, low[1]), (right, high[1])]]
    else:
        tip = ((left + right) / 2, low[0])
        lines = [[(left, high[0]), tip, (right, high[1])]]
    strokes = []
    for line in lines:
        points = np.array(line)
        points = np.insert(points, 1, points[:2].mean(axis=0), axis=0)
        strokes.append(smooth(points + rng.normal(0, 0.05, points.shape), 2))
    turned = rng.random() < 0.5
    place_of = pitch * int(rng.integers(boxes))
    out = [stroke - (place_of, 0) for stroke in strokes]
    return [s * (1, -1) + (0, 1) for s in out] if turned else out


def passes(stroke: NDArray[np.float64], deep: float = 0.12) -> bool:
    """Whether a stroke comes as far as `deep` into the box."""
    ends = np.linspace(0, 1, 24)[:, None, None]
    points = (stroke[:-1] * (1 - ends) + stroke[1:] * ends).reshape(-1, 2)
    return bool(((points > deep) & (points < 1 - deep)).all(axis=1).any())


def bounds(strokes: Strokes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest (x, y) of all points."""
    points = np.vstack(strokes)
    return points.min(axis=0), points.max(axis=0)


def scribble(rng: Rng) -> Strokes:
    """A tangle without sense."""
    points = rng.uniform(0, 1, (int(rng.integers(9, 22)), 2))
    return place([smooth(points, 2)], rng, rng.uniform(0.4, 0.95), rng.uniform(0.6, 1.3), 0.05)
