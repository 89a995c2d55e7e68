"""Finds the printed frame in a loosely cut picture of one box, and flattens the box.

The digit model was trained on real crops that went through this very code.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from tpsbox.vision.photo import Gray

INTERIOR, MARGIN = 64, 12
"""Pixels of a flattened box's interior, and of what is kept round it."""

WORK = 112
"""Side in pixels to which a crop is stretched while its frame is searched."""

SLOPES = np.linspace(-0.12, 0.12, 17)
STROKE = 1.0 / 19.0
"""Stroke over side between stroke centres: boxes of 20 mm with 1 mm stroke."""

LEAST_SCORE = 0.05
"""Darkness of the weakest side, over the grey of the paper, under which no frame is seen."""

LEAST_SHARE = 0.3
"""The same, over the darkest ink of the crop."""


def _lines(dark: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.intp]]:
    """Best near-vertical line through each column at half height: darkness and slope index.

    A frame is dark all along, a digit is not: a line counts by its 25th percentile.
    """
    half = WORK / 2
    rows = dark[WORK // 8 : -WORK // 8]
    scores = []
    for slope in SLOPES:
        shear = np.array([[1, slope, -slope * (half - WORK // 8)], [0, 1, 0]], np.float32)
        moved = cv2.warpAffine(
            rows, shear, (WORK, rows.shape[0]), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        )
        quarter = rows.shape[0] // 4
        scores.append(np.partition(moved, quarter, axis=0)[quarter])
    stack = np.array(scores)
    return stack.max(axis=0), stack.argmax(axis=0)


def _peaks(score: npt.NDArray[np.float32], low: int, high: int) -> list[int]:
    """Up to four local maxima of score[low:high], strongest first."""
    best = [
        i
        for i in range(low, high)
        if score[i] >= score[max(i - 2, 0) : i + 3].max() and score[i] > 0
    ]
    return sorted(best, key=lambda i: -score[i])[:4]


Pair = tuple[float, int, int]


def _pairs(score: npt.NDArray[np.float32], shortest: float) -> list[Pair]:
    """Candidates (merit, near, far) for two opposite sides at least `shortest` apart."""
    third = int(WORK * 0.36)
    return [
        (float(min(score[a], score[b]) + 0.3 * max(score[a], score[b])) + 0.001 * (b - a), a, b)
        for a in _peaks(score, 1, third)
        for b in _peaks(score, WORK - third, WORK - 1)
        if b - a > shortest
    ]


def _squarest(across: list[Pair], down: list[Pair], aspect: float) -> tuple[Pair, Pair] | None:
    """The pair of pairs that is dark and about square; `aspect` is height over width of the crop.

    Neighbouring boxes and long digit strokes give lines too, but seldom a square.
    """
    choices = [
        (a[0] + d[0] - 0.4 * abs(np.log((d[2] - d[1]) * aspect / (a[2] - a[1]))), a, d)
        for a in across
        for d in down
    ]
    return max(choices)[1:] if choices else None


def find_frame(gray: Gray) -> tuple[npt.NDArray[np.float32], float] | None:
    """Corners [4, 2] of the frame's stroke centres (x, y; from top left, clockwise) and score.

    `gray` [h, w] is a crop that holds one box and at most a third of it in margin a side.
    None when no four dark lines are there.
    """
    height, width = gray.shape
    work = cv2.resize(gray, (WORK, WORK), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    paper = float(np.percentile(work, 80))
    dark = np.clip((paper - work) / max(paper, 1.0), 0, 1).astype(np.float32)
    columns, column_slopes = _lines(dark)
    rows, row_slopes = _lines(np.ascontiguousarray(dark.T))
    short = min(height, width)
    chosen = _squarest(
        _pairs(columns, 0.55 * WORK * short / width),
        _pairs(rows, 0.55 * WORK * short / height),
        height / width,
    )
    if chosen is None:
        return None
    across, down = chosen[0][1:], chosen[1][1:]
    score = float(min(columns[list(across)].min(), rows[list(down)].min()))
    if score < max(LEAST_SCORE, LEAST_SHARE * float(np.percentile(dark, 98))):
        return None
    corners = []
    for y0, x0 in (
        (down[0], across[0]),
        (down[0], across[1]),
        (down[1], across[1]),
        (down[1], across[0]),
    ):
        a, b = SLOPES[column_slopes[x0]], SLOPES[row_slopes[y0]]
        # x = x0 + a (y - half), y = y0 + b (x - half)
        half = WORK / 2
        x = (x0 + a * (y0 - half - b * half)) / (1 - a * b)
        corners.append((x, y0 + b * (x - half)))
    scale = np.array([width / WORK, height / WORK])
    return ((np.array(corners) + 0.5) * scale - 0.5).astype(np.float32), score


def flatten(gray: Gray) -> Gray | None:
    """Crop [h, w] -> the box upright, grey, [88, 88] with its interior at [12:76, 12:76].

    None without a frame.
    """
    found = find_frame(gray)
    if found is None:
        return None
    inset = STROKE / 2
    side = INTERIOR / (1 - 2 * inset)
    near, far = MARGIN - side * inset - 0.5, MARGIN + INTERIOR + side * inset - 0.5
    target = np.array([(near, near), (far, near), (far, far), (near, far)], np.float32)
    matrix = cv2.getPerspectiveTransform(found[0], target)
    size = (INTERIOR + 2 * MARGIN, INTERIOR + 2 * MARGIN)
    flat = cv2.warpPerspective(
        gray, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(flat, dtype=np.uint8)
