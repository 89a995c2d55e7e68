"""Whole sheets of each source through the whole reading: drawn, 2024 photos, 2019 scans, blanks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from reading_misses import Miss
from reading_paths import SHARED
from reading_photographed import DPI, SIGNS, some_shot
from tpsbox.forms.drawing import render_page
from tpsbox.forms.library import load_form
from tpsbox.forms.model import Form
from tpsbox.reading.model import load_model
from tpsbox.reading.read import ReadSheet, read_alone, read_together, read_witnesses
from tpsbox.reading.result import SheetReading
from tpsbox.simulator.count import simulate_count
from tpsbox.simulator.fill import Fault, Style, fill_sheet
from tpsbox.simulator.photograph import photograph
from tpsbox.vision.photo import decode_photo
from tpsbox.vision.rejection import RejectedError
from tpsbox.vision.sheet import Sheet, find_sheet

Truth = Mapping[str, int | None]
Found = tuple[Sheet, ReadSheet]
Kind = Literal["filled", "blank", "struck out", "under one line"]
"""Of a drawn sheet. Nothing may be accepted of a number whose last digit is struck out, nor of one
under a line through all its boxes."""

PLANO = (
    ("ppwp-2024", 3),
    ("kwk-2024-gubernur", 2),
    ("kwk-2024-bupati", 3),
    ("kwk-2024-bupati", 4),
    ("kwk-2024-gubernur", 5),
    ("kwk-2024-bupati", 6),
)
SEEDS: dict[Kind, int] = {"filled": 0, "blank": 1, "struck out": 2, "under one line": 3}
"""Each kind has random sheets of its own."""
UNDONE: dict[Kind, Fault] = {"struck out": "struck", "under one line": "lined"}
TRAINED_TPS = 10
"""TPS 1 to 10 of the scans are among the training cells; 11 to 20 only measure."""


@dataclass
class Score:
    """Counts over photos and numbers of one source, and what was read wrong."""

    photos: int = 0
    refused: int = 0
    digits: int = 0
    digits_right: int = 0
    numbers: int = 0
    argmax_right: int = 0
    right: int = 0
    accepted: int = 0
    accepted_wrong: int = 0
    misses: list[Miss] = field(default_factory=list)

    def row(self) -> dict[str, float | int | None]:
        """The figures; the bound is 3/n where nothing accepted was wrong."""
        clean = self.accepted and not self.accepted_wrong
        return {
            "photos": self.photos,
            "refused": self.refused,
            "digits": self.digits,
            "digits_right_percent": _percent(self.digits_right, self.digits),
            "numbers": self.numbers,
            "right_by_boxes_alone_percent": _percent(self.argmax_right, self.numbers),
            "right_before_review_percent": _percent(self.right, self.numbers),
            "accepted_percent": _percent(self.accepted, self.numbers),
            "accepted": self.accepted,
            "accepted_wrong": self.accepted_wrong,
            "accepted_wrong_bound_percent": round(300 / self.accepted, 2) if clean else None,
        }

    def add(self, reading: SheetReading, sheets: list[Found], truth: Truth) -> None:
        """Count the fields whose truth is known; those of no sheet are passed over."""
        for sheet, witnesses in sheets:
            for place in sheet.page.fields:
                if place.name in truth:
                    self._add_field(place.name, reading, sheet, witnesses, truth[place.name])

    def _add_field(
        self, name: str, reading: SheetReading, sheet: Sheet, read: ReadSheet, written: int | None
    ) -> None:
        result, odds = reading.fields[name], read.witnesses.odds[name]
        good = result.value == written
        accepted = result.status == "accepted"
        self.numbers += 1
        self.argmax_right += odds.best == written
        self.right += good
        self.accepted += accepted
        self.accepted_wrong += accepted and not good
        if written is not None:
            digits = str(written)
            self.digits += len(digits)
            marks = odds.marks[-len(digits) :]
            self.digits_right += sum(a == b for a, b in zip(marks, digits, strict=True))
        if not good or odds.best != written:
            picture = np.hstack(list(255 - sheet.cells(sheet.form.field(name))))
            read_as = f"{odds.marks} -> {result.value}"
            self.misses.append(
                Miss(
                    picture, f"{name} {written}", read_as, result.confidence, accepted and not good
                )
            )


def drawn(count: int, seed: int, kind: Kind = "filled") -> Score:
    """Sheets drawn, filled (unless blank) and photographed here, each read alone."""
    rng = np.random.default_rng([seed, SEEDS[kind]])
    score = Score()
    others = [load_form("ppwp-2024"), load_form("c1-ppwp-2019")]
    for index in range(count):
        name, paslon = PLANO[index % len(PLANO)]
        form = load_form(name, paslon=paslon)
        page = int(rng.integers(1, 4))
        jpeg, truth = draw_photo(form, page, rng, kind)
        read_one(jpeg, [*others, form], truth, score)
    return score


def draw_photo(
    form: Form, page: int, rng: np.random.Generator, kind: Kind = "filled"
) -> tuple[bytes, dict[str, int | None]]:
    """A 12 MP photo of one sheet and the numbers that stand on it."""
    values: dict[str, int | None] = dict(simulate_count(form, rng))
    sheet = render_page(form, page, DPI)
    if kind != "blank":
        faults = dict.fromkeys(values, UNDONE[kind]) if kind in UNDONE else {}
        style = Style(leading=SIGNS[int(rng.integers(len(SIGNS)))], faults=faults)
        sheet = fill_sheet(sheet, DPI, form, page, values, rng, style)
    truth = values if kind == "filled" else dict.fromkeys(values)
    return photograph(sheet, DPI, rng, some_shot(rng)).jpeg, truth


def read_one(jpeg: bytes, forms: list[Form], truth: Truth, score: Score) -> None:
    """Read one photo alone and count."""
    found = find(jpeg, forms, score)
    if found is not None:
        score.add(read_alone(found[1]), [found], truth)


def find(jpeg: bytes, forms: list[Form], score: Score) -> Found | None:
    """The sheet and its witnesses, or None for a refused photo."""
    score.photos += 1
    try:
        sheet = find_sheet(decode_photo(jpeg, "bench"), forms)
        return sheet, read_witnesses(sheet, load_model())
    except RejectedError:
        score.refused += 1
        return None


def real_photos(folder: Path = SHARED / "photos" / "ppwp-2024") -> Score:
    """Five photos of C.HASIL-PPWP off a screen; a field that is blank there has no number."""
    form = load_form("ppwp-2024")
    score = Score()
    for name, row in json.loads((folder / "truth.json").read_text()).items():
        fields = form.page(row["page_tag"] - 100).fields
        marks = {field.name: row.get(field.name) for field in fields}
        truth = {n: None if m is None else int(m.strip("X_")) for n, m in marks.items()}
        read_one((folder / name).read_bytes(), [form], truth, score)
    return score


def real_scans(folder: Path = SHARED / "scans" / "c1-ppwp-2019") -> dict[str, Score]:
    """Forty scans of C1-PPWP 2019, seven known numbers a TPS; its two pages together and alone."""
    form = load_form("c1-ppwp-2019")
    scores: dict[str, Score] = {}
    for tps, truth in json.loads((folder / "truth.json").read_text()).items():
        part = "tps01-10" if int(tps.removeprefix("tps")) <= TRAINED_TPS else "tps11-20"
        together = scores.setdefault(f"scans 2019 {part}, pages together", Score())
        alone = scores.setdefault(f"scans 2019 {part}, each page alone", Score())
        photos = [(folder / f"{tps}_lembar{page}.jpg").read_bytes() for page in (1, 2)]
        sheets = [sheet for photo in photos if (sheet := find(photo, [form], together))]
        alone.photos += len(photos)
        alone.refused += len(photos) - len(sheets)
        for sheet in sheets:
            alone.add(read_alone(sheet[1]), [sheet], truth)
        if sheets:
            together.add(read_together([read for _, read in sheets]), sheets, truth)
    return scores


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 2) if whole else None
