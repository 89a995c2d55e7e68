"""What was read wrong, and contact sheets of it: boxes only, never names or signatures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

TILE_W, TILE_H, WORDS_H = 190, 96, 46
ACROSS, DOWN = 6, 30


@dataclass(frozen=True)
class Miss:
    """A box or number read wrong: its picture [h, w] grey, what is written, what was read.

    A number that the rules set right is a miss of its boxes, but not accepted wrong.
    """

    image: NDArray[np.uint8]
    written: str
    read: str
    probability: float
    accepted_wrong: bool = False


def contact_sheets(misses: list[Miss], folder: Path, source: str) -> list[Path]:
    """The misses of one source on PNGs of `folder`, accepted ones first and framed in red."""
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^a-z0-9]+", "-", source.lower()).strip("-")
    ranked = sorted(misses, key=lambda miss: (not miss.accepted_wrong, -miss.probability))
    written = []
    for number, start in enumerate(range(0, len(ranked), ACROSS * DOWN), 1):
        tiles = [_tile(miss) for miss in ranked[start : start + ACROSS * DOWN]]
        tiles += [np.full_like(tiles[0], 255)] * (-len(tiles) % ACROSS)
        rows = [np.hstack(tiles[at : at + ACROSS]) for at in range(0, len(tiles), ACROSS)]
        written.append(folder / f"{name}-{number}.png")
        cv2.imwrite(str(written[-1]), np.vstack(rows))
    return written


def _tile(miss: Miss) -> NDArray[np.uint8]:
    tile = np.full((TILE_H + WORDS_H, TILE_W, 3), 255, np.uint8)
    height, width = miss.image.shape
    factor = min((TILE_W - 8) / width, (TILE_H - 8) / height)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    picture = cv2.resize(miss.image, size, interpolation=cv2.INTER_AREA)
    tile[4 : 4 + size[1], 4 : 4 + size[0]] = picture[:, :, None]
    words = (f"is {miss.written}", f"read {miss.read} {miss.probability:.3f}")
    for line, text in enumerate(words):
        at = (6, TILE_H + 14 + 18 * line)
        cv2.putText(tile, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA)
    shade = (0, 0, 220) if miss.accepted_wrong else (200, 200, 200)
    cv2.rectangle(tile, (0, 0), (TILE_W - 1, TILE_H + WORDS_H - 1), shade, 1)
    return tile
