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

from tpsbox.forms.model import Field, Point, Rect, Tally
from tpsbox.vision.cells import box_image, ink_cell
from tpsbox.vision.photo import Gray
from tpsbox.vision.plane import Floats
from tpsbox.vision.sheet import Sheet

Ink = npt.NDArray[np.float32]

CELL_W = 56
"""Pixels across a cell of the cut grid: some 3 px/mm, five and more between uprights."""
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
PAPER_PERCENTILE = 88.0
"""Grey level of bare paper in a cell: a full bundle of a felt pen covers three tenths of it."""
BAND_MM = 1.6
"""Half the width around an inner line in which its print is looked for."""
EDGE_MM = 0.9
"""Width along the outline that is left out: half of its print and what light it drags along."""
INSET_MM = 0.6
"""How much of a row total's box is left out on every side: its lines, and the outline's width."""


@dataclass(frozen=True)
class TallyCut:
    """A grid with its row totals, in pixels.

    `ink` [rows, height, columns * CELL_W] is 0 on paper and print and 1 where a pen is as dark as
    print; `totals` [rows * boxes, 40, 40] uint8 the boxes of the row totals as the digit model
    reads them, row by row.
    """

    ink: Ink
    totals: Gray


def cell_height(tally: Tally) -> int:
    """Pixels down a cell of the cut grid: as many to the mm as across."""
    grid = tally.grid
    return round(CELL_W * (grid.h / tally.rows) / (grid.w / tally.columns))


def cut_tally(sheet: Sheet, field: Field, tally: Tally) -> TallyCut:
    """The grid of `tally` and its row totals, placed near the boxes of `field`."""
    grid, last = tally.grid, tally.row_sums[-1][-1]
    right = max(grid.x + grid.w, last.x + last.w)
    area = Rect(grid.x, grid.y, right - grid.x, grid.h).grow(REACH_MM + 1)
    patch, scale = sheet.flat(area, near=field)
    outline = _outline(patch, scale, area, grid, sheet.print_share)
    height, width = tally.rows * cell_height(tally), tally.columns * CELL_W
    flat = _unbent(patch, scale, area, grid, outline, (width, height))
    ink = _without_lines(_ink(flat, tally, sheet.print_share), tally)
    boxes = [
        _shifted(box, outline.shift(*_share(box.center, grid)), area)
        for row in tally.row_sums
        for box in row
    ]
    totals = [_total_cell(patch, scale, box, sheet.print_share) for box in boxes]
    return TallyCut(ink.reshape(tally.rows, -1, width), np.stack(totals))


@dataclass(frozen=True)
class Outline:
    """How far (mm) a grid's outline lies from its place: four polynomials, highest power first.

    `left` and `right` give x over the share of the height, `top` and `foot` y over that of the
    width.
    """

    left: Floats
    right: Floats
    top: Floats
    foot: Floats

    def shift(self, u: Floats | float, v: Floats | float) -> tuple[Floats, Floats]:
        """The shift (mm) at shares `u` of the width and `v` of the height."""
        dx = (1 - u) * np.polyval(self.left, v) + u * np.polyval(self.right, v)
        dy = (1 - v) * np.polyval(self.top, u) + v * np.polyval(self.foot, u)
        return np.asarray(dx), np.asarray(dy)


def _outline(patch: Gray, scale: float, area: Rect, grid: Rect, share: float) -> Outline:
    """Where the four sides are."""
    x1, y1 = (grid.x - area.x) * scale - 0.5, (grid.y - area.y) * scale - 0.5
    x2, y2 = x1 + grid.w * scale, y1 + grid.h * scale
    left, right = _sides(patch, (y1, y2), (x1, x2), scale, share)
    turned = np.ascontiguousarray(patch.T)
    top, foot = _sides(turned, (x1, x2), (y1, y2), scale, share)
    return Outline(left, right, top, foot)


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
    grey = np.percentile(band, 75, axis=0)
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


def _share(point: Point, grid: Rect) -> Point:
    return ((point[0] - grid.x) / grid.w, (point[1] - grid.y) / grid.h)


def _shifted(box: Rect, shift: tuple[Floats, Floats], area: Rect) -> Rect:
    """The box (mm on the sheet) where it is in the patch of `area`, in mm of the patch."""
    dx, dy = shift
    return Rect(box.x + float(dx) - area.x, box.y + float(dy) - area.y, box.w, box.h)


def _unbent(
    patch: Gray, scale: float, area: Rect, grid: Rect, outline: Outline, size: tuple[int, int]
) -> Gray:
    """The grid at `size` (width, height) pixels, its outline straight and along the edges."""
    u = ((np.arange(size[0]) + 0.5) / size[0])[None, :]
    v = ((np.arange(size[1]) + 0.5) / size[1])[:, None]
    dx, dy = outline.shift(u, v)
    x = ((grid.x - area.x + u * grid.w + dx) * scale - 0.5).astype(np.float32)
    y = ((grid.y - area.y + v * grid.h + dy) * scale - 0.5).astype(np.float32)
    shrink = grid.w * scale / size[0]
    source = patch if shrink < 1.3 else cv2.GaussianBlur(patch, (0, 0), 0.35 * shrink)
    seen = cv2.remap(source, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen, dtype=np.uint8)


def _ink(flat: Gray, tally: Tally, share: float) -> Ink:
    """How dark every pixel is between the paper around it (0) and print (1)."""
    cells = flat.reshape(tally.rows, -1, tally.columns, CELL_W).swapaxes(1, 2)
    sample = cells[:, :, ::2, ::2].reshape(tally.rows, tally.columns, -1)
    paper = np.percentile(sample, PAPER_PERCENTILE, axis=2).astype(np.float32)
    paper = cv2.medianBlur(cv2.copyMakeBorder(paper, 1, 1, 1, 1, cv2.BORDER_REPLICATE), 3)
    size = (flat.shape[1], flat.shape[0])
    light = cv2.resize(paper[1:-1, 1:-1], size, interpolation=cv2.INTER_LINEAR)
    ink = (1 - flat / np.maximum(light, 1)) / max(share, 0.15)
    return np.asarray(np.clip(ink, 0, 1.2), dtype=np.float32)


def _without_lines(ink: Ink, tally: Tally) -> Ink:
    """The inner lines taken off, each by its own median between two crossings; no outline."""
    to_px = CELL_W * tally.columns / tally.grid.w
    half, edge = round(BAND_MM * to_px), round(EDGE_MM * to_px)
    upright = [ink[:, c * CELL_W - half : c * CELL_W + half] for c in range(1, tally.columns)]
    height = cell_height(tally)
    level = [ink[r * height - half : r * height + half].T for r in range(1, tally.rows)]
    for bands, parts in ((upright, tally.rows), (level, tally.columns)):
        _take_off(bands, parts)
    ink[:edge], ink[-edge:], ink[:, :edge], ink[:, -edge:] = 0, 0, 0, 0
    return ink


def _take_off(bands: Sequence[Ink], parts: int) -> None:
    """Take upright lines off the middles of `bands` [parts * n, width], in place.

    A line's own median between crossings is its print, but no more than most lines show: what is
    darker is a stroke along the line.
    """
    pieces = np.stack(bands).reshape(len(bands), parts, -1, bands[0].shape[1])
    lines = np.median(pieces, axis=2)
    lines = np.minimum(lines, 1.25 * np.median(lines.max(axis=2)))
    pieces = np.clip(pieces - lines[:, :, None, :], 0, None)
    for band, cleaned in zip(bands, pieces, strict=True):
        band[:] = cleaned.reshape(band.shape)


def _total_cell(patch: Gray, scale: float, box: Rect, share: float) -> Gray:
    """One box (mm in the patch) as the digit model reads it: its pale lines left out."""
    image = box_image(patch, scale, box.grow(-INSET_MM), 0.0)
    return ink_cell(image, image.paper * (1 - share), 0.0)
