"""Composes many sets, decides each with the real code, and keeps what came out, by several cores.

A row of RECORD is one field of one set.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from typing import Any

import numpy as np
from numpy.typing import NDArray
from reading_compose import Sheets, compose_set, draw_source
from reading_counts import SLIPS
from reading_hands import NOBODY
from reading_paths import REGISTRATION
from reading_pool import HANDWRITING, Pools, load_pools
from reading_registration import Photographed, load_registration
from tpsbox.forms.library import load_form
from tpsbox.forms.model import Form
from tpsbox.reading.bounds import DEFAULT_BOUND
from tpsbox.reading.decide import decide
from tpsbox.reading.result import Doubt, SheetReading

FORM = "ppwp-2024"
CHUNK = 250
NULL = -1
DOUBTS = tuple(Doubt)

RECORD = np.dtype(
    [
        ("set", np.int32),
        ("source", np.int8),
        ("hand", np.int32),
        ("field", np.int8),
        ("slip", bool),
        ("slipped", bool),
        ("meant", np.int16),
        ("written", np.int16),
        ("argmax", np.int16),
        ("value", np.int16),
        ("accepted", bool),
        ("confidence", np.float64),
        ("lead", np.float64),
        ("doubts", np.int32),
    ]
)
"""`slip`: the set holds a slip; `slipped`: in this very field. `argmax`: the boxes alone. `lead`
in nats, NaN where the reading states none. `doubts`: bit n for the n-th Doubt."""

Record = NDArray[Any]


@dataclass(frozen=True)
class Plan:
    """From what sets are drawn, the share with a slip, and the error rate asked of the reading."""

    seed: int
    slips: float = SLIPS
    bound: float = DEFAULT_BOUND


def run_sets(count: int, plan: Plan, workers: int) -> Record:
    """Records of `count` sets [count * fields]; independent of `workers`."""
    load_pools()
    starts = range(0, count, CHUNK)
    tasks = [(start, min(CHUNK, count - start), plan) for start in starts]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return np.concatenate(list(pool.map(_chunk, tasks)))


@lru_cache(maxsize=1)
def materials() -> tuple[Form, Pools, list[Photographed]]:
    """The form, the posteriors and the photos that show bubbles: of page 2."""
    photos = [p for p in load_registration(REGISTRATION).photos if p.filled]
    return load_form(FORM), load_pools(), photos


def make_set(index: int, plan: Plan) -> tuple[Sheets, SheetReading]:
    """Set `index` and how it is decided."""
    form, pools, photos = materials()
    rng = np.random.default_rng([plan.seed, index])
    sheets = compose_set(form, pools, photos, rng, draw_source(index), plan.slips)
    return sheets, decide(form, sheets.witnesses, form.rules, plan.bound)


def _chunk(task: tuple[int, int, Plan]) -> Record:
    start, count, plan = task
    return np.concatenate(
        [_record(index, *make_set(index, plan)) for index in range(start, start + count)]
    )


def _record(index: int, sheets: Sheets, reading: SheetReading) -> Record:
    written = sheets.written
    rows = np.zeros(len(reading.fields), RECORD)
    for place, (name, field) in enumerate(reading.fields.items()):
        best = sheets.witnesses.odds[name].best
        rows[place] = (
            index,
            HANDWRITING.index(sheets.source),
            sheets.hand,
            place,
            written.slip is not None,
            written.slip == name,
            written.meant[name],
            written.boxes[name],
            NULL if best is None else best,
            NULL if field.value is None else field.value,
            field.status == "accepted",
            field.confidence,
            field.lead,
            sum(1 << DOUBTS.index(doubt) for doubt in field.reasons),
        )
    return rows


def hand_names(record: Record) -> NDArray[np.int64]:
    """A number for each row's writer; sets of no one hand count as a writer each."""
    alone = record["hand"] != NOBODY
    return np.where(
        alone,
        record["source"].astype(np.int64) * 100_000 + record["hand"],
        -1 - record["set"].astype(np.int64),
    )
