"""What one round of training consists of: so many cells of each making, freshly drawn."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from augment import disturbed
from cells import SIZE, Gray
from data import Pools, load_pools
from makers import (
    Maker,
    angular,
    blank,
    clean,
    corrected,
    crossed,
    dashed,
    dry,
    faint,
    guided,
    kpps,
    kpps_rare,
    mnist,
    other,
    rare_digit,
    scanned,
    unipen,
)
from numpy.typing import NDArray

RECIPE: tuple[tuple[Maker, float, float, float], ...] = (
    (kpps, 22, 40, 0.2),
    (kpps_rare, 1, 2, 0.2),
    (scanned, 6, 10, 0.25),
    (unipen, 26, 25, 0.25),
    (corrected, 2, 1, 0.1),
    (faint, 5, 2, 0.5),
    (mnist, 12, 13, 0.25),
    (guided, 9, 8, 0.25),
    (rare_digit, 9, 5, 0.3),
    (crossed, 5, 4, 0.35),
    (dashed, 4, 2, 0.35),
    (blank, 5, 1.5, 0.25),
    (other, 6, 1.5, 0.25),
    (clean, 0, 3, 0.25),
    (angular, 0, 2, 0.25),
    (dry, 0, 2, 0.25),
)
"""Makers, their weights in training and at its end, and the share of their cells that become
black-and-white scans. The end is nearer to what boxes hold: few in a hundred are struck out."""

SOURCES = {
    "kpps": (kpps, kpps_rare),
    "scans": (scanned,),
    "unipen": (unipen, corrected, faint, dry),
    "mnist": (mnist,),
}
"""Makers by the source of their marks: each can be left out, to measure on what was not seen."""


def make_cells(
    pools: Pools, count: int, seed: list[int], without: str = "", *, end: int = 0
) -> tuple[Gray, NDArray[np.int64]]:
    """`count` cells [n, 40, 40] uint8 and their classes [n], the same for the same seed.

    `without` names a source that no cell may come from; an `end` above 0 asks for its weights.
    """
    rng = np.random.default_rng(seed)
    left_out = SOURCES.get(without, ())
    weights = np.array([0 if row[0] in left_out else row[1 + (end > 0)] for row in RECIPE], float)
    picks = rng.choice(len(RECIPE), count, p=weights / weights.sum())
    cells = np.empty((count, SIZE, SIZE), np.uint8)
    labels = np.empty(count, np.int64)
    for i, pick in enumerate(picks):
        make, _, _, scans = RECIPE[pick]
        canvas, labels[i] = make(pools, rng)
        cells[i] = disturbed(canvas, rng, scans=scans)
    return cells, labels


def _chunk(
    shared: str, cache: str, count: int, seed: list[int], without: str, end: int
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
    end: int = 0,
) -> tuple[Gray, NDArray[np.int64]]:
    """`count` cells by several processes, kept below `cache`; independent of `workers`."""
    suffix = (f"-without-{without}" if without else "") + (f"-end{end}" if end else "")
    kept = cache / f"cells-{count}-{seed}{suffix}.npz"
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
                    [[seed, i, *([end] if end else [])] for i in range(chunks)],
                    [without] * chunks,
                    [end] * chunks,
                )
            )
        cells = np.concatenate([c for c, _ in parts])[:count]
        labels = np.concatenate([y for _, y in parts])[:count]
        np.savez(kept, cells=cells, labels=labels)
    stored = np.load(kept)
    return stored["cells"], stored["labels"]
