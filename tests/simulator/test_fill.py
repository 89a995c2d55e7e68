"""Filled sheets: ink stands where the value says, and faults are exactly those asked for."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tpsbox.errors import InputError
from tpsbox.forms.drawing import render_page
from tpsbox.forms.library import load_form
from tpsbox.forms.model import Rect
from tpsbox.simulator.fill import Style, box_signs, fill_sheet
from tpsbox.simulator.glyphs import GLYPHS, LETTERS
from tpsbox.simulator.hand import random_hand, strokes_in

DPI = 60
SCALE = DPI / 25.4
FORM = load_form("kwk-2024-bupati", paslon=4)
VALUES = {"paslon_1": 274, "paslon_2": 58, "paslon_3": 0, "paslon_4": 600}


@cache
def blank(page: int = 2) -> np.ndarray:
    return render_page(FORM, page, DPI)


def filled(values=VALUES, page: int = 2, seed: int = 1, **style) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return fill_sheet(blank(page), DPI, FORM, page, values, rng, Style(**style))


def ink(image: np.ndarray, rect: Rect, page: int = 2) -> float:
    """Mean darkening of a rectangle in mm against the blank sheet."""
    x1, y1 = (round(v * SCALE) for v in (rect.x, rect.y))
    x2, y2 = (round(v * SCALE) for v in (rect.x + rect.w, rect.y + rect.h))
    return float(blank(page)[y1:y2, x1:x2].mean() - image[y1:y2, x1:x2].mean())


def bubbles_black(image: np.ndarray, name: str) -> str:
    """Digits whose bubbles are black, one sign a column; `.` for none, `?` for several."""
    found = ""
    bubbles = FORM.field(name).bubbles
    for column in bubbles.columns:
        half = 0.3 * bubbles.diameter
        inks = [ink(image, Rect(x - half, y - half, 2 * half, 2 * half)) for x, y in column]
        black = [digit for digit, value in enumerate(inks) if value > 60]
        found += str(black[0]) if len(black) == 1 else "?" if black else "."
    return found


@given(st.integers(0, 999), st.sampled_from(["X", "0", "-", "empty"]))
def test_signs_in_boxes_spell_the_value(value, leading):
    signs = box_signs(value, 3, leading)
    assert len(signs) == 3
    assert int(signs.replace("X", "0").replace("-", "0").replace(" ", "0")) == value


@pytest.mark.parametrize("value", [1000, -1])
def test_a_number_that_does_not_fit_is_refused(value):
    with pytest.raises(InputError, match="does not go into 3 boxes"):
        box_signs(value, 3)


def test_boxes_and_bubbles_carry_the_value():
    image = filled()
    for name, expected in (("paslon_1", "274"), ("paslon_2", ".58"), ("paslon_3", "..0")):
        assert bubbles_black(image, name) == expected
        assert all(ink(image, box.grow(-2)) > 4 for box in FORM.field(name).boxes)
    assert bubbles_black(filled(leading="0"), "paslon_2") == "058"


def test_empty_leading_boxes_and_missing_values_stay_blank():
    image = filled({"paslon_1": 5, "paslon_2": None}, leading="empty")
    assert [ink(image, box) > 0 for box in FORM.field("paslon_1").boxes] == [False, False, True]
    for name in ("paslon_2", "paslon_3"):
        assert [ink(image, box) for box in FORM.field(name).boxes] == [0, 0, 0]
        assert bubbles_black(image, name) == "..."


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 600))
def test_tally_cells_in_use_follow_the_value(value):
    image = filled({"paslon_1": value}, seed=value)
    tally = FORM.field("paslon_1").tally
    width, height = tally.grid.w / tally.columns, tally.grid.h / tally.rows
    used = 0
    for row in range(tally.rows):
        for column in range(tally.columns):
            x, y = tally.grid.x + column * width, tally.grid.y + row * height
            used += ink(image, Rect(x, y, width, height).grow(-1.8)) > 3
    assert used == -(-value // 5)
    sums = [any(ink(image, box.grow(-1)) > 3 for box in boxes) for boxes in tally.row_sums]
    assert sum(sums) == -(-value // 60)


def test_bubble_fault_changes_the_last_column_alone():
    black = bubbles_black(filled(faults={"paslon_1": "bubble"}), "paslon_1")
    assert black[:2] == "27"
    assert black[2].isdigit() and black[2] != "4"


def test_empty_fault_leaves_bubbles_as_the_only_writing():
    image = filled(faults={"paslon_1": "empty"})
    assert [ink(image, box) for box in FORM.field("paslon_1").boxes] == [0, 0, 0]
    assert bubbles_black(image, "paslon_1") == "274"


@pytest.mark.parametrize("fault", ["struck", "overwritten"])
def test_spoiled_box_holds_more_ink_than_a_clean_one(fault):
    last = FORM.field("paslon_1").boxes[-1]
    clean, spoiled = filled(), filled(faults={"paslon_1": fault})
    assert ink(spoiled, last) > 1.3 * ink(clean, last)
    first = FORM.field("paslon_1").boxes[0]
    assert ink(spoiled, first) == ink(clean, first)


def test_one_line_runs_through_every_box_of_its_number():
    clean, lined = filled(), filled(faults={"paslon_1": "lined"})
    for box in FORM.field("paslon_1").boxes:
        assert ink(lined, box) > 1.1 * ink(clean, box)


def test_heading_is_written_in_its_place_alone():
    image = filled({}, heading={"desa": "Semayap", "tps": "007"})
    heading = FORM.page(2).heading
    assert ink(image, heading) > 0
    outside = image.copy()
    y1, y2 = round(heading.y * SCALE), round((heading.y + heading.h) * SCALE)
    outside[y1:y2] = blank()[y1:y2]
    assert np.array_equal(outside, blank())


def test_other_pages_have_their_fields_and_the_input_is_not_touched():
    before = blank(1).copy()
    image = filled({"pemilih_dpt_l": 231, "paslon_1": 99}, page=1)
    box = FORM.field("pemilih_dpt_l").boxes[0]
    assert ink(image, box.grow(-2), page=1) > 4
    assert np.array_equal(blank(1), before)


def test_same_seed_same_sheet():
    assert np.array_equal(filled(seed=5), filled(seed=5))
    assert not np.array_equal(filled(seed=5), filled(seed=6))


def test_every_habit_stays_near_its_place():
    place = Rect(0, 0, 12, 20)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        hand = random_hand(rng)
        for glyph in [g for ways in GLYPHS.values() for g in ways] + list(LETTERS.values()):
            points = np.concatenate(strokes_in(glyph, place, hand, rng))
            assert points.min(axis=0)[0] > -6 and points.max(axis=0)[0] < 18
            assert points.min(axis=0)[1] > -5 and points.max(axis=0)[1] < 25


def test_signs_have_the_habits_seen_on_sheets():
    assert set(GLYPHS) == set("0123456789X-")
    for sign in "0123456789":
        assert len(GLYPHS[sign]) >= 3, sign
