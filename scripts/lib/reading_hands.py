"""Marks of validation writers only: TPS and writers that no training cell comes from.

A *hand* is what one person wrote: the marks of a UNIPEN writer, or of one TPS of kpps-2024. MNIST
does not say who wrote what, so its marks belong to no hand. X and dashes that a source lacks come
from the UNIPEN writers that are held out.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from reading_paths import SHARED, use_models
from reading_sitting import Rng, Sitting, bare, boxed, inked, laid

use_models()
from cells import CLASSES, Gray  # noqa: E402
from data import (  # noqa: E402
    FOREIGN_LABS,
    KPPS_CLASS,
    Pens,
    held_back,
    load_unipen,
)
from frames import rectify  # noqa: E402

DIGITS = 10
BLANK = CLASSES.index("_")
NOBODY = -1

LEAST_MARKS = 4
"""Crops of a TPS from which they count as a hand; what it lacks is topped up from the source."""

MNIST_MARKS = 2500
"""Digits taken from the test set."""

BLANKS = 300
"""Boxes without writing drawn for every source."""

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Marks:
    """The marks of one source: class and hand of each, and how one is put on a canvas.

    `hands` [n] counts into `names`, NOBODY where unknown.
    """

    labels: Labels
    hands: Labels
    names: tuple[str, ...]
    canvas: Callable[[int, Sitting, Rng], Gray]


def kpps_marks(folder: Path = SHARED / "digits" / "kpps-2024") -> Marks:
    """Real boxes of held-out TPS, those whose frame is found."""
    images: list[Gray] = []
    labels: list[int] = []
    owners: list[str] = []
    with (folder / "labels.csv").open(newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if held_back(row["tps"])]
    for row in rows:
        label = KPPS_CLASS.get(row["label"], row["label"])
        canvas = rectify(np.asarray(cv2.imread(str(folder / row["file"])), np.uint8))
        if canvas is not None and label != "?":
            images.append(canvas)
            labels.append(CLASSES.index(label))
            owners.append(row["tps"])
    classes = np.array(labels)
    hands, names = _hands(owners, classes, LEAST_MARKS)
    return Marks(classes, hands, names, lambda i, _, __: images[i])


def unipen_marks(path: Path = SHARED / "digits" / "unipen_strokes.npz") -> Marks:
    """Strokes of held-out writers, in drawn boxes."""
    pens, owners = held_pens(path)
    hands, names = _hands(owners, pens.labels, 2 * DIGITS)
    return Marks(
        pens.labels, hands, names, lambda i, sitting, rng: penned(pens.marks[i], sitting, rng)
    )


def held_pens(path: Path) -> tuple[Pens, list[str]]:
    """Held-out UNIPEN marks and the writer of each."""
    _, pens, _ = load_unipen(path)
    writers = [str(writer) for writer in np.load(path)["writer"]]
    owners = [w for w in writers if w.split("/")[0] not in FOREIGN_LABS and held_back(w)]
    if len(owners) != len(pens.marks):
        raise ValueError(f"{path}: {len(pens.marks)} marks of {len(owners)} writers")
    return pens, owners


def penned(strokes: list[NDArray[np.float64]], sitting: Sitting, rng: Rng) -> Gray:
    """Strokes in a printed box, by the pen of a sitting."""
    return boxed(inked(strokes, sitting, rng), sitting, rng)


def mnist_marks(path: Path = SHARED / "digits" / "mnist.npz") -> Marks:
    """Digits of the test set, in drawn boxes."""
    stored = np.load(path)
    chosen = np.random.default_rng(0).permutation(len(stored["test_y"]))[:MNIST_MARKS]
    images, labels = stored["test_x"][chosen], stored["test_y"][chosen].astype(np.int64)
    return Marks(
        labels,
        np.full(len(labels), NOBODY),
        (),
        lambda i, sitting, rng: boxed(laid(images[i], sitting, rng), sitting, rng),
    )


def blank_marks(path: Path = SHARED / "digits" / "unipen_strokes.npz") -> Marks:
    """Boxes in which nothing is written."""
    pens, _ = held_pens(path)
    return Marks(
        np.full(BLANKS, BLANK),
        np.full(BLANKS, NOBODY),
        (),
        lambda i, sitting, rng: bare(pens.marks[i], sitting, rng),
    )


def damaged_marks(path: Path = SHARED / "digits" / "unipen_strokes.npz") -> Marks:
    """UNIPEN digits of the held-out writers, each without a stroke or a third of a stroke."""
    pens, owners = held_pens(path)
    hands, names = _hands(owners, pens.labels, 2 * DIGITS)

    def damaged(index: int, sitting: Sitting, rng: Rng) -> Gray:
        return penned(without_a_stroke(pens.marks[index], rng), sitting, rng)

    return Marks(pens.labels, hands, names, damaged)


def without_a_stroke(strokes: list[NDArray[np.float64]], rng: Rng) -> list[NDArray[np.float64]]:
    """One stroke fewer, or one stroke without a third of its length; never nothing at all."""
    chosen = int(rng.integers(len(strokes)))
    if len(strokes) > 1 and rng.random() < 0.5:
        return [stroke for i, stroke in enumerate(strokes) if i != chosen]
    stroke = strokes[chosen]
    steps = np.hypot(*np.diff(stroke, axis=0).T) if len(stroke) > 1 else np.zeros(0)
    along = np.concatenate(([0.0], np.cumsum(steps)))
    start = float(rng.choice((0.0, 1 / 3, 2 / 3))) * along[-1]
    end = start + along[-1] / 3
    kept = [stroke[along <= start], stroke[along >= end]]
    rest = [part for part in kept if len(part) > 1]
    others = [other for i, other in enumerate(strokes) if i != chosen]
    return others + rest if others or rest else strokes


def _hands(owners: list[str], labels: Labels, least: int) -> tuple[Labels, tuple[str, ...]]:
    """Which hand made each mark; owners of fewer than `least` digits are nobody."""
    digits = [owner for owner, label in zip(owners, labels, strict=True) if label < DIGITS]
    names = tuple(name for name in dict.fromkeys(digits) if digits.count(name) >= least)
    number = {name: i for i, name in enumerate(names)}
    return np.array([number.get(owner, NOBODY) for owner in owners]), names
