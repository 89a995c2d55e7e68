"""Single boxes: real crops as `tpsbox read --cells` takes them, and the sets of models/evaluate."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from reading_misses import Miss
from reading_paths import CACHE, SHARED, use_models
from tpsbox.reading.crop import read_crop
from tpsbox.reading.model import CLASSES, load_model
from tpsbox.vision.photo import load_photo
from tpsbox.vision.single import single_cell

use_models()
from data import KPPS_CLASS, held_back, load_pools  # noqa: E402
from evaluate import held_out_sets  # noqa: E402
from frames import rectify  # noqa: E402

DIGITS = 10
BATCH = 500
SURE = (0.99, 0.999)
"""Probabilities from which a box read alone would be taken, to show what that would cost."""


def crop_rows(
    folder: Path = SHARED / "digits" / "kpps-2024",
) -> tuple[dict[str, dict[str, Any]], list[Miss]]:
    """Every crop of the held-out TPS, also those in which training finds no frame."""
    cells, labels, framed, grays = [], [], [], []
    with (folder / "labels.csv").open(newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if held_back(row["tps"])]
    for row in rows:
        photo = load_photo(folder / row["file"])
        cells.append(single_cell(photo.gray, row["file"]))
        labels.append(CLASSES.index(KPPS_CLASS.get(row["label"], row["label"])))
        framed.append(rectify(photo.color) is not None)
        grays.append(photo.gray)
    model = load_model()
    odds = np.array([read_crop(cell, model) for cell in cells])
    classes, whole = np.array(labels), np.array(framed)
    digits, crosses = classes < DIGITS, classes == CLASSES.index("X")
    parts = {
        "crops, digits 0-9": digits,
        "crops, digits, no frame found": digits & ~whole,
        "crops, X": crosses,
        "crops, all classes": np.ones(len(classes), bool),
    }
    table = {name: row_of(odds[part], classes[part]) for name, part in parts.items()}
    wrong = np.flatnonzero(odds.argmax(axis=1) != classes)
    misses = [
        Miss(grays[i], CLASSES[classes[i]], CLASSES[odds[i].argmax()], float(odds[i].max()))
        for i in wrong
    ]
    return table, misses


def evaluation_rows() -> tuple[dict[str, dict[str, Any]], list[Miss]]:
    """The sets of the model's card, through the shipped file and its runtime."""
    table, misses = {}, []
    for name, (cells, labels) in held_out_sets(load_pools(SHARED, CACHE)).items():
        odds = _predict(cells)
        table[name] = row_of(odds, labels)
        for i in np.flatnonzero(odds.argmax(axis=1) != labels):
            read = CLASSES[odds[i].argmax()]
            misses.append(Miss(255 - cells[i], CLASSES[labels[i]], read, float(odds[i].max())))
    return table, misses


def row_of(odds: NDArray[np.float64], labels: NDArray[np.int64]) -> dict[str, Any]:
    """Boxes, how many are wrong, and how many wrong ones a bare threshold would let pass."""
    if not len(labels):
        return {"boxes": 0}
    top, right = odds.max(axis=1), odds.argmax(axis=1) == labels
    row: dict[str, Any] = {
        "boxes": len(labels),
        "wrong": int((~right).sum()),
        "right_percent": round(100 * float(right.mean()), 2),
    }
    for least in SURE:
        taken = top >= least
        row[f"p_{least}_taken_percent"] = round(100 * float(taken.mean()), 1)
        row[f"p_{least}_wrong"] = int((taken & ~right).sum())
    return row


def _predict(cells: NDArray[np.uint8]) -> NDArray[np.float64]:
    model = load_model()
    parts = [model.predict(cells[start : start + BATCH]) for start in range(0, len(cells), BATCH)]
    return np.concatenate(parts)
