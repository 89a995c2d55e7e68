"""The makers of cells that must not be read: struck out, replaced, overwritten, scribbled."""

from __future__ import annotations

import numpy as np
from augment import Rng
from data import Pools
from glyphs import bounds, guided_digit, place, scribble
from makers import DIGITS, OTHER, Made, beside, digit_of, pen_strokes, small_digit
from strikes import level_lines, past_lines, row_line, slanting_lines, slash, strike
from synthesis import Layer, Strokes, compose, ink, pen_width


def _wide_enough(strokes: Strokes, rng: Rng) -> Strokes:
    """A mark that lines can be seen to strike out: what is a mere stem becomes a 0."""
    low, high = bounds(strokes)
    return guided_digit(0, rng) if high[0] - low[0] < 0.15 else strokes


def replaced(pools: Pools, rng: Rng) -> Made:
    """A digit struck out, and at times the one meant squeezed in beside it: not to be read."""
    strokes = _wide_enough(small_digit(pools, rng)[0], rng)
    lines = strike(strokes, rng) if rng.random() < 0.4 else level_lines(strokes, rng)
    width = pen_width(rng, 0.09)
    mark = ink(strokes + lines, rng, width)
    if rng.random() < 0.6:
        new = beside(small_digit(pools, rng)[0], rng, rng.uniform(0.05, 0.35))
        mark = np.maximum(mark, ink(new, rng, width))
    return compose(mark, rng), OTHER


def _any_digit(pools: Pools, rng: Rng) -> tuple[Strokes, int]:
    """A digit along the guide or of a training writer."""
    if rng.random() < 0.3:
        digit = int(rng.integers(DIGITS))
        return guided_digit(digit, rng), digit
    pens = pools.unipen_train
    index = digit_of(pens, rng)
    return pen_strokes(pens, index, rng), int(pens.labels[index])


def struck_through(pools: Pools, rng: Rng) -> Made:
    """Any digit, also a mere stem, undone by slanting lines side by side: not to be read."""
    strokes, _ = _any_digit(pools, rng)
    lines = slanting_lines(strokes, rng)
    return compose(ink(strokes + lines, rng, pen_width(rng, 0.08)), rng), OTHER


def lined(pools: Pools, rng: Rng) -> Made:
    """A digit under one line, level through the number or slanting: not to be read.

    What a digit may have of its own stays out: the slash of a 0, the bars of 1, 4 and 7, and the
    slanting line that makes an X of a 1.
    """
    strokes, digit = _any_digit(pools, rng)
    low, high = bounds(strokes)
    wide = high[0] - low[0] > 0.65
    if digit > 1 and (wide or rng.random() < 0.45):
        lines = slash(strokes, rng)
    elif digit in (1, 4, 7) or rng.random() < 0.7:
        lines = row_line(strokes, rng)
    else:
        lines = past_lines(strokes, rng)
    width = pen_width(rng, 0.08)
    if rng.random() < 0.7:
        return compose(ink(strokes + lines, rng, width), rng), OTHER
    other_pen = ink(lines, rng, pen_width(rng, 0.08))
    return compose(np.maximum(ink(strokes, rng, width), other_pen), rng), OTHER


ALIKE = ({4, 9}, {0, 6}, {0, 9}, {0, 7}, {6, 7})
"""Pairs that, one on top of the other, look like a digit: a 7 over a 0 or 6 is an angular 8."""


def _overwritten(pools: Pools, rng: Rng) -> Layer:
    """Two digits, one on top of the other; pairs that look like one digit are left out."""
    pens = pools.unipen_train
    while True:
        pair = [digit_of(pens, rng) for _ in range(2)]
        names = {int(pens.labels[i]) for i in pair}
        if len(names) == 2 and not names & {1, 8} and names not in ALIKE:
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
        index = digit_of(pools.unipen_train, rng)
        strokes = _wide_enough(pen_strokes(pools.unipen_train, index, rng), rng)
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
