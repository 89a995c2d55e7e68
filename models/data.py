"""The three pools of handwriting, as canvases or strokes, and how they are split."""

from __future__ import annotations

import csv
import zlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from cells import CANVAS, CLASSES, INTERIOR, MARGIN, Gray
from frames import rectify, unframed
from numpy.typing import NDArray
from scans import load_scans
from synthesis import Strokes

HELD_PERCENT = 15
"""Share of the TPS (crops) and of the writers (strokes) kept out of training."""

FOREIGN_LABS = frozenset({"gmd", "pri", "lou", "lav"})
"""UNIPEN contributors kept out wholly: the temperature is fitted on them alone."""

MNIST_INK = 40
"""Grey level above which a pixel of MNIST belongs to the digit."""

KPPS_CLASS = {"blank": "_", "other": "?"}


def held_back(name: str) -> bool:
    """Whether a TPS or writer is held out; the same on every machine and for every seed."""
    return zlib.crc32(name.encode()) % 100 < HELD_PERCENT


@dataclass(frozen=True)
class Canvases:
    """Rectified boxes: images [n, 88, 88] uint8 of darkness, labels [n] class numbers."""

    images: Gray
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class Pens:
    """Marks as strokes in the unit square (longest side 1), labels [n] class numbers."""

    marks: list[Strokes]
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class Pools:
    """All that is read from disk, split."""

    kpps_train: Canvases
    kpps_held: Canvases
    scans: Canvases
    mnist_train: Canvases
    mnist_test: Canvases
    unipen_train: Pens
    unipen_held: Pens
    unipen_foreign: Pens


def load_kpps(folder: Path, cache: Path) -> tuple[Canvases, Canvases]:
    """Train and held-out TPS. A crop that shows no frame counts as the inside of its box."""
    if not cache.exists():
        images, labels, held = [], [], []
        with (folder / "labels.csv").open(newline="") as handle:
            for row in csv.DictReader(handle):
                photo = cv2.imread(str(folder / row["file"]))
                canvas = rectify(photo)
                images.append(unframed(photo) if canvas is None else canvas)
                labels.append(CLASSES.index(KPPS_CLASS.get(row["label"], row["label"])))
                held.append(held_back(row["tps"]))
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.savez(cache, images=images, labels=labels, held=held)
    stored = np.load(cache)
    held, images, labels = stored["held"], stored["images"], stored["labels"].astype(np.int64)
    return Canvases(images[~held], labels[~held]), Canvases(images[held], labels[held])


def load_unipen(path: Path) -> tuple[Pens, Pens, Pens]:
    """Train, held-out writers, and foreign labs."""
    stored = np.load(path)
    points = stored["points"].astype(np.float64)
    strokes, items = stored["stroke_start"], stored["item_start"]
    groups: dict[str, tuple[list[Strokes], list[int]]] = {
        name: ([], []) for name in ("train", "held", "foreign")
    }
    for i, (label, writer) in enumerate(zip(stored["label"], stored["writer"], strict=True)):
        mark = [points[strokes[s] : strokes[s + 1]] for s in range(items[i], items[i + 1])]
        mark = [s for s in mark if len(s)]
        if not mark:
            continue
        low, high = np.vstack(mark).min(axis=0), np.vstack(mark).max(axis=0)
        middle, longest = (low + high) / 2, max((high - low).max(), 1.0)
        unit = [(s - middle) / longest * (1, -1) + 0.5 for s in mark]
        if str(writer).split("/")[0] in FOREIGN_LABS:
            group = "foreign"
        else:
            group = "held" if held_back(str(writer)) else "train"
        groups[group][0].append(unit)
        groups[group][1].append(int(label))
    made = {name: Pens(m, np.array(y, np.int64)) for name, (m, y) in groups.items()}
    return made["train"], made["held"], made["foreign"]


def load_pools(shared: Path, cache: Path) -> Pools:
    """Read everything below `shared`/digits; `cache` is a folder for the rectified crops."""
    digits = shared / "digits"
    train, held = load_kpps(digits / "kpps-2024", cache / "kpps-boxes.npz")
    scans = load_scans(shared / "scans" / "c1-ppwp-2019", cache / "scans.npz")
    mnist = np.load(digits / "mnist.npz")
    pens = load_unipen(digits / "unipen_strokes.npz")
    return Pools(
        train,
        held,
        Canvases(*scans),
        Canvases(mnist["train_x"], mnist["train_y"].astype(np.int64)),
        Canvases(mnist["test_x"], mnist["test_y"].astype(np.int64)),
        *pens,
    )


def mnist_ink(image: Gray, rng: np.random.Generator) -> NDArray[np.float32]:
    """A 28x28 digit -> darkness [88, 88], scaled and placed in the interior, thinned at times."""
    ys, xs = np.nonzero(image > MNIST_INK)
    crop = image[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    height = rng.uniform(0.4, 0.95) * INTERIOR
    scale = height / crop.shape[0]
    width = max(3, round(min(crop.shape[1] * scale * rng.uniform(0.85, 1.15), INTERIOR * 0.95)))
    big = cv2.resize(crop, (width, round(height)), interpolation=cv2.INTER_CUBIC)
    big = cv2.copyMakeBorder(big, 4, 4, 4, 4, cv2.BORDER_CONSTANT, value=0)
    thin = int(rng.integers(0, 3))
    if thin and scale > 1.3:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (thin + 1, thin + 1))
        eroded = cv2.erode(big, kernel)
        big = eroded if eroded.max() > 200 else big
    out = np.zeros((CANVAS, CANVAS), np.float32)
    free_y, free_x = CANVAS - big.shape[0], CANVAS - big.shape[1]
    y = int(np.clip(free_y / 2 + rng.normal(0, 0.05) * INTERIOR, MARGIN - 8, free_y - MARGIN + 8))
    x = int(np.clip(free_x / 2 + rng.normal(0, 0.05) * INTERIOR, MARGIN - 8, free_x - MARGIN + 8))
    y, x = min(max(y, 0), free_y), min(max(x, 0), free_x)
    out[y : y + big.shape[0], x : x + big.shape[1]] = big
    sharp = np.clip((out / 255 - 0.25) * rng.uniform(1.3, 2.2), 0, 1)
    return (sharp * rng.uniform(0.35, 1.2)).astype(np.float32)
