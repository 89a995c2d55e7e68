"""Finds the strokes in cells of tally marks: uprights, and what crosses the gaps between them.

It serves every way of drawing five: four uprights and one across, the sides of a square and a
diagonal, five uprights. A column in the gap between two uprights meets one stroke in a crossed
bundle, two in a square, three in a square with its diagonal: uprights and crossings add up.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from tpsbox.vision.tally import CELL_W, Ink

LEAST_INK = 0.10
"""Mean ink down a column from which it may hold an upright: a thin pen over half of the cell."""
LEAST_BLACK = 0.3
"""Ink of the darkest part of marks, in that of print, below which they are stains and noise."""
LEAST_SHARE = 0.012
"""Mean ink of a cell that may be in use: half of what one thin stroke leaves."""
UPRIGHT, UPRIGHT_SLOPE = 0.42, 0.07
"""Ink of a column, in that of the grid's usual upright, where it is as likely none; how fast that
changes."""
CROSSED = 0.45
"""Ink in a gap, in that of the usual stroke, from which there is a stroke."""
WIDEST = 9
"""Pixels: an upright is narrower, what is wider stands under it."""
LEAN_ROWS = 2
"""Rows of cells that show how a hand leans: two dozen bundles."""
STEEPEST = 0.6
"""Sideways shift per height up to which a stroke is an upright."""
LONGEST = 2.2
"""Length of a run down a gap, in widths of the pen, from which it is an upright's edge: a stroke
across at 60 degrees makes 2."""
BORDER = 12
"""Pixels around a cell's border in which two bundles may part."""
ALONG = (0.35, 0.5, 0.65)
"""Where a gap is looked at, as shares of its width."""
BESIDE = (-9, -8, -7, 7, 8, 9)
"""Where it is looked beside a lone upright, in pixels: a square begun has a side there."""

Places = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class CellStrokes:
    """One cell. `uprights`: probability of each that may be one; `crossings`: strokes met in each
    gap between those that are likely, or beside the only one; `ink`: mean ink of the cell.
    """

    uprights: tuple[float, ...]
    crossings: tuple[int, ...]
    ink: float


def find_strokes(ink: Ink) -> list[CellStrokes]:
    """The strokes of every cell, row by row, from `TallyCut.ink`; [] where nothing is drawn."""
    shares = ink.reshape(len(ink), ink.shape[1], -1, CELL_W).mean(axis=(1, 3))
    last = int(np.flatnonzero(shares.max(axis=1) > LEAST_SHARE).max(initial=-1))
    ink, shares = ink[: last + 1], shares[: last + 1]
    if last < 0:
        return []
    rows = _straightened(ink, _lean(ink))
    columns = _tops(rows.mean(axis=1))
    peaks = (columns >= cv2.dilate(columns, np.ones((1, 5)))) & (columns > LEAST_INK)
    if not peaks.any():
        return []
    usual = float(np.percentile(columns[peaks], 60))
    peaks &= columns > 0.25 * usual
    black = float(np.median(rows.max(axis=1)[peaks]))
    if black < LEAST_BLACK:
        return []
    level = CROSSED * black
    longest = round(LONGEST * _pen(rows > level)) + 1
    cells = []
    for row, top, places, share in zip(
        rows, columns, map(np.flatnonzero, peaks), shares, strict=True
    ):
        odds = 1 / (1 + np.exp(-(top[places] / usual - UPRIGHT) / UPRIGHT_SLOPE))
        cells += _row_cells(row > level, places, odds, share, longest)
    return cells


def _row_cells(
    dark: npt.NDArray[np.bool_], places: Places, odds: Floats, share: Ink, longest: int
) -> list[CellStrokes]:
    """The cells of one row from its uprights at `places` and what lies between them."""
    sure, weak = odds > 0.5, odds <= 0.5
    stand, chances = places[sure], odds[sure]
    gaps = stand[:-1, None] + np.rint(np.diff(stand)[:, None] * ALONG).astype(np.intp)
    met = np.median(_met(dark, gaps, longest), axis=1).astype(np.intp)
    owners = _owners(stand, met, len(share))
    cells = []
    for column in range(len(share)):
        mine = np.flatnonzero(owners == column)
        if len(mine) == 1:
            crossings: tuple[int, ...] = _beside(dark, int(stand[mine[0]]), column, longest)
        else:
            crossings = tuple(met[mine[:-1]].tolist())
        doubtful = odds[weak & (places // CELL_W == column)]
        uprights = tuple(np.concatenate((chances[mine], doubtful)).round(2).tolist())
        cells.append(CellStrokes(uprights, crossings, float(share[column])))
    return cells


def _lean(ink: Ink) -> float:
    """The usual sideways shift per height of uprights: most edges in the first rows point there."""
    flat = ink[:LEAN_ROWS].reshape(-1, ink.shape[2])
    across = cv2.Sobel(flat, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(flat, cv2.CV_32F, 0, 1)
    edges = np.abs(across) > 0.5
    if not edges.any():
        return 0.0
    weight, slope = np.abs(across[edges]), -down[edges] / across[edges]
    bins = np.linspace(-STEEPEST, STEEPEST, 25)
    histogram, _ = np.histogram(slope, bins, weights=weight)
    smooth = np.convolve(histogram, (1, 2, 3, 2, 1), mode="same")
    mode = (bins[:-1] + bins[1:])[int(smooth.argmax())] / 2
    close = np.abs(slope - mode) < 0.12
    return float(np.average(slope[close], weights=weight[close])) if close.any() else 0.0


def _straightened(ink: Ink, lean: float) -> Ink:
    """Every row sheared about its middle so that uprights stand."""
    height, width = ink.shape[1:]
    shear = np.array([[1, lean, -lean * (height - 1) / 2], [0, 1, 0]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    rows = [cv2.warpAffine(row, shear, (width, height), flags=flags) for row in ink]
    return np.asarray(np.stack(rows), dtype=np.float32)


def _tops(columns: Ink) -> Ink:
    """What stands out of columns [rows, width] over what is wider than a stroke."""
    smooth = cv2.blur(columns, (3, 1))
    under = cv2.morphologyEx(smooth, cv2.MORPH_OPEN, np.ones((1, WIDEST), np.uint8))
    return np.asarray(smooth - under, dtype=np.float32)


def _pen(dark: npt.NDArray[np.bool_]) -> float:
    """The usual width (px) of strokes: the median run across."""
    runs = np.diff(np.flatnonzero(np.diff(dark.ravel().astype(np.int8))))[::2]
    return float(np.median(runs)) if len(runs) else 1.0


def _owners(places: Places, met: Places, columns: int) -> Places:
    """The column of each upright of a row: bundles part at the widest gap near a border.

    A crossed bundle of five uprights gives one that is near its border to the next cell, one of
    three takes one from there.
    """
    middles, widths = (places[1:] + places[:-1]) / 2, np.diff(places)
    cuts = []
    for border in range(CELL_W, columns * CELL_W, CELL_W):
        near = np.flatnonzero(np.abs(middles - border) <= BORDER)
        cut = middles[near[widths[near].argmax()]] if len(near) else border
        if len(near) and places[-1] - border in range(BORDER) and widths[-1] < CELL_W / 4:
            cut = places[-1] + 1  # the last upright of a bundle that passed the border
        cuts.append(cut)
    owners = np.searchsorted(cuts, places)
    for column in range(columns - 1):
        mine = np.flatnonzero(owners == column)
        if len(mine) not in (3, 5) or np.median(met[mine[:-1]]) != 1:
            continue
        border, last = (column + 1) * CELL_W, int(mine[-1])
        if len(mine) == 5 and border - places[last] <= BORDER:
            owners[last] = column + 1
        elif len(mine) == 3 and last + 1 < len(places) and places[last + 1] - border <= BORDER:
            owners[last + 1] = column
    return owners


def _beside(dark: npt.NDArray[np.bool_], place: int, column: int, longest: int) -> tuple[int]:
    """Strokes met beside the only upright of a cell, within the cell: left or right of it."""
    at = place + np.array(BESIDE)
    inside = (at >= column * CELL_W + 3) & (at < (column + 1) * CELL_W - 3)
    met = np.where(inside, _met(dark, np.clip(at, 0, dark.shape[1] - 1)[None], longest)[0], 0)
    return (max(int(np.median(side)) for side in np.split(met, 2)),)


def _met(dark: npt.NDArray[np.bool_], at: Places, longest: int) -> Places:
    """How many strokes the columns `at` [n, m] meet, runs of `longest` px and more left out."""
    if not at.size:
        return np.zeros(at.shape, np.intp)
    columns = dark[:, at.ravel()].astype(np.uint8)
    kernel = np.ones((longest, 1), np.uint8)
    long = cv2.erode(columns, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=(0,))
    return (_runs(columns) - _runs(np.asarray(long, dtype=np.uint8))).reshape(at.shape)


def _runs(columns: npt.NDArray[np.uint8]) -> Places:
    starts = (columns[1:] > columns[:-1]).sum(axis=0) + columns[0]
    return np.asarray(starts, dtype=np.intp)
