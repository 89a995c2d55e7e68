"""Photos of filled sheets for the kiosk's measures, drawn by the product's own simulator."""

from __future__ import annotations

import hashlib
from functools import cache

import numpy as np
from tpsbox.forms.drawing import render_page
from tpsbox.forms.election import load_election
from tpsbox.simulator.fill import fill_sheet
from tpsbox.simulator.photograph import Shot, photograph

ELECTION = "pemilu-2024-ppwp"
CONTEST = "ppwp"
TPS = "6302042001001"
PAGES = (1, 2, 3)
EMPTY = "empty"
"""The table without a sheet."""

DPI = 100


@cache
def photo(name: str, size: tuple[int, int]) -> bytes:
    """A JPEG of page "1", "2" or "3", every number on it the same, or of the table."""
    rng = np.random.default_rng(1)
    if name == EMPTY:
        table = np.full((900, 600, 3), 90, np.uint8)
        return photograph(table, 25, rng, Shot(size=size, fill=0.2)).jpeg
    form = load_election(ELECTION).form_of(CONTEST)
    page = int(name)
    values = {field.name: 7 for field in form.page(page).fields}
    sheet = fill_sheet(render_page(form, page, DPI), DPI, form, page, values, rng)
    return photograph(sheet, DPI, rng, Shot(size=size)).jpeg


def unlike(jpeg: bytes, number: int) -> bytes:
    """The same picture as another file: with a comment segment behind the JPEG's first marker."""
    words = b"%08d" % number
    return jpeg[:2] + b"\xff\xfe" + (len(words) + 2).to_bytes(2, "big") + words + jpeg[2:]


def picture_of(jpeg: bytes) -> bytes:
    """What `unlike` was given, if it was."""
    return jpeg[:2] + jpeg[14:] if jpeg[2:4] == b"\xff\xfe" else jpeg


def name_of(jpeg: bytes) -> str:
    """The name under which the store keeps a photo."""
    return hashlib.sha256(jpeg).hexdigest()
