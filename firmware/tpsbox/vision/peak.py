"""The top of a correlation between its pixels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def subpixel(score: npt.NDArray[np.float32], u: int, v: int) -> tuple[float, float]:
    """How far (pixels, x then y) the top of the parabola through the peak lies from (u, v)."""
    height, width = score.shape
    du = _top(*score[v, u - 1 : u + 2].tolist()) if 0 < u < width - 1 else 0.0
    dv = _top(*score[v - 1 : v + 2, u].tolist()) if 0 < v < height - 1 else 0.0
    return du, dv


def _top(before: float, at: float, after: float) -> float:
    bend = before - 2 * at + after
    return 0.0 if abs(bend) < 1e-6 else min(0.5, max(-0.5, 0.5 * (before - after) / bend))
