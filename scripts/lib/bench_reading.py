"""How well and how fast sheets are read: drawn ones, and real ones where they are at hand.

Drawn: every plano form with 2 to 6 paslon, filled by random hands, photographed at 12 MP with tilt
to 32 degrees, any turn, uneven light, blur, noise and curl. Real: the photos and scans of
../shared. Speed is a ratio within this run: a whole sheet against cv2.imdecode of its photo.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import cv2
import numpy as np
from tpsbox.forms.drawing import render_page
from tpsbox.forms.library import load_form
from tpsbox.forms.model import Form
from tpsbox.reading.model import load_model
from tpsbox.reading.read import read_alone, read_witnesses
from tpsbox.simulator.count import simulate_count
from tpsbox.simulator.fill import Style, fill_sheet
from tpsbox.simulator.photograph import Shot, photograph
from tpsbox.vision.photo import decode_photo
from tpsbox.vision.rejection import RejectedError
from tpsbox.vision.sheet import find_sheet

SHARED = Path(__file__).resolve().parents[3] / "shared"
PLANO = (
    ("ppwp-2024", 3),
    ("kwk-2024-gubernur", 2),
    ("kwk-2024-bupati", 3),
    ("kwk-2024-bupati", 4),
    ("kwk-2024-gubernur", 5),
    ("kwk-2024-bupati", 6),
)
DPI = 120


@dataclass
class Score:
    """Counts over photos and numbers."""

    photos: int = 0
    refused: int = 0
    numbers: int = 0
    right: int = 0
    accepted: int = 0
    accepted_wrong: int = 0

    def add(self, fields: dict, truth: dict[str, int | None]) -> None:
        """Count the fields whose truth is known."""
        for name, field in fields.items():
            if name in truth:
                good = field.value == truth[name]
                self.numbers += 1
                self.right += good
                self.accepted += field.status == "accepted"
                self.accepted_wrong += field.status == "accepted" and not good


def main() -> int:
    """Print a table, or one JSON object."""
    parser = argparse.ArgumentParser(prog="scripts/bench reading")
    parser.add_argument("--sheets", type=int, default=60, help="drawn sheets (default 60)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    ratios: list[float] = []
    scores = {"drawn": drawn(chosen.sheets, chosen.seed, ratios)}
    if SHARED.is_dir():
        scores["photos ppwp-2024"] = real_photos()
        scores["scans c1-ppwp-2019"] = real_scans()
    speed = {"sheet_over_imdecode": round(median(ratios), 1)}
    if chosen.json:
        print(json.dumps({name: asdict(score) for name, score in scores.items()} | speed))
        return 0
    for name, score in scores.items():
        print(
            f"{name:20} {score.photos:4} photos, {score.refused} refused; "
            f"{score.right} of {score.numbers} numbers right, {score.accepted} accepted, "
            f"of these wrong {score.accepted_wrong}"
        )
    print(f"a sheet takes {speed['sheet_over_imdecode']} times cv2.imdecode of its 12 MP photo")
    return 0


def drawn(count: int, seed: int, ratios: list[float]) -> Score:
    """Sheets drawn, filled and photographed here."""
    rng = np.random.default_rng(seed)
    score = Score()
    forms = [load_form("ppwp-2024"), load_form("c1-ppwp-2019")]
    for index in range(count):
        name, paslon = PLANO[index % len(PLANO)]
        form = load_form(name, paslon=paslon)
        page = int(rng.integers(1, 4))
        values = simulate_count(form, rng)
        leading = ("X", "0", "-")[int(rng.integers(3))]
        blank = render_page(form, page, DPI)
        sheet = fill_sheet(blank, DPI, form, page, values, rng, Style(leading=leading))
        jpeg = photograph(sheet, DPI, rng, some_shot(rng)).jpeg
        read_one(jpeg, [*forms, form], values, score, ratios)
    return score


def some_shot(rng: np.random.Generator) -> Shot:
    """A photo within the limits that the box promises to read."""
    return Shot(
        tilt_deg=float(rng.uniform(0, 32)),
        tilt_to_deg=float(rng.uniform(0, 360)),
        rotation_deg=float(rng.uniform(0, 360)),
        light=float(rng.uniform(0, 0.4)),
        blur=float(rng.uniform(0, 1.5)),
        noise=float(rng.uniform(0, 6)),
        curl_mm=float(rng.uniform(0, 2)),
    )


def read_one(
    jpeg: bytes,
    forms: list[Form],
    truth: dict[str, int | None],
    score: Score,
    ratios: list[float] | None = None,
) -> None:
    """Read one photo and count."""
    score.photos += 1
    start = time.perf_counter()
    try:
        sheet = find_sheet(decode_photo(jpeg, "bench"), forms)
        reading = read_alone(read_witnesses(sheet, load_model()))
    except RejectedError:
        score.refused += 1
        return
    whole = time.perf_counter() - start
    if ratios is not None:
        start = time.perf_counter()
        cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        ratios.append(whole / (time.perf_counter() - start))
    score.add(reading.fields, truth)


def real_photos() -> Score:
    """Five photos of C.HASIL-PPWP off a screen; a field that is blank there has no number."""
    folder = SHARED / "photos" / "ppwp-2024"
    form = load_form("ppwp-2024")
    score = Score()
    for name, row in json.loads((folder / "truth.json").read_text()).items():
        fields = form.page(row["page_tag"] - 100).fields
        marks = {field.name: row.get(field.name) for field in fields}
        truth = {n: None if m is None else int(m.strip("X_")) for n, m in marks.items()}
        read_one((folder / name).read_bytes(), [form], truth, score)
    return score


def real_scans() -> Score:
    """Forty scans of C1-PPWP 2019, seven known numbers a TPS."""
    folder = SHARED / "scans" / "c1-ppwp-2019"
    form = load_form("c1-ppwp-2019")
    score = Score()
    for tps, truth in json.loads((folder / "truth.json").read_text()).items():
        for page in (1, 2):
            read_one((folder / f"{tps}_lembar{page}.jpg").read_bytes(), [form], truth, score)
    return score


if __name__ == "__main__":
    sys.exit(main())
