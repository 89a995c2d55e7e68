"""Tally marks as officers draw them: as many strokes as votes, in their cells, and known slips."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tpsbox.forms.drawing import render_page
from tpsbox.forms.library import load_form
from tpsbox.simulator.fill import Style, fill_sheet
from tpsbox.simulator.hand import Hand
from tpsbox.simulator.tally import Marks, bundle, cells_of, random_marks

DPI = 50
SCALE = DPI / 25.4
FORM = load_form("ppwp-2024")
TALLY = FORM.field("paslon_1").tally
BLANK = render_page(FORM, 2, DPI)


def inked(value: int, **style: object) -> np.ndarray:
    """How much darker than blank: the cells, then the boxes of the row totals."""
    filled = fill_sheet(
        BLANK, DPI, FORM, 2, {"paslon_1": value}, np.random.default_rng(3), Style(**style), Hand({})
    )
    dark = BLANK.astype(float).mean(axis=2) - filled.mean(axis=2)
    boxes = [box for row in TALLY.row_sums for box in row]
    return np.array(
        [
            dark[
                round((r.y + 2) * SCALE) : round((r.y + r.h - 2) * SCALE),
                round((r.x + 2) * SCALE) : round((r.x + r.w - 2) * SCALE),
            ].mean()
            for r in [*cells_of(TALLY), *boxes]
        ]
    )


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 5))
def test_a_bundle_has_as_many_strokes_as_votes(seed, count):
    rng = np.random.default_rng(seed)
    marks = random_marks(rng)
    cell = next(cells_of(TALLY))
    lines = bundle(cell, count, marks, rng)
    assert len(lines) == count
    # The top of a square lies at the edge of the cell, and a hand strays.
    size = np.array([cell.w, cell.h])
    for line in lines:
        assert (np.abs(line.mean(axis=0) - cell.center) < 0.75 * size).all()


@pytest.mark.parametrize("way", ["slash", "kotak", "uprights"])
def test_each_way_draws_its_fifth_stroke(way):
    marks = msgspec.structs.replace(Marks(shake=0.0), way=way)
    lines = bundle(next(cells_of(TALLY)), 5, marks, np.random.default_rng(1))
    across, down = np.abs(lines[4][-1] - lines[4][0])
    assert (across < 0.2 * down) == (way == "uprights")


def test_cells_and_totals_of_rows_in_use_are_filled():
    dark = inked(73)
    assert (dark[:15] > 1).all() and (dark[15:60] < 0.5).all()
    assert (dark[60:64] > 1).all() and (dark[64:] < 0.5).all()


def test_rows_without_votes_may_be_crossed():
    assert (inked(73, row_unused="X")[60:] > 1).all()


def test_a_total_copied_wrong_changes_that_total_alone():
    right, wrong = inked(73), inked(73, faults={"paslon_1": "row_sum"})
    assert np.array_equal(right[:60], wrong[:60])
    assert not np.array_equal(right[60:], wrong[60:])


def test_a_vote_more_or_less_is_in_the_marks_alone():
    dark = inked(75, faults={"paslon_1": "tally"})
    assert np.count_nonzero(dark[:60] > 1) in (15, 16)
    assert np.count_nonzero(dark[60:] > 1) == 4
    assert not np.array_equal(dark[:16], inked(75)[:16])


def test_a_struck_out_bundle_is_drawn_again():
    dark = inked(73, faults={"paslon_1": "tally_struck"})
    assert np.count_nonzero(dark[:60] > 1) == 16
    assert dark[:60].max() > 1.2 * np.median(dark[:14])
