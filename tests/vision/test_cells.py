"""A cell of the box equals, bit by bit, a cell of the training: the model's contract."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tpsbox.forms.model import Rect
from tpsbox.vision.cells import SIZE, BoxImage, box_image, ink_cell

MODELS = Path(__file__).resolve().parents[2] / "models"


@pytest.fixture(scope="module")
def training():
    spec = importlib.util.spec_from_file_location("training_cells", MODELS / "cells.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@given(seed=st.integers(0, 2**32 - 1), black=st.integers(0, 200))
def test_same_arithmetic_as_in_training(training, seed, black):
    interior = np.random.default_rng(seed).integers(0, 256, (SIZE, SIZE), np.uint8)
    image = BoxImage(interior, training.paper_level(interior), float(black))
    wanted = training.ink_cell(interior, float(black))
    assert (ink_cell(image, float(black), 0.0) == wanted).all()


def drawn_box(ink: int = 255) -> np.ndarray:
    """A 20 mm box with 1 mm stroke in the middle of 30 mm of paper, at 4 px/mm."""
    flat = np.full((120, 120), 230, np.uint8)
    flat[18:102, 18:102] = 20
    flat[22:98, 22:98] = 230
    flat[40:80, 58:62] = np.minimum(flat[40:80, 58:62], ink)
    return flat


def test_an_empty_box_has_no_ink():
    seen = box_image(drawn_box(), 4.0, Rect(5, 5, 20, 20), 1.0)
    assert ink_cell(seen, seen.frame, 0.0).max() < 10
    assert seen.frame < 40


def test_a_stroke_as_dark_as_the_frame_comes_out_at_one():
    seen = box_image(drawn_box(ink=20), 4.0, Rect(5, 5, 20, 20), 1.0)
    cell = ink_cell(seen, seen.frame, 0.0)
    assert 190 < cell[20, 18:22].max() <= 230
    assert (cell[:, :10] < 10).all()


def test_noise_of_bare_paper_is_taken_off_and_ink_stays():
    seen = box_image(drawn_box(ink=20), 4.0, Rect(5, 5, 20, 20), 1.0)
    quiet, noisy = ink_cell(seen, seen.frame, 0.0), ink_cell(seen, seen.frame, 0.4)
    assert noisy.sum() < quiet.sum()
    assert noisy.max() > 80


def test_a_tall_box_is_cut_to_its_writing():
    """Digits must not be squashed: a box twice as high as wide is cut around its ink."""
    flat = np.full((200, 120), 230, np.uint8)
    flat[110:150, 48:52] = 20
    seen = box_image(flat, 4.0, Rect(4, 4, 18, 40), 0.4)
    rows = np.flatnonzero(ink_cell(seen, 20.0, 0.0).max(axis=1) > 100)
    # 40 px of stroke in a window of 1.15 x 71 px: half of the cell.
    assert 16 <= len(rows) <= 24
    assert 15 <= rows.mean() <= 25
