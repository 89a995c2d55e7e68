"""How many votes the tally marks of a number count, and how sure that count is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from tpsbox.reading.strokes import CellStrokes, find_strokes
from tpsbox.vision.tally import CELL_W, Ink

FULL = 5
"""Votes to a cell."""
MOST = 8
"""Strokes in a cell from which on nobody counts."""
MISREAD = 0.03
"""Share of cells in which a stroke too many or too few is found although it looked sure."""
MISPLACED = 0.03
"""Chance that gaps which agree say another number of crossings than is drawn."""
HALF_CROSSED = 0.7
"""Chance of a stroke across where nearly all gaps meet one: two of three make a third."""
PART_FILLED = 0.01
"""Share of cells before the last one in use that do not hold five."""
STRUCK = 0.02
"""Chance of more than five strokes in a cell: struck out, or marked twice."""
STRUCK_INK = 1.4
"""Ink of a struck-out bundle, in that of the usual full one: two lines over it make 1.5 and more,
full ones stay below 1.25."""
INK_SPREAD, INK_FLOOR = 0.1, 0.02
"""How far the ink of a cell strays, in that of a full one, and how often it says nothing."""
GAP_SPREAD = 1.5
"""Votes that an empty cell between used ones may stand for: overlooked or passed over."""
FOUR_STANDING, FOUR_SIDES = 0.85, 0.74
"""Ink of four uprights, or of four sides, in that of all five: the stroke across lies partly over
the uprights, a diagonal is longer than a side."""
LEAST_SPREAD = 0.34
"""No count is surer: of counts that look sure one in twenty is off by one, which is within three
of this."""
LEAST_FULL = 0.08
"""Mean ink of a cell below which it is not full, but shadow or a stroke or two."""
BLOT = 0.3
"""Ink of a cell, in that of a full one, from which something is drawn even if no stroke is seen."""
UNCOUNTABLE = 0.3
"""Share of used cells that make no sense from which on the marks are not counted."""

Odds = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TallyReading:
    """The count of the marks.

    `count` is None where nothing is drawn, or where it cannot be counted: no marks and zero votes
    are the same picture. `spread`: its standard deviation in votes. `cells`: the strokes counted
    in each cell, row by row, 0 to 5.
    """

    count: int | None
    spread: float
    cells: tuple[int, ...]


def read_tally(ink: Ink) -> TallyReading:
    """Count the marks of a grid as `cut_tally` cuts it.

    Cells are filled row by row, so that all before the last one in use should hold five: one that
    plainly does not is counted as it is, and makes the count less sure.
    """
    cells = find_strokes(ink)
    usual = _usual_ink([cell.ink for cell in cells])
    seen = [_seen(cell.uprights, cell.crossings) for cell in cells]
    standing = _standing(cells, seen)
    for index, cell in enumerate(cells):
        if standing and 0 < len(cell.crossings) < 3 and _is_last(seen, index):
            seen[index] = _seen(cell.uprights, ())
        if seen[index].argmax() == 0 and usual and cell.ink > BLOT * usual:
            seen[index] = np.ones(MOST + 1)  # a thick pen has filled the gaps: only its ink counts
    _mend_borders(seen, ink.shape[2] // CELL_W)
    seen = [
        odds * _by_ink(cell.ink, usual, standing) for cell, odds in zip(cells, seen, strict=True)
    ]
    used = [index for index, odds in enumerate(seen) if odds.argmax() > 0]
    if not used:
        return TallyReading(None, 0.0, ())
    counts, variance, struck = [0] * len(cells), 0.0, 0
    for index in range(used[-1] + 1):
        odds = seen[index] * np.where(np.arange(MOST + 1) > FULL, STRUCK, 1.0)
        if odds.argmax() > FULL or (usual and cells[index].ink > STRUCK_INK * usual):
            struck += 1
            variance += FULL**2 / 2  # void, or a clumsy five
            continue
        odds = odds[: FULL + 1] * _prior(last=index == used[-1])
        odds /= odds.sum()
        best = int(odds.argmax())
        counts[index] = best
        variance += float((odds * (np.arange(FULL + 1) - best) ** 2).sum())
        variance += GAP_SPREAD**2 if best == 0 else 0.0
    if struck > UNCOUNTABLE * len(used):
        return TallyReading(None, 0.0, ())
    spread = max(LEAST_SPREAD, float(np.sqrt(variance)))
    return TallyReading(sum(counts), round(spread, 2), tuple(counts))


def _prior(*, last: bool) -> Odds:
    """Of a cell's 0 to 5 strokes, given that a later cell is in use or that it is the last."""
    if last:
        return np.array([1e-6, *[1 / FULL] * FULL])
    return np.array([*[PART_FILLED / FULL] * FULL, 1 - PART_FILLED])


@lru_cache(maxsize=4096)
def _seen(uprights: tuple[float, ...], crossings: tuple[int, ...]) -> Odds:
    """Likelihood of 0 to MOST strokes in a cell by the strokes found, each for itself."""
    odds = np.ones(1)
    for chance in uprights:
        odds = np.convolve(odds, (1 - chance, chance))
    odds = np.convolve(odds, _crossed(crossings))
    whole = np.zeros(max(MOST + 1, len(odds)))
    whole[: len(odds)] = odds
    whole = whole[: MOST + 1]
    beside = np.zeros_like(whole)
    beside[1:] += whole[:-1] / 2
    beside[:-1] += whole[1:] / 2
    mixed = (1 - MISREAD) * whole + MISREAD * beside + 1e-5
    return np.asarray(mixed / mixed.sum())


def _crossed(gaps: Sequence[int]) -> Odds:
    """Odds of 0 to 3 strokes across the gaps of a cell, by how many each gap met.

    A stroke across meets every gap; uprights that lean on each other close one or two.
    """
    odds = np.zeros(4)
    if not gaps:
        odds[0] = 1.0
    elif min(gaps) > 0 or len(gaps) == 1:
        odds[min(*gaps, 3, 3)] = 1.0
    else:
        share = sum(met > 0 for met in gaps) / len(gaps)
        odds[1] = HALF_CROSSED * share**2
        odds[0] = 1 - odds[1]
    return np.asarray((1 - MISPLACED) * odds + MISPLACED / 4, dtype=np.float64)


def _standing(cells: Sequence[CellStrokes], seen: Sequence[Odds]) -> bool:
    """Whether full cells show three or more uprights: then no stroke crosses fewer."""
    counts = [
        len(cell.crossings) + 1 for cell, odds in zip(cells, seen, strict=True) if odds[0] < 0.5
    ]
    return len(counts) > 1 and float(np.median(counts[:-1])) >= 3


def _is_last(seen: Sequence[Odds], index: int) -> bool:
    return all(odds.argmax() == 0 for odds in seen[index + 1 :])


def _mend_borders(seen: list[Odds], columns: int) -> None:
    """A stroke on the line between two cells: where one has six, its neighbour gets the sixth."""
    for left in range(len(seen) - 1):
        right = left + 1
        if right % columns == 0:
            continue
        strokes = (int(seen[left].argmax()), int(seen[right].argmax()))
        if strokes == (FULL - 1, FULL + 1):
            seen[left], seen[right] = seen[right], seen[left]
            strokes = (FULL + 1, FULL - 1)
        if strokes[0] == FULL + 1 and strokes[1] < FULL:
            seen[left] = np.roll(seen[left], -1)
            seen[right] = np.roll(seen[right], 1)


def _usual_ink(inks: Sequence[float]) -> float | None:
    """The ink of a full cell: cells before the last one in use are full; None if there are none."""
    drawn = [ink for ink in inks if ink > max(0.35 * max(inks), LEAST_FULL / 2)]
    usual = float(np.median(drawn[:-1])) if len(drawn) > 1 else 0.0
    return usual if usual > LEAST_FULL else None


def _by_ink(ink: float, usual: float | None, standing: bool) -> Odds:
    """Likelihood of 0 to MOST strokes by the ink of the cell, against that of a full one."""
    if usual is None:
        return np.ones(MOST + 1)
    most = np.arange(MOST + 1)
    four = FOUR_STANDING if standing else FOUR_SIDES
    expected = np.where(most < FULL, four * most / 4, most / FULL)
    spread = np.maximum(INK_SPREAD, 0.12 * expected)
    odds = np.exp(-0.5 * ((ink / usual - expected) / spread) ** 2)
    return np.asarray(odds + INK_FLOOR, dtype=np.float64)
