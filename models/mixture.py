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
    crossed_row,
    crowded,
    dashed,
    dry,
    faint,
    guided,
    kpps,
    kpps_rare,
    mnist,
    other,
    rare_digit,
    replaced,
    scanned,
    uneven,
    unipen,
)
from numpy.typing import NDArray

RECIPE: tuple[tuple[Maker, tuple[float, float, float], float], ...] = (
    (kpps, (22, 40, 36), 0.2),
    (kpps_rare, (1, 2, 2), 0.2),
    (scanned, (6, 10, 10), 0.25),
    (unipen, (26, 25, 26), 0.25),
    (corrected, (2, 1, 1), 0.1),
    (faint, (5, 2, 2), 0.5),
    (mnist, (12, 13, 16), 0.25),
    (guided, (9, 8, 8), 0.25),
    (rare_digit, (9, 5, 5), 0.3),
    (crossed, (5, 4, 4), 0.35),
    (dashed, (4, 2, 2), 0.35),
    (blank, (5, 1.5, 1.5), 0.25),
    (other, (6, 1.5, 1.5), 0.25),
    (clean, (0, 3, 3), 0.25),
    (angular, (0, 2, 2), 0.25),
    (dry, (0, 2, 2), 0.25),
    (uneven, (0, 0, 7), 0.7),
    (crowded, (0, 0, 3), 0.4),
    (replaced, (0, 0, 2.5), 0.4),
    (crossed_row, (0, 0, 2.5), 0.35),
)
"""Makers, their weights in training, in its first ends and in its last ones, and the share of their
cells that become black-and-white scans. The ends are nearer to what boxes hold: few in a hundred
are struck out."""

SOURCES = {
    "kpps": (kpps, kpps_rare),
    "scans": (scanned,),
    "unipen": (unipen, corrected, faint, dry, uneven, crowded, replaced),
    "mnist": (mnist,),
}
"""Makers by the source of their marks: each can be left out, to measure on what was not seen."""


def make_cells(
    pools: Pools, count: int, seed: list[int], without: str = "", *, stage: int = 0
) -> tuple[Gray, NDArray[np.int64]]:
    """`count` cells [n, 40, 40] uint8 and their classes [n], the same for the same seed.

    `without` names a source that no cell may come from; `stage` is the column of the weights:
    0 training, 1 its first ends, 2 its last ones.
    """
    rng = np.random.default_rng(seed)
    left_out = SOURCES.get(without, ())
    shares = np.array([0 if make in left_out else row[stage] for make, row, _ in RECIPE], float)
    picks = rng.choice(len(RECIPE), count, p=shares / shares.sum())
    cells = np.empty((count, SIZE, SIZE), np.uint8)
    labels = np.empty(count, np.int64)
    for i, pick in enumerate(picks):
        make, _, scans = RECIPE[pick]
        canvas, labels[i] = make(pools, rng)
        cells[i] = disturbed(canvas, rng, scans=scans)
    return cells, labels


def _chunk(
    shared: str, cache: str, count: int, seed: list[int], without: str, stage: int
) -> tuple[Gray, NDArray[np.int64]]:
    cv2.setNumThreads(1)
    return make_cells(load_pools(Path(shared), Path(cache)), count, seed, without, stage=stage)


CHUNK = 10_000

ENDS = 3
"""Ends that training is brought to from one state, each on cells of its own."""


def stage_of(end: int) -> int:
    """The column of RECIPE for an end, counted from 1 over both rounds of them; 0 is training."""
    return -(-end // ENDS)


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
                    [stage_of(end)] * chunks,
                )
            )
        cells = np.concatenate([c for c, _ in parts])[:count]
        labels = np.concatenate([y for _, y in parts])[:count]
        np.savez(kept, cells=cells, labels=labels)
    stored = np.load(kept)
    return stored["cells"], stored["labels"]
