"""Cuts a grid of tally marks out of a sheet, without its print, and the boxes of its row totals.

The grid's own black outline says where it lies: boxes of the same number are up to 300 mm away,
and paper curls in between. Its pale inner lines are then taken off by what they themselves show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from tpsbox.forms.model import Point, Rect, Tally
from tpsbox.vision.cells import LEAST_CONTRAST, SIZE, cell_image, ink_cell
from tpsbox.vision.photo import Gray
from tpsbox.vision.plane import Floats, at_level, cut, cut_gray, scale_at
from tpsbox.vision.sheet import Sheet

Ink = npt.NDArray[np.float32]

CELL_W = 56
"""Pixels across a cell of the cut grid: some 3 px/mm, five and more between uprights."""
LEAST_SCALE = 1.9
"""Pixels to the mm at which strokes of a pen, 3 mm apart, are told from each other."""
REACH_MM = 5.0
"""How far the outline may lie from where the number's boxes put it: 2 mm of curl made 3 mm."""
LINE_SHARE = 0.25
"""Darkness of an outline, as a share of the print's, from which it is believed."""
SLACK = 0.01
"""How far two opposite sides may differ in their shift, as a share of what is between them."""
PIECES = 4
"""Parts of a side in which the outline is looked for, each by itself."""
WAVE_MM = 0.6
"""How far a part may lie from the curve through all: what is further is another line."""
PAPER_SHARE = 0.88
"""Share of a cell that may be darker than bare paper: a felt pen's full bundle covers a third."""
BAND_MM = 1.6
"""Half the width around an inner line in which its print is looked for."""
EDGE_MM = (1.3, 0.9)
"""Width along the outline's uprights and levels that is left out: half of the print, and blur."""
BARE_INK, BARE_PART = 0.2, 80
"""Ink that one pixel in so many of a written box reaches: bare ones show up to 0.08, pens 0.6 and
more."""
SQUARE = 1.2
"""Longest shape of a box that is read whole, as length to width."""
INSET_MM = 0.6
"""How much of a row total's box is left out on every side: its lines, and the outline's width."""


@dataclass(frozen=True)
class TallyCut:
    """A grid with its row totals, in pixels.

    `ink` [rows, height, columns * CELL_W] is 0 on paper and print and 1 where a pen is as dark as
    print; `totals` [rows * boxes, 40, 40] uint8 the boxes of the row totals as the digit model
    reads them, row by row, and `bare` [rows * boxes] which of them hold no writing at all.
    """

    ink: Ink
    totals: Gray
    bare: npt.NDArray[np.bool_]


def cell_height(tally: Tally) -> int:
    """Pixels down a cell of the cut grid: as many to the mm as across."""
    grid = tally.grid
    return round(CELL_W * (grid.h / tally.rows) / (grid.w / tally.columns))


def cut_tally(sheet: Sheet, tally: Tally) -> TallyCut:
    """The grid of `tally` and its row totals."""
    view = _view(sheet, tally.grid.grow(REACH_MM + 1))
    outline = _outline(view, tally.grid, sheet.print_share)
    height, width = tally.rows * cell_height(tally), tally.columns * CELL_W
    flat = _unbent(view, outline, (width, height))
    ink = _without_lines(_ink(flat, tally, sheet.print_share), tally)
    totals, bare = _totals(sheet, tally, view, outline)
    return TallyCut(ink.reshape(tally.rows, -1, width), totals, bare)


@dataclass(frozen=True)
class _View:
    """A part of the photo, flattened but not unbent, at `scale` px/mm from `origin` (mm).

    It lies by `shift` (mm) where the sheet's boxes nearby are.
    """

    gray: Gray
    scale: float
    origin: Point
    shift: Point

    def px(self, mm: float, axis: int) -> float:
        """Where a coordinate (mm) of the sheet lies on an axis of the view (0 = x)."""
        return (mm - self.origin[axis]) * self.scale - 0.5


def _view(sheet: Sheet, area: Rect) -> _View:
    """The part of the sheet at half the photo's size where that is enough to tell strokes."""
    depth = 1 if scale_at(sheet.H, area.center) >= 2 * LEAST_SCALE else 0
    dx, dy = sheet.places.shifts.at(area.center)
    moved = Rect(area.x + dx, area.y + dy, area.w, area.h)
    H = at_level(sheet.H, depth)
    scale = scale_at(H, area.center)
    gray = cut(sheet.photo.level(depth), H, moved, scale)
    return _View(gray, scale, (area.x, area.y), (dx, dy))


@dataclass(frozen=True)
class Outline:
    """How far (mm) a grid's outline lies from its place: four polynomials, highest power first.

    `left` and `right` give x over the share of the height, `top` and `foot` y over that of the
    width.
    """

    grid: Rect
    left: Floats
    right: Floats
    top: Floats
    foot: Floats

    def shift(self, x: Floats | float, y: Floats | float) -> tuple[Floats, Floats]:
        """The shift (mm) of points of the sheet (mm), in the grid or beside it."""
        u, v = (x - self.grid.x) / self.grid.w, (y - self.grid.y) / self.grid.h
        left, right = np.polyval(self.left, v), np.polyval(self.right, v)
        top, foot = np.polyval(self.top, u), np.polyval(self.foot, u)
        dx, dy = (1 - u) * left + u * right, (1 - v) * top + v * foot
        return np.asarray(dx, dtype=np.float64), np.asarray(dy, dtype=np.float64)


def _outline(view: _View, grid: Rect, share: float) -> Outline:
    """Where the four sides are."""
    xs = (view.px(grid.x, 0), view.px(grid.x + grid.w, 0))
    ys = (view.px(grid.y, 1), view.px(grid.y + grid.h, 1))
    left, right = _sides(view.gray, ys, xs, view.scale, share)
    top, foot = _sides(np.ascontiguousarray(view.gray.T), xs, ys, view.scale, share)
    return Outline(grid, left, right, top, foot)


def _sides(
    image: Gray, span: tuple[float, float], places: tuple[float, float], scale: float, share: float
) -> tuple[Floats, Floats]:
    """The polynomials of two upright lines near x = `places` over the share of `span`, in mm."""
    found: list[tuple[float, float, float]] = []
    for piece, (start, end) in enumerate(pairwise(np.linspace(*span, PIECES + 1))):
        rows = image[max(0, round(start)) : round(end)]
        offsets = _offsets(rows, places, scale, share)
        if offsets is not None:
            found.append(((piece + 0.5) / PIECES, offsets[0] / scale, offsets[1] / scale))
    if not found:
        return np.zeros(1), np.zeros(1)
    at, first, second = np.array(found).T
    return _curve(at, first), _curve(at, second)


def _curve(at: Floats, offsets: Floats) -> Floats:
    """The smooth curve through a side's pieces, without a piece that is off it."""
    while True:
        line = np.polyfit(at, offsets, max(0, min(2, len(at) - 2)))
        wrong = np.abs(np.polyval(line, at) - offsets)
        if wrong.max() <= WAVE_MM or len(at) == 1:
            return np.asarray(line, dtype=np.float64)
        kept = np.arange(len(at)) != int(np.abs(offsets - np.median(offsets)).argmax())
        at, offsets = at[kept], offsets[kept]


def _offsets(
    rows: Gray, places: tuple[float, float], scale: float, share: float
) -> tuple[float, float] | None:
    """How far (px) two upright lines lie from x = `places`; None if they are not seen.

    They are looked for together: other lines run beside one of them, but none beside both.
    """
    reach = round(REACH_MM * scale)
    slack = max(2, round(SLACK * (places[1] - places[0])))
    profiles = [_profile(rows, round(place), reach, share) for place in places]
    wide = [cv2.dilate(profile[None], np.ones((1, 2 * slack + 1)))[0] for profile in profiles]
    both = np.minimum(*wide)
    if both.max() < LINE_SHARE:
        return None
    middle = round(float(np.flatnonzero(both >= 0.95 * both.max()).mean()))
    first, second = (
        _peak(profile, middle, slack) - reach + round(place) - place
        for profile, place in zip(profiles, places, strict=True)
    )
    return first, second


def _profile(rows: Gray, place: int, reach: int, share: float) -> Ink:
    """Darkness of upright lines within `reach` px of x = `place`: 0 none, 1 as print."""
    band = rows[:, max(0, place - reach) : place + reach + 1]
    # Strokes and words are dark in some rows, a printed line in nearly all.
    most = 3 * len(band) // 4
    grey = np.partition(band, most, axis=0)[most]
    dark = np.zeros(2 * reach + 1, np.float32)
    start = max(0, reach - place)
    dark[start : start + len(grey)] = (1 - grey / max(float(grey.max()), 1.0)) / max(share, 0.15)
    return dark


def _peak(profile: Ink, middle: int, slack: int) -> float:
    """The place of the darkest line within `slack` of `middle`, to a part of a pixel."""
    low = max(0, middle - slack)
    best = low + int(profile[low : middle + slack + 1].argmax())
    near = slice(max(0, best - 3), best + 4)
    weight = np.clip(profile[near] - 0.5 * profile[best], 0, None)
    return float((weight * np.arange(len(profile))[near]).sum() / weight.sum())


def _unbent(view: _View, outline: Outline, size: tuple[int, int]) -> Gray:
    """The grid at `size` (width, height) pixels as if its outline were straight."""
    grid, k = outline.grid, view.scale
    u = ((np.arange(size[0]) + 0.5) / size[0]).astype(np.float32)[None, :]
    v = ((np.arange(size[1]) + 0.5) / size[1]).astype(np.float32)[:, None]
    left, right = k * np.polyval(outline.left, v), k * np.polyval(outline.right, v)
    top, foot = k * np.polyval(outline.top, u), k * np.polyval(outline.foot, u)
    x = (left + view.px(grid.x, 0)) + u * (right - left + k * grid.w)
    y = (top + view.px(grid.y, 1)) + v * (foot - top + k * grid.h)
    seen = cv2.remap(
        view.gray,
        x.astype(np.float32),
        y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(seen, dtype=np.uint8)


def _totals(
    sheet: Sheet, tally: Tally, view: _View, outline: Outline
) -> tuple[Gray, npt.NDArray[np.bool_]]:
    """uint8 [rows * boxes, 40, 40]: the boxes of the row totals, their pale lines left out.

    And bool [rows * boxes]: which of them are bare; their cells are white.
    """
    first, last = tally.row_sums[0][0], tally.row_sums[-1][-1]
    part = Rect(first.x, first.y, last.x + last.w - first.x, last.y + last.h - first.y).grow(2)
    middle = np.array(outline.shift(*part.center))
    there = middle + view.shift
    moved = Rect(part.x + float(there[0]), part.y + float(there[1]), part.w, part.h)
    scale, share = sheet.scale, sheet.print_share
    gray = cut_gray(sheet.photo, sheet.H, moved, scale)
    boxes = [box for row in tally.row_sums for box in row]
    # Curl moves a box against the middle of the column; what leaves the cut is no curl.
    centers = np.array([box.center for box in boxes])
    curl = np.subtract(np.transpose(outline.shift(*centers.T)), middle).clip(-2, 2)
    cells = np.zeros((len(boxes), SIZE, SIZE), np.uint8)
    bare = np.zeros(len(boxes), np.bool_)
    for index, (box, (dx, dy)) in enumerate(zip(boxes, curl.tolist(), strict=True)):
        x = round((box.x + dx + INSET_MM - part.x) * scale)
        y = round((box.y + dy + INSET_MM - part.y) * scale)
        width, height = (max(8, round((side - 2 * INSET_MM) * scale)) for side in (box.w, box.h))
        inside = gray[y : y + height, x : x + width]
        bare[index] = _is_bare(inside, share)
        if not bare[index]:
            image = cell_image(_around_ink(inside), 0.0)
            cells[index] = ink_cell(image, image.paper * (1 - share), 0.0)
    return cells, bare


def _is_bare(inside: Gray, share: float) -> bool:
    """Whether nothing in a box is dark enough for a pen, over the length of a short stroke."""
    levels = np.sort(cv2.blur(inside, (3, 3)), axis=None)
    paper, dark = float(levels[-len(levels) // 8]), float(levels[len(levels) // BARE_PART])
    return paper - dark < BARE_INK * max(paper * share, LEAST_CONTRAST)


def _around_ink(inside: Gray) -> Gray:
    """A long box is cut to nearly a square around its ink: digits keep their shape."""
    if inside.shape[0] < inside.shape[1]:
        return _around_ink(inside.T).T
    height, width = inside.shape
    side = round(SQUARE * width)
    if height <= side:
        return inside
    bright = float(inside.max()) - 2 * LEAST_CONTRAST
    weight = np.clip(bright - inside, 0, None).sum(axis=1)
    middle = float(np.average(np.arange(height), weights=weight)) if weight.any() else height / 2
    top = round(min(max(middle - side / 2, 0), height - side))
    return inside[top : top + side]


def _ink(flat: Gray, tally: Tally, share: float) -> Ink:
    """How dark every pixel is between the paper around it (0) and print (1)."""
    columns, rows = tally.columns * (CELL_W // 4), tally.rows * (cell_height(tally) // 4)
    small = cv2.resize(flat, (columns, rows), interpolation=cv2.INTER_AREA)
    cells = small.reshape(tally.rows, -1, tally.columns, CELL_W // 4).swapaxes(1, 2)
    levels = np.sort(cells.reshape(tally.rows, tally.columns, -1), axis=2)
    paper = levels[:, :, int(PAPER_SHARE * levels.shape[2])].astype(np.float32)
    even = cv2.medianBlur(cv2.copyMakeBorder(paper, 1, 1, 1, 1, cv2.BORDER_REPLICATE), 3)
    size = (flat.shape[1], flat.shape[0])
    light = cv2.resize(even[1:-1, 1:-1], size, interpolation=cv2.INTER_LINEAR)
    ink = (1 - flat / np.maximum(light, 1)) / max(share, 0.15)
    return np.asarray(np.clip(ink, 0, 1.2), dtype=np.float32)


def _without_lines(ink: Ink, tally: Tally) -> Ink:
    """The inner lines taken off, each by its own median between two crossings; no outline."""
    to_px = CELL_W * tally.columns / tally.grid.w
    half = round(BAND_MM * to_px)
    upright = [ink[:, c * CELL_W - half : c * CELL_W + half] for c in range(1, tally.columns)]
    height = cell_height(tally)
    level = [ink[r * height - half : r * height + half].T for r in range(1, tally.rows)]
    for bands, parts in ((upright, tally.rows), (level, tally.columns)):
        _take_off(bands, parts)
    x, y = (round(edge * to_px) for edge in EDGE_MM)
    ink[:y], ink[-y:], ink[:, :x], ink[:, -x:] = 0, 0, 0, 0
    return ink


def _take_off(bands: Sequence[Ink], parts: int) -> None:
    """Take upright lines off the middles of `bands` [parts * n, width], in place.

    A line's own median between crossings is its print, but no more than most lines show: what is
    darker is a stroke along the line.
    """
    pieces = np.stack(bands).reshape(len(bands), parts, -1, bands[0].shape[1])
    lines = np.median(pieces[:, :, ::2], axis=2)
    lines = np.minimum(lines, 1.25 * np.median(lines.max(axis=2)))
    pieces = np.clip(pieces - lines[:, :, None, :], 0, None)
    for band, cleaned in zip(bands, pieces, strict=True):
        band[:] = cleaned.reshape(band.shape)
