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
    crossed_fast,
    crossed_row,
    crowded,
    dashed,
    dry,
    faint,
    guided,
    kpps,
    kpps_rare,
    mnist,
    other_hand,
    rare_digit,
    scanned,
    styled,
    uneven,
    unipen,
)
from numpy.typing import NDArray
from undone import lined, other, replaced, struck_through

RECIPE: tuple[tuple[Maker, tuple[float, float], float], ...] = (
    (kpps, (26, 34), 0.2),
    (kpps_rare, (1.5, 2), 0.2),
    (scanned, (7, 10), 0.25),
    (unipen, (27, 28), 0.25),
    (corrected, (1.5, 1), 0.1),
    (faint, (4, 2), 0.5),
    (mnist, (17, 20), 0.25),
    (guided, (8, 8), 0.25),
    (rare_digit, (7, 5), 0.3),
    (crossed, (4.5, 4), 0.35),
    (dashed, (3, 2), 0.35),
    (blank, (3.5, 1.5), 0.25),
    (other, (4, 1.5), 0.25),
    (clean, (2, 3), 0.25),
    (angular, (1.5, 2), 0.25),
    (dry, (1.5, 2), 0.25),
    (uneven, (4, 7), 0.7),
    (crowded, (2, 3), 0.4),
    (replaced, (2, 2.5), 0.4),
    (crossed_row, (1.5, 2.5), 0.35),
    (other_hand, (0, 5), 0.25),
    (styled, (0, 4.5), 0.25),
    (crossed_fast, (0, 2), 0.3),
    (struck_through, (0, 2), 0.25),
    (lined, (0, 3), 0.25),
)
"""Makers, their weights in training and in its ends, and the share of their cells that become
black-and-white scans. The ends are nearer to what boxes hold: few in a hundred are struck out.
Hands that the pools lack come late and few: twice as many make 1 and 7 grow alike."""

SOURCES = {
    "kpps": (kpps, kpps_rare),
    "scans": (scanned,),
    "unipen": (
        unipen,
        corrected,
        faint,
        dry,
        uneven,
        crowded,
        replaced,
        other_hand,
        struck_through,
        lined,
    ),
    "mnist": (mnist,),
}
"""Makers by the source of their marks: each can be left out, to measure on what was not seen."""


def make_cells(
    pools: Pools, count: int, seed: list[int], without: str = "", end: int = 0
) -> tuple[Gray, NDArray[np.int64]]:
    """`count` cells [n, 40, 40] uint8 and their classes [n], the same for the same seed.

    `without` names a source that no cell may come from. Cells are for an `end` of training,
    1, 2, ..., or for all that comes before (0).
    """
    rng = np.random.default_rng(seed)
    left_out = SOURCES.get(without, ())
    weights = [0 if make in left_out else shares[end > 0] for make, shares, _ in RECIPE]
    picks = rng.choice(len(RECIPE), count, p=np.array(weights) / np.sum(weights))
    cells = np.empty((count, SIZE, SIZE), np.uint8)
    labels = np.empty(count, np.int64)
    for i, pick in enumerate(picks):
        make, _, scans = RECIPE[pick]
        canvas, labels[i] = make(pools, rng)
        cells[i] = disturbed(canvas, rng, scans=scans)
    return cells, labels


def _chunk(
    shared: str, cache: str, count: int, seed: list[int], without: str, end: int
) -> tuple[Gray, NDArray[np.int64]]:
    cv2.setNumThreads(1)
    return make_cells(load_pools(Path(shared), Path(cache)), count, seed, without, end)


CHUNK = 10_000


def make_many(
    shared: Path,
    cache: Path,
    count: int,
    seed: int,
    workers: int,
    without: str = "",
    end: int = 0,
) -> tuple[Gray, NDArray[np.int64]]:
    """`count` cells by several processes, kept below `cache`; independent of `workers`."""
    suffix = (f"-without-{without}" if without else "") + f"-end{end}"
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
