"""The top of a correlation between its pixels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def subpixel(score: npt.NDArray[np.float32], u: int, v: int) -> tuple[float, float]:
    """How far (pixels, x then y) the top of the parabola through the peak lies from (u, v)."""
    height, width = score.shape
    du = _top(score[v, u - 1], score[v, u], score[v, u + 1]) if 0 < u < width - 1 else 0.0
    dv = _top(score[v - 1, u], score[v, u], score[v + 1, u]) if 0 < v < height - 1 else 0.0
    return du, dv


def _top(before: float, at: float, after: float) -> float:
    bend = before - 2 * at + after
    return 0.0 if abs(bend) < 1e-6 else float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5))
