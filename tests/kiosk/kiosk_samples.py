"""Sheets for the kiosk: photographed ones, and readings made without a photo."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from tpsbox.forms.drawing import render_page
from tpsbox.forms.election import load_election
from tpsbox.forms.model import Form
from tpsbox.kiosk.box import save_config
from tpsbox.kiosk.eye import Refused, Seen, eye
from tpsbox.reading.bubbles import BubbleReading
from tpsbox.reading.model import CLASSES, load_model
from tpsbox.reading.number import number_odds
from tpsbox.reading.read import ReadSheet
from tpsbox.reading.row_sums import row_sums
from tpsbox.reading.stored import pack
from tpsbox.reading.tally import TallyReading
from tpsbox.reading.witnesses import Witnesses
from tpsbox.record.statement import Clock
from tpsbox.simulator.fill import Style, fill_sheet
from tpsbox.simulator.photograph import Shot, photograph
from tpsbox.store.store import Store

TPS = "6302042001001"
PPWP = "pemilu-2024-ppwp"
KOTABARU = "pilkada-2024-kotabaru"


def make_box(data: Path) -> Path:
    """A folder that a kiosk with the simulated board can be started on; the folder itself."""
    with Store(data) as store:
        store.identity.create(TPS, PPWP, load_election(PPWP).package)
    save_config(data, "simulated", PPWP)
    return data


VALUES = {
    "pemilih_dpt_l": 120,
    "pemilih_dpt_p": 130,
    "pemilih_dpt_j": 250,
    "pengguna_dpt_l": 100,
    "pengguna_dpt_p": 104,
    "pengguna_dpt_j": 204,
    "pengguna_dptb_l": 3,
    "pengguna_dptb_p": 2,
    "pengguna_dptb_j": 5,
    "pengguna_non_dpt_l": 1,
    "pengguna_non_dpt_p": 2,
    "pengguna_non_dpt_j": 3,
    "pengguna_total_l": 104,
    "pengguna_total_p": 108,
    "pengguna_total_j": 212,
    "surat_suara_diterima": 255,
    "surat_suara_digunakan": 212,
    "surat_suara_dikembalikan": 1,
    "surat_suara_tidak_digunakan": 42,
    "disabilitas_l": 1,
    "disabilitas_p": 0,
    "disabilitas_j": 1,
    "paslon_1": 58,
    "paslon_2": 124,
    "paslon_3": 26,
    "suara_sah": 208,
    "suara_tidak_sah": 4,
    "suara_total": 212,
}
"""A sheet set that adds up."""

DPI = 100
SIZE = (1600, 2400)


@cache
def photo(name: str) -> bytes:
    """A JPEG: p1, p2, p3 of the set; p2b with another number; p2x with a wrong bubble; others."""
    if name == "blank":
        return _shoot(np.full((900, 600, 3), 235, np.uint8), 25)
    if name == "bupati":
        form = load_election(KOTABARU).form_of("bupati")
        return _shoot(_fill(form, 2, VALUES, Style()))
    form = load_election(PPWP).form_of("ppwp")
    values = dict(VALUES)
    style = Style()
    if name.endswith("b"):
        values["paslon_2"] = 121
    if name.endswith("x"):
        style = Style(faults={"paslon_2": "bubble"})
    return _shoot(_fill(form, int(name[1]), values, style))


def _fill(form: Form, page: int, values: Mapping[str, int], style: Style) -> np.ndarray:
    rng = np.random.default_rng(page)
    return fill_sheet(render_page(form, page, DPI), DPI, form, page, values, rng, style)


def _shoot(sheet: np.ndarray, dpi: int = DPI) -> bytes:
    return photograph(sheet, dpi, np.random.default_rng(1), Shot(size=SIZE)).jpeg


@cache
def ppwp_look(jpeg: bytes) -> Seen | Refused:
    """What the box's own eye sees; each photo is read once a session."""
    return eye(load_election(PPWP).forms, load_model())(jpeg)


def reading(
    form: Form,
    page: int,
    values: Mapping[str, int | None],
    *,
    sharpness: float = 0.8,
    sure: float = 0.9999,
    bubbles: bool = True,
    marks: Mapping[str, str] | None = None,
) -> bytes:
    """The stored reading of a sheet whose boxes say these numbers, each mark `sure`.

    `marks` are those of fields whose boxes hold something else, "?" for one that is illegible.
    """
    other = marks or {}
    odds, said = {}, {}
    for field in form.page(page).fields:
        value = values.get(field.name)
        count = len(field.boxes)
        written = "_" * count if value is None else str(value).rjust(count, "X")
        written = other.get(field.name, written)
        odds[field.name] = number_odds(_sure(written, sure))
        if field.bubbles and bubbles:
            digits = tuple(int(mark) if mark.isdigit() else None for mark in written)
            text = "".join("_" if d is None else str(d) for d in digits)
            said[field.name] = BubbleReading(digits, text, True)
    sums, tallies = {}, {}
    for field in form.page(page).fields:
        value = values.get(field.name)
        if field.tally and value is not None:
            row = 5 * field.tally.columns
            totals = [min(max(value - n * row, 0), row) for n in range(field.tally.rows)]
            rows = [_sure(str(total or "").rjust(2, "_"), sure) for total in totals]
            sums[field.name] = row_sums([number_odds(boxes) for boxes in rows], row * len(rows))
            cells = tuple(min(5, left) for left in range(value, 0, -5))
            tallies[field.name] = TallyReading(value, 0.5, cells)
    homography = (2.0, 0.0, 10.0, 0.0, 2.0, 20.0, 0.0, 0.0, 1.0)
    seen = Witnesses(odds, said, sums, tallies)
    return pack(ReadSheet(form, page, sharpness, seen), homography)


def _sure(marks: str, sure: float) -> np.ndarray:
    boxes = np.full((len(marks), len(CLASSES)), (1 - sure) / (len(CLASSES) - 1))
    for box, mark in enumerate(marks):
        boxes[box, CLASSES.index(mark)] = sure
    return boxes


def keep_sheet(
    store: Store,
    contest: str,
    form: Form,
    page: int,
    values: Mapping[str, int | None],
    **how: Any,
) -> int:
    """Put a read sheet into a store, as the kiosk would; the row's id."""
    text = f"{contest} {page} {sorted(values.items())} {how}"
    sha = store.photos.keep(b"\xff\xd8\xff" + text.encode())
    sheet = store.sheets.add_photo(sha, 1_700_000_000.0, Clock.SYSTEM)
    store.sheets.set_reading(
        sheet,
        contest=contest,
        form=form.name,
        page=page,
        reading=reading(form, page, values, **how),
        sharpness=how.get("sharpness", 0.8),
    )
    return sheet
