"""The makers of training cells: each draws one canvas of its kind of mark, freshly every time."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from augment import Rng, moire, rewritten
from cells import CANVAS, CLASSES, INTERIOR, MARGIN, Gray
from data import Pens, Pools, mnist_ink
from glyphs import (
    angular_eight,
    bounds,
    cross,
    dash,
    drawn_digit,
    guided_digit,
    passes,
    place,
    row_cross,
)
from hands import bent, styled_digit, written_cross
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
    pressed,
    specks,
)

DIGITS = 10
CROSS, DASH, BLANK, OTHER = (CLASSES.index(c) for c in "X-_?")

BARE = Surroundings(guide=0.5, watermark=0.4, specks=0.4, intrusion=0.25)

REWRITTEN = 0.5
"""Share of real boxes whose writing is bent, so that not the very stroke is learned by heart."""

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


def digit_of(pens: Pens, rng: Rng) -> int:
    """The index of any digit among the marks."""
    while True:
        index = int(rng.integers(len(pens.labels)))
        if pens.labels[index] < DIGITS:
            return index


def _real_box(pools: Pools, index: int, rng: Rng) -> Gray:
    canvas = pools.kpps_train.images[index]
    return rewritten(canvas, rng) if rng.random() < REWRITTEN else canvas


def kpps(pools: Pools, rng: Rng) -> Made:
    """A real box; its ink at times made paler or darker against its frame."""
    index = int(rng.integers(len(pools.kpps_train.labels)))
    canvas = _real_box(pools, index, rng)
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
    return _real_box(pools, index, rng), int(labels[index])


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
    old, new = (digit_of(pens, rng) for _ in range(2))
    under = _fluid(ink(pen_strokes(pens, old, rng), rng), rng)
    over = ink(pen_strokes(pens, new, rng), rng)
    return compose(np.maximum(under * rng.uniform(0.1, 0.45), over), rng), int(pens.labels[new])


def faint(pools: Pools, rng: Rng) -> Made:
    """A pale, thinly written digit, mostly one of those that broken strokes turn into another."""
    pens = pools.unipen_train
    while True:
        index = digit_of(pens, rng)
        if pens.labels[index] in (0, 3, 5, 6, 8) or rng.random() < 0.35:
            break
    mark = ink(pen_strokes(pens, index, rng), rng, pen_width(rng, THIN))
    return compose(mark * rng.uniform(0.7, 1.0), rng), int(pens.labels[index])


def dry(pools: Pools, rng: Rng) -> Made:
    """A digit whose pen gave little ink at first."""
    pens = pools.unipen_train
    index = digit_of(pens, rng)
    strokes = pen_strokes(pens, index, rng)
    first = len(strokes[0])
    pale = max(2, round(first * rng.uniform(0.15, 0.45)))
    rest = [strokes[0][pale - 1 :], *strokes[1:]] if pale < first else strokes[1:] or strokes
    width = pen_width(rng)
    start = ink([strokes[0][:pale]], rng, width) * rng.uniform(0.3, 0.7)
    return compose(np.maximum(start, ink(rest, rng, width)), rng), int(pens.labels[index])


def uneven(pools: Pools, rng: Rng) -> Made:
    """A thin pen pressed unevenly: a digit or an X of which a scan loses pieces."""
    width = pen_width(rng, THIN)
    if rng.random() < 0.12:
        return compose(pressed(cross(rng), rng, width), rng), CROSS
    pens = pools.unipen_train
    index = digit_of(pens, rng)
    return compose(pressed(pen_strokes(pens, index, rng), rng, width), rng), int(pens.labels[index])


def beside(strokes: Strokes, rng: Rng, deep: float) -> Strokes:
    """A mark at the box's right or left frame, of which the share `deep` of the box is inside."""
    low, high = bounds(strokes)
    along = 1 - deep - low[0] if rng.random() < 0.75 else deep - high[0]
    shift = np.array([along, rng.normal(0, 0.1)])
    return [s + shift for s in strokes]


def small_digit(pools: Pools, rng: Rng) -> tuple[Strokes, int]:
    """A digit that leaves room in its box, and which."""
    pens = pools.unipen_train
    index = digit_of(pens, rng)
    return place(pens.marks[index], rng, rng.uniform(0.38, 0.75), 1.0, 0.07), int(
        pens.labels[index]
    )


def crowded(pools: Pools, rng: Rng) -> Made:
    """A digit, and the edge of another that reaches in from the next box."""
    strokes, digit = small_digit(pools, rng)
    edge = beside(small_digit(pools, rng)[0], rng, rng.uniform(0.02, 0.12))
    width = pen_width(rng)
    return compose(np.maximum(ink(strokes, rng, width), ink(edge, rng, width)), rng), digit


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


def angular(_: Pools, rng: Rng) -> Made:
    """An 8 begun with a level roof, as many a hand in Indonesia writes it."""
    strokes = angular_eight(rng, home=0.55)
    strokes = place(strokes, rng, rng.uniform(0.4, 0.95), rng.uniform(0.45, 0.9), 0.06)
    return compose(ink(strokes, rng), rng), 8


def other_hand(pools: Pools, rng: Rng) -> Made:
    """A UNIPEN mark with other proportions than its writer gave it."""
    pens = pools.unipen_train
    index = int(rng.integers(len(pens.labels)))
    return compose(ink(bent(pen_strokes(pens, index, rng), rng), rng), rng), int(pens.labels[index])


def styled(_: Pools, rng: Rng) -> Made:
    """A digit in a way of writing that few of the pools' writers have."""
    strokes, digit = styled_digit(rng)
    return compose(ink(strokes, rng), rng), digit


def crossed_fast(_: Pools, rng: Rng) -> Made:
    """An X as a fast pen makes it: in one stroke, in curves, crossing off its middle."""
    return compose(ink(written_cross(rng), rng), rng), CROSS


def crossed(_: Pools, rng: Rng) -> Made:
    """A drawn X."""
    return compose(ink(cross(rng), rng), rng), CROSS


def dashed(_: Pools, rng: Rng) -> Made:
    """A drawn dash or lone diagonal."""
    return compose(ink(dash(rng), rng), rng), DASH


def crossed_row(_: Pools, rng: Rng) -> Made:
    """A piece of an X over the whole row: an X where both its lines pass, a dash where one does."""
    while True:
        strokes = row_cross(rng)
        if inside := sum(passes(stroke) for stroke in strokes):
            break
    width = pen_width(rng)
    draw_it = pressed if rng.random() < 0.3 else ink
    return compose(draw_it(strokes, rng, width), rng), CROSS if inside > 1 else DASH


def _unwritten(pools: Pools, rng: Rng, mark: Layer) -> Made:
    if rng.random() < 0.25:
        index = digit_of(pools.unipen_train, rng)
        mark = bleed(rng, pen_strokes(pools.unipen_train, index, rng))
    if rng.random() < 0.3:
        mark = np.maximum(mark, specks(rng, 3))
    return compose(mark, rng, BARE), BLANK


def clean(pools: Pools, rng: Rng) -> Made:
    """Nothing written: guide, watermark, dirt, neighbours' strokes, bleed-through."""
    return _unwritten(pools, rng, empty())


def blank(pools: Pools, rng: Rng) -> Made:
    """The same, or the stripes of a screen beyond what the box takes off."""
    mark = empty()
    if rng.random() < 0.15:
        mark = moire((CANVAS, CANVAS), rng) * rng.uniform(0.03, 0.2)
        mark = np.maximum(empty(), mark)
    return _unwritten(pools, rng, mark)


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
