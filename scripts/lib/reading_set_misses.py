"""Pictures of what was read wrong in composed sets: composed again, and this time drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from reading_compose import Picked, Sheets
from reading_hands import Marks
from reading_misses import Miss
from reading_paths import REGISTRATION
from reading_pool import SOURCES, draw_cell, seed_of
from reading_registration import load_registration
from reading_sets import FORM, Plan, Record, make_set
from tpsbox.forms.library import load_form
from tpsbox.reading.result import SheetReading

MOST = 360
"""Numbers shown: those accepted wrong come first, then others whose guess is wrong."""


def set_misses(record: Record, plan: Plan) -> list[Miss]:
    """The wrong numbers of a record made by this plan."""
    wrong = record[record["value"] != record["written"]]
    chosen = wrong[np.argsort(~wrong["accepted"], kind="stable")][:MOST]
    names = [field.name for field in load_form(FORM).fields]
    draw = _Drawing()
    return [draw.miss(*make_set(int(row["set"]), plan), names[row["field"]]) for row in chosen]


class _Drawing:
    """Draws marks of the pools anew; each source is loaded when it is first met."""

    def __init__(self) -> None:
        self._photos = list(load_registration(REGISTRATION).photos)
        self._marks: dict[str, Marks] = {}

    def miss(self, sheets: Sheets, reading: SheetReading, name: str) -> Miss:
        """One number: its boxes side by side."""
        field, written = reading.fields[name], sheets.written.boxes[name]
        return Miss(
            np.hstack([255 - self._cell(picked) for picked in sheets.marks[name]]),
            f"{name} {written}",
            f"{field.raw} -> {field.value}",
            field.confidence,
            field.status == "accepted" and field.value != written,
        )

    def _cell(self, picked: Picked) -> NDArray[np.uint8]:
        source, mark, sitting = picked
        if source not in self._marks:
            self._marks[source] = SOURCES[source]()
        return draw_cell(self._marks[source], self._photos, seed_of(source), mark, sitting)
