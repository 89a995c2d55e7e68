"""What the shipped net says of every validation mark, under several pens and photos: made once.

Sets of sheets are composed by picking from these posteriors, so that 20,000 sets need no picture.
Kept under models/.cache by the hash of all that goes into it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from reading_hands import (
    NOBODY,
    Marks,
    blank_marks,
    damaged_marks,
    kpps_marks,
    mnist_marks,
    unipen_marks,
)
from reading_paths import CACHE, MODELS, REGISTRATION
from reading_registration import Photographed, load_registration
from reading_sitting import Rng, seen, sit
from tpsbox.reading.model import CLASSES, load_model

PENS, SHEETS = 2, 3
"""Pens a hand is given, and sheets of a set: sitting `SHEETS * pen + sheet` of each mark."""
GUIDED = 1
"""The sheet whose boxes have the dotted guide: page 2."""
SEED = 20241127
BATCH = 500

SOURCES: dict[str, Callable[[], Marks]] = {
    "kpps": kpps_marks,
    "unipen": unipen_marks,
    "mnist": mnist_marks,
    "blank": blank_marks,
    "damaged": damaged_marks,
}
DRAWN_BY = ("augment", "cells", "data", "frames", "synthesis")
"""Files of models/ that the posteriors depend on."""
HANDWRITING = ("kpps", "unipen", "mnist")


@dataclass(frozen=True)
class Pool:
    """Posteriors [marks, sittings, 14] of one source, with class and hand of each mark."""

    odds: NDArray[np.float32]
    labels: NDArray[np.int64]
    hands: NDArray[np.int64]
    names: tuple[str, ...]

    @cached_property
    def places(self) -> dict[tuple[int, int], NDArray[np.intp]]:
        """Marks by (hand, class); hand NOBODY stands for all of the source."""
        made: dict[tuple[int, int], NDArray[np.intp]] = {}
        for label in np.unique(self.labels):
            alike = np.flatnonzero(self.labels == label)
            made[NOBODY, int(label)] = alike
            for hand in np.unique(self.hands[alike]):
                if hand != NOBODY:
                    made[int(hand), int(label)] = alike[self.hands[alike] == hand]
        return made

    def has(self, label: int) -> bool:
        """Whether the source has any mark of a class."""
        return (NOBODY, label) in self.places

    def choose(self, hand: int, label: int, rng: Rng) -> int:
        """A mark by this hand, or by any hand of the source if it wrote none of this class."""
        chosen = self.places.get((hand, label))
        if chosen is None:
            chosen = self.places[NOBODY, label]
        return int(chosen[int(rng.integers(len(chosen)))])

    def pick(self, hand: int, label: int, sitting: int, rng: Rng) -> NDArray[np.float64]:
        """Posteriors [14] of such a mark in one of its sittings."""
        return np.asarray(self.odds[self.choose(hand, label, rng), sitting], np.float64)


Pools = dict[str, Pool]


def load_pools() -> Pools:
    """All sources; made and kept at the first call, which takes about two minutes."""
    key = _key()
    kept = CACHE / f"posteriors-{key}.npz"
    if not kept.exists():
        photos = list(load_registration(REGISTRATION).photos)
        stored: dict[str, NDArray[np.generic]] = {}
        for name, source in SOURCES.items():
            pool = make_pool(source(), photos, seed_of(name))
            stored |= {
                f"{name}_odds": pool.odds,
                f"{name}_labels": pool.labels,
                f"{name}_hands": pool.hands,
                f"{name}_names": np.array(pool.names, str),
            }
        CACHE.mkdir(exist_ok=True)
        np.savez(kept, **stored)
    arrays = np.load(kept)
    return {
        name: Pool(
            arrays[f"{name}_odds"],
            arrays[f"{name}_labels"],
            arrays[f"{name}_hands"],
            tuple(str(hand) for hand in arrays[f"{name}_names"]),
        )
        for name in SOURCES
    }


def make_pool(marks: Marks, photos: list[Photographed], seed: list[int]) -> Pool:
    """Draw every mark in each of its sittings and ask the net."""
    cv2.setNumThreads(1)
    count, sittings = len(marks.labels), PENS * SHEETS
    cells = [draw_cell(marks, photos, seed, i, s) for i in range(count) for s in range(sittings)]
    odds = _ask(np.array(cells)).reshape(count, sittings, len(CLASSES))
    return Pool(odds, marks.labels, marks.hands, marks.names)


def draw_cell(
    marks: Marks, photos: list[Photographed], seed: list[int], index: int, sitting: int
) -> NDArray[np.uint8]:
    """The cell [40, 40] of a mark in one of its sittings, always the same.

    A hand keeps its pens over its marks and its photos over the boxes of a sheet; a mark of no
    hand has a pen and a photo of its own.
    """
    hand = int(marks.hands[index])
    owner = [1, hand] if hand != NOBODY else [0, index]
    pen, sheet = divmod(sitting, SHEETS)
    conditions = sit(
        np.random.default_rng([*seed, *owner, pen]),
        np.random.default_rng([*seed, *owner, pen, sheet]),
        photos,
        guided=sheet == GUIDED,
    )
    rng = np.random.default_rng([*seed, 2, index, pen, sheet])
    return seen(marks.canvas(index, conditions, rng), conditions, rng)


def seed_of(source: str) -> list[int]:
    """What everything of a source is drawn from."""
    return [SEED, *source.encode()]


def _ask(cells: NDArray[np.uint8]) -> NDArray[np.float32]:
    model = load_model()
    parts = [model.predict(cells[start : start + BATCH]) for start in range(0, len(cells), BATCH)]
    return np.concatenate(parts).astype(np.float32)


def _key() -> str:
    """Of the net, the measured registration and the code that draws."""
    here = Path(__file__)
    sources = [here.with_name(f"reading_{name}.py") for name in ("hands", "sitting", "pool")]
    sources += [MODELS / f"{name}.py" for name in DRAWN_BY]
    parts = [load_model().sha256, *(path.read_bytes() for path in (REGISTRATION, *sources))]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]
