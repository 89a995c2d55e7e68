"""Tally marks of many hands are counted, and the spread says how far a count may be off."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from tpsbox.forms.library import load_form
from tpsbox.reading.tally import read_tally
from tpsbox.simulator.hand import draw, random_hand
from tpsbox.simulator.tally import bundle, cells_of, random_marks
from tpsbox.vision.tally import CELL_W, cell_height

TALLY = load_form("ppwp-2024").field("paslon_1").tally
CELLS = list(cells_of(TALLY))
SCALE = CELL_W / CELLS[0].w


def drawn(bundles, seed=0, struck=None, **marks):
    """A cut grid [rows, height, width] in which the cells hold so many strokes, without a photo."""
    rng = np.random.default_rng(seed)
    style = msgspec.structs.replace(random_marks(rng), **marks)
    hand = msgspec.structs.replace(random_hand(rng), ink=(20, 20, 20), strength=0.9)
    height = TALLY.rows * cell_height(TALLY)
    paper = np.full((height, TALLY.columns * CELL_W, 3), 255, np.uint8)
    corner = np.array([TALLY.grid.x, TALLY.grid.y])
    for index, (cell, count) in enumerate(zip(CELLS, bundles, strict=False)):
        lines = [line - corner for line in bundle(cell, count, style, rng)]
        if index == struck:
            low, high = np.array([cell.x, cell.y]), np.array([cell.x + cell.w, cell.y + cell.h])
            for off in (-2.0, 2.0):
                lines.append(np.array([[low[0], high[1] + off], [high[0], low[1] + off]]) - corner)
        if lines:
            draw(paper, SCALE, lines, hand)
    ink = (255 - paper.min(axis=2)).astype(np.float32) / 235
    return ink.reshape(TALLY.rows, -1, ink.shape[1])


def bundles_of(count):
    return [min(5, left) for left in range(count, 0, -5)]


def test_nothing_drawn_is_no_count():
    assert read_tally(drawn([])).count is None


def test_noise_and_stains_are_no_marks():
    rng = np.random.default_rng(1)
    noise = rng.uniform(0, 0.15, drawn([]).shape).astype(np.float32)
    assert read_tally(noise).count is None


def test_many_hands_are_counted():
    rng = np.random.default_rng(7)
    exact, within, tried = 0, 0, 60
    for seed in range(tried):
        count = int(rng.integers(1, 240))
        reading = read_tally(drawn(bundles_of(count), seed))
        exact += reading.count == count
        within += reading.count is not None and abs(reading.count - count) <= 3 * reading.spread
    assert exact >= 0.9 * tried
    assert within >= 0.99 * tried


@pytest.mark.parametrize("way", ["slash", "kotak", "uprights"])
@pytest.mark.parametrize("last", [1, 2, 3, 4, 5])
def test_the_last_cell_is_counted_stroke_by_stroke(way, last):
    neat = {"way": way, "height": 0.7, "width": 0.6, "lean": 0.05, "climb": 0.5, "shake": 0.01}
    reading = read_tally(drawn([5, 5, last], seed=3, **neat))
    assert reading.count == 10 + last
    assert reading.cells[:4] == (5, 5, last, 0)


NEAT = {"way": "slash", "height": 0.7, "width": 0.6, "lean": 0.05, "climb": 0.5, "shake": 0.01}


def test_a_part_filled_cell_in_the_middle_is_counted_and_makes_less_sure():
    sure = read_tally(drawn([5, 5, 5, 5, 3], **NEAT))
    odd = read_tally(drawn([5, 2, 5, 5, 3], **NEAT))
    assert sure.count == 23
    assert abs(odd.count - 20) <= 3 * odd.spread
    assert odd.spread >= sure.spread


def test_a_gap_makes_less_sure():
    gap = read_tally(drawn([5, 5, 0, 5, 5, 3], **NEAT))
    assert gap.count == 23
    assert gap.spread > 2 * read_tally(drawn([5, 5, 5, 5, 3], **NEAT)).spread


def test_a_struck_out_bundle_is_not_counted_and_makes_less_sure():
    struck = read_tally(drawn([5, 5, 5, 5, 5, 3], struck=1, **NEAT))
    assert struck.spread > 2
    assert abs(struck.count - 23) <= 3 * struck.spread
