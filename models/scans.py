"""Boxes of real scans of 2019, ten of the twenty TPS: the others only measure.

What is written in them was looked at one by one (`marks-2019.json`): boxes that were overwritten,
struck out or half crossed by a line through a whole row are left out.
"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import house  # noqa: F401  (puts the box's own code on the path)
import numpy as np
from cells import CLASSES, INK_CEILING, INTERIOR, LEVEL, Gray
from frames import framed
from numpy.typing import NDArray
from tpsbox.forms.library import load_form
from tpsbox.vision.photo import decode_photo
from tpsbox.vision.sheet import find_sheet

MARKS = Path(__file__).parent / "marks-2019.json"


def load_scans(folder: Path, cache: Path) -> tuple[Gray, NDArray[np.int64]]:
    """Canvases [n, 88, 88] and classes [n] of TPS 1 to 10."""
    if not cache.exists():
        form = load_form("c1-ppwp-2019")
        images, labels = [], []
        for tps, marks in json.loads(MARKS.read_text()).items():
            for page in form.pages:
                path = folder / f"{tps}_lembar{page.number}.jpg"
                sheet = find_sheet(decode_photo(path.read_bytes(), path.name), [form])
                for field in page.fields:
                    written = marks.get(field.name, "")
                    for cell, mark in zip(sheet.cells(field), written, strict=False):
                        images.append(_canvas(cell))
                        labels.append(CLASSES.index(mark))
        np.savez(cache, images=images, labels=labels)
    stored = np.load(cache)
    return stored["images"], stored["labels"].astype(np.int64)


def _canvas(cell: Gray) -> Gray:
    """A cell as the box cut it, back on a canvas."""
    dark = cell.astype(np.float32) * (INK_CEILING / 255 * LEVEL)
    big = cv2.resize(dark, (INTERIOR, INTERIOR), interpolation=cv2.INTER_CUBIC)
    return framed(np.clip(big, 0, 255).astype(np.uint8))
