"""The digit model: white cells are blank without it, and change nothing of the others."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tpsbox.reading.model import CLASSES, load_model


def written(digit: int) -> NDArray[np.uint8]:
    """A cell with a digit in dark ink."""
    cell = np.zeros((40, 40), np.uint8)
    cv2.putText(cell, str(digit), (11, 31), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 210, 3, cv2.LINE_AA)
    return cell


WHITE = np.full((40, 40), 20, np.uint8)


@given(st.lists(st.none() | st.integers(0, 9), max_size=12))
def test_white_cells_are_blank_and_change_nothing_of_the_others(marks: list[int | None]) -> None:
    model = load_model()
    cells = [WHITE if mark is None else written(mark) for mark in marks]
    odds = model.predict(np.array(cells, np.uint8).reshape(-1, 40, 40))
    assert odds.shape == (len(marks), len(CLASSES))
    assert odds.sum(axis=1) == pytest.approx(np.ones(len(marks)))
    for mark, cell, row in zip(marks, cells, odds, strict=True):
        if mark is None:
            assert row[CLASSES.index("_")] > 0.99
        else:
            assert np.array_equal(row, model.predict(cell[None])[0])


def test_an_upright_printed_digit_is_read() -> None:
    odds = load_model().predict(np.array([written(digit) for digit in (0, 3, 5, 8)]))
    assert "".join(CLASSES[best] for best in odds.argmax(axis=1)) == "0358"
