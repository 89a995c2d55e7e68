"""Finds the lens position at which a sheet is sharpest."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from tpsbox.vision.photo import Gray

COARSE_STEP = 0.4
"""Dioptres between the first looks: an A2 sheet at 0.7 m stays readable within some 0.3."""
FINE_STEP = 0.1
FINE_REACH = 3
"""Fine looks to either side of the best coarse one, and of the best fine one at the edge."""
FARTHEST, NEAREST = 0.4, 4.4
"""Dioptres of distances that any stand has: 2.5 m to 0.23 m."""


def sweep(sharpness_at: Callable[[float], float], low: float, high: float) -> float:
    """The lens position (dioptres) within `low` and `high` where `sharpness_at` is greatest.

    First in coarse steps, then in fine ones around the best, at last between these by a parabola.
    """
    low, high = max(low, FARTHEST), min(high, NEAREST)
    coarse = [*np.arange(low, high, COARSE_STEP), high]
    middle = float(max(coarse, key=lambda at: sharpness_at(float(at))))
    reach = FINE_STEP * FINE_REACH
    fine = np.arange(max(low, middle - reach), min(high, middle + reach) + 1e-9, FINE_STEP)
    found = [sharpness_at(float(at)) for at in fine]
    best = int(np.argmax(found))
    if not 0 < best < len(fine) - 1:
        return round(float(fine[best]), 3)
    before, top, after = found[best - 1 : best + 2]
    curve = before - 2 * top + after
    shift = 0.5 * (before - after) / curve if curve < 0 else 0.0
    return round(float(fine[best]) + shift * FINE_STEP, 3)


def contrast(gray: Gray, mask: Gray | None = None) -> float:
    """How sharp a picture is: variance of its Laplacian (Pech-Pacheco and others, 2000).

    `gray` and `mask` are uint8 [h, w]; only where the mask is not 0, if there is one.
    """
    edges = cv2.Laplacian(cv2.GaussianBlur(gray, (0, 0), 1.0), cv2.CV_32F)
    return float(np.var(edges if mask is None else edges[mask > 0]))
