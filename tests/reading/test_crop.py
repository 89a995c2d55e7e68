"""A cut-out box is read from several cuts of it."""

from __future__ import annotations

import numpy as np
from tpsbox.reading.crop import SHIFTS, read_crop
from tpsbox.reading.model import CLASSES


class Sees:
    """A model that says a 1 or a 7, by whether the first of its cell's columns is inked."""

    def __init__(self, inked: float, bare: float) -> None:
        self.sevens = {True: inked, False: bare}
        self.seen: list[np.ndarray] = []

    def predict(self, cells):
        self.seen = list(cells)
        odds = np.zeros((len(cells), len(CLASSES)))
        for row, cell in zip(odds, cells, strict=True):
            row[7] = self.sevens[bool(cell[:, 0].any())]
            row[1] = 1 - row[7]
        return odds


CELL = np.zeros((40, 40), np.uint8)
CELL[:, 1] = 255


def test_what_most_cuts_say_counts():
    model = Sees(inked=0.6, bare=0.02)  # only cuts moved right begin with the inked column
    odds = read_crop(CELL, model)
    assert odds.argmax() == 1
    assert abs(odds.sum() - 1) < 1e-9
    assert len(model.seen) == len(SHIFTS) == 9
    assert (model.seen[4] == CELL).all()


def test_one_cut_alone_cannot_rule_a_class_out():
    odds = read_crop(CELL, Sees(inked=1.0, bare=0.9))
    assert odds.argmax() == 7
    assert 0 < odds[1] < 0.1
