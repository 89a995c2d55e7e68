"""What one round of training consists of: so many cells of each making, freshly drawn."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from augment import Rng, disturbed
from cells import CANVAS, CLASSES, INTERIOR, MARGIN, SIZE, Gray
from data import Pens, Pools, load_pools, mnist_ink
from glyphs import bounds, cross, dash, drawn_digit, guided_digit, place, scribble, strike
from numpy.typing import NDArray
from synthesis import (
    THIN,
    Layer,
    Strokes,
    Surroundings,
    bleed,
    compose,
    empty,
    ink,
    pen_width,
    specks,
)

DIGITS = 10
CROSS, DASH, BLANK, OTHER = (CLASSES.index(c) for c in "X-_?")

BARE = Surroundings(guide=0.5, watermark=0.4, specks=0.4, intrusion=0.25)

Made = tuple[Gray, int]
Maker = Callable[[Pools, Rng], Made]


def pen_strokes(pens: Pens, index: int, rng: Rng) -> Strokes:
    """A written mark laid into the box at a size and place of its own."""
    mark, label = pens.marks[index], pens.labels[index]
    if label < DIGITS:
        largest = 0.55 if rng.random() < 0.25 else 1.0
        return place(mark, rng, rng.uniform(0.38, largest), rng.normal(1, 0.1), 0.06)
    low = 0.3 if label == CROSS else 0.22
    return place(mark, rng, rng.uniform(low, 1.05), rng.normal(1, 0.12), 0.09)


def _digit_of(pens: Pens, rng: Rng) -> int:
    while True:
        index = int(rng.integers(len(pens.labels)))
        if pens.labels[index] < DIGITS:
            return index


def kpps(pools: Pools, rng: Rng) -> Made:
    """A real box; its ink at times made paler or darker against its frame."""
    index = int(rng.integers(len(pools.kpps_train.labels)))
    canvas = pools.kpps_train.images[index]
    if rng.random() < 0.3:
        canvas = canvas.copy()
        inner = canvas[MARGIN:-MARGIN, MARGIN:-MARGIN]
        scaled = inner.astype(np.float32) * rng.uniform(0.6, 1.3)
        canvas[MARGIN:-MARGIN, MARGIN:-MARGIN] = np.clip(scaled, 0, 255)
    return canvas, int(pools.kpps_train.labels[index])


def kpps_rare(pools: Pools, rng: Rng) -> Made:
    """A real box of one of the marks that are scarce: blank and struck out."""
    labels = pools.kpps_train.labels
    index = int(rng.choice(np.flatnonzero((labels == BLANK) | (labels == OTHER))))
    return pools.kpps_train.images[index], int(labels[index])


def scanned(pools: Pools, rng: Rng) -> Made:
    """A real box of a scanned sheet of 2019; rare marks are taken more often."""
    labels = pools.scans.labels
    share = 1 / np.sqrt(np.bincount(labels, minlength=len(CLASSES))[labels])
    index = int(rng.choice(len(labels), p=share / share.sum()))
    return pools.scans.images[index], int(labels[index])


def pen_mark(pens: Pens, index: int, rng: Rng) -> Made:
    """One UNIPEN mark in a drawn box."""
    return compose(ink(pen_strokes(pens, index, rng), rng), rng), int(pens.labels[index])


def unipen(pools: Pools, rng: Rng) -> Made:
    """Any mark of a training writer."""
    return pen_mark(pools.unipen_train, int(rng.integers(len(pools.unipen_train.labels))), rng)


def corrected(pools: Pools, rng: Rng) -> Made:
    """A digit written over correction fluid, of which rim and remains are still to be seen."""
    pens = pools.unipen_train
    old, new = (_digit_of(pens, rng) for _ in range(2))
    under = _fluid(ink(pen_strokes(pens, old, rng), rng), rng)
    over = ink(pen_strokes(pens, new, rng), rng)
    return compose(np.maximum(under * rng.uniform(0.1, 0.45), over), rng), int(pens.labels[new])


def faint(pools: Pools, rng: Rng) -> Made:
    """A pale, thinly written digit, mostly one of those that broken strokes turn into another."""
    pens = pools.unipen_train
    while True:
        index = _digit_of(pens, rng)
        if pens.labels[index] in (0, 3, 5, 6, 8) or rng.random() < 0.35:
            break
    mark = ink(pen_strokes(pens, index, rng), rng, pen_width(rng, THIN))
    return compose(mark * rng.uniform(0.7, 1.0), rng), int(pens.labels[index])


def mnist(pools: Pools, rng: Rng) -> Made:
    """An MNIST digit in a drawn box."""
    index = int(rng.integers(len(pools.mnist_train.labels)))
    mark = mnist_ink(pools.mnist_train.images[index], rng)
    return compose(mark, rng), int(pools.mnist_train.labels[index])


def guided(_: Pools, rng: Rng) -> Made:
    """A digit along the guide, the guide mostly visible."""
    digit = int(rng.integers(DIGITS))
    return compose(ink(guided_digit(digit, rng), rng), rng, guided=rng.random() < 0.7), digit


def rare_digit(_: Pools, rng: Rng) -> Made:
    """0, 1, 4, 5, 7 or 8 in the forms that the pools lack."""
    digit = int(rng.choice((0, 1, 1, 4, 4, 5, 7, 7, 8)))
    return compose(ink(drawn_digit(digit, rng), rng), rng), digit


def crossed(_: Pools, rng: Rng) -> Made:
    """A drawn X."""
    return compose(ink(cross(rng), rng), rng), CROSS


def dashed(_: Pools, rng: Rng) -> Made:
    """A drawn dash or lone diagonal."""
    return compose(ink(dash(rng), rng), rng), DASH


def blank(pools: Pools, rng: Rng) -> Made:
    """Nothing written: guide, watermark, dirt, neighbours' strokes, bleed-through."""
    mark = empty()
    if rng.random() < 0.25:
        index = _digit_of(pools.unipen_train, rng)
        mark = bleed(rng, pen_strokes(pools.unipen_train, index, rng))
    if rng.random() < 0.3:
        mark = np.maximum(mark, specks(rng, 3))
    return compose(mark, rng, BARE), BLANK


def _fluid(mark: Layer, rng: Rng) -> Layer:
    """Correction fluid over part of a mark: what lies under it is gone, its rim casts a shade."""
    blob = np.zeros((CANVAS, CANVAS), np.uint8)
    for _ in range(rng.integers(2, 6)):
        centre = rng.normal(CANVAS / 2, 0.15 * INTERIOR, 2).astype(int)
        axes = rng.uniform(0.1, 0.3, 2) * INTERIOR
        cv2.ellipse(
            blob,
            tuple(map(int, centre)),
            tuple(map(int, axes)),
            rng.uniform(0, 180),
            0,
            360,
            255,
            -1,
        )
    rim = cv2.morphologyEx(blob, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    cover = blob.astype(np.float32) / 255 * rng.uniform(0.8, 1)
    return np.maximum(mark * (1 - cover), rim.astype(np.float32) / 255 * rng.uniform(0.05, 0.3))


def _overwritten(pools: Pools, rng: Rng) -> Layer:
    """Two digits, one on top of the other; pairs in which one hides in the other are left out."""
    pens = pools.unipen_train
    while True:
        pair = [_digit_of(pens, rng) for _ in range(2)]
        names = {int(pens.labels[i]) for i in pair}
        if len(names) == 2 and not names & {1, 8} and names not in ({4, 9}, {0, 6}, {0, 9}):
            break
    size = rng.uniform(0.5, 0.9)
    marks = [place(pens.marks[i], rng, size * rng.normal(1, 0.06), 1.0, 0.04) for i in pair]
    widths = np.minimum([pen_width(rng) for _ in marks], 0.07)
    return np.maximum(ink(marks[0], rng, widths[0]), ink(marks[1], rng, widths[1]))


def _struck(pools: Pools, rng: Rng) -> Layer:
    """A digit crossed out by lines, by an X over it or by a zigzag."""
    if rng.random() < 0.4:
        strokes = guided_digit(int(rng.choice((0, 0, 2, 3, 5, 6, 8, 9))), rng)
    else:
        strokes = pen_strokes(pools.unipen_train, _digit_of(pools.unipen_train, rng), rng)
        low, high = bounds(strokes)
        if high[0] - low[0] < 0.15:
            strokes = guided_digit(0, rng)
    width = pen_width(rng)
    if rng.random() < 0.6:
        return ink(strokes + strike(strokes, rng), rng, width)
    return np.maximum(ink(strokes, rng, width), ink(strike(strokes, rng), rng, width))


def _slashed_box(rng: Rng) -> Layer:
    """A rectangle along the guide with one diagonal, or two: how a 0 is struck out."""
    strokes = guided_digit(0, rng)
    low, high = bounds(strokes)
    diagonals = [np.array([low, high]), np.array([(high[0], low[1]), (low[0], high[1])])]
    if rng.random() < 0.5:
        diagonals = diagonals[rng.integers(2) :][:1]
    return ink(strokes + diagonals, rng)


def other(pools: Pools, rng: Rng) -> Made:
    """What must not be read: struck out, overwritten, scribbled."""
    kind = rng.random()
    if kind < 0.6:
        mark = _struck(pools, rng)
    elif kind < 0.8:
        mark = _overwritten(pools, rng)
    elif kind < 0.9:
        mark = ink(scribble(rng), rng)
    else:
        mark = _slashed_box(rng)
    return compose(mark, rng), OTHER


RECIPE: tuple[tuple[Maker, float, float, float], ...] = (
    (kpps, 22, 42, 0.2),
    (kpps_rare, 1, 1, 0.2),
    (scanned, 6, 10, 0.25),
    (unipen, 26, 20, 0.25),
    (corrected, 2, 1, 0.1),
    (faint, 5, 2, 0.5),
    (mnist, 12, 9, 0.25),
    (guided, 9, 5, 0.25),
    (rare_digit, 9, 5, 0.3),
    (crossed, 5, 2, 0.35),
    (dashed, 4, 1.5, 0.35),
    (blank, 5, 2, 0.25),
    (other, 6, 1.5, 0.25),
)
"""Makers, their weights in training and at its end, and the share of their cells that become
black-and-white scans. The end is nearer to what boxes hold: few in a hundred are struck out."""

SOURCES = {
    "kpps": (kpps, kpps_rare),
    "scans": (scanned,),
    "unipen": (unipen, corrected, faint),
    "mnist": (mnist,),
}
"""Makers by the source of their marks: each can be left out, to measure on what was not seen."""


def make_cells(
    pools: Pools, count: int, seed: list[int], without: str = "", *, end: bool = False
) -> tuple[Gray, NDArray[np.int64]]:
    """`count` cells [n, 40, 40] uint8 and their classes [n], the same for the same seed.

    `without` names a source that no cell may come from; `end` asks for the weights of the end.
    """
    rng = np.random.default_rng(seed)
    left_out = SOURCES.get(without, ())
    weights = np.array([0 if row[0] in left_out else row[1 + end] for row in RECIPE], float)
    picks = rng.choice(len(RECIPE), count, p=weights / weights.sum())
    cells = np.empty((count, SIZE, SIZE), np.uint8)
    labels = np.empty(count, np.int64)
    for i, pick in enumerate(picks):
        make, _, _, scans = RECIPE[pick]
        canvas, labels[i] = make(pools, rng)
        cells[i] = disturbed(canvas, rng, scans=scans)
    return cells, labels


def _chunk(
    shared: str, cache: str, count: int, seed: list[int], without: str, end: bool
) -> tuple[Gray, NDArray[np.int64]]:
    cv2.setNumThreads(1)
    return make_cells(load_pools(Path(shared), Path(cache)), count, seed, without, end=end)


CHUNK = 10_000


def make_many(
    shared: Path,
    cache: Path,
    count: int,
    seed: int,
    workers: int,
    without: str = "",
    *,
    end: bool = False,
) -> tuple[Gray, NDArray[np.int64]]:
    """`count` cells by several processes, kept below `cache`; independent of `workers`."""
    kept = cache / f"cells-{count}-{seed}{without and '-without-' + without}{'-end' * end}.npz"
    if not kept.exists():
        load_pools(shared, cache)
        chunks = -(-count // CHUNK)
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            parts = list(
                pool.map(
                    _chunk,
                    [str(shared)] * chunks,
                    [str(cache)] * chunks,
                    [CHUNK] * chunks,
                    [[seed, i, *([1] * end)] for i in range(chunks)],
                    [without] * chunks,
                    [end] * chunks,
                )
            )
        cells = np.concatenate([c for c, _ in parts])[:count]
        labels = np.concatenate([y for _, y in parts])[:count]
        np.savez(kept, cells=cells, labels=labels)
    stored = np.load(kept)
    return stored["cells"], stored["labels"]
