"""The sheets of a few TPS: drawn, filled, photographed, and read by the box's own program."""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from tpsbox.forms.drawing import render_page
from tpsbox.forms.election import Contest, Election
from tpsbox.kiosk.evidence import contest_evidence
from tpsbox.kiosk.eye import Refused, eye
from tpsbox.kiosk.standing import stand
from tpsbox.reading.model import DigitModel, load_model
from tpsbox.record.evidence import evidence_root
from tpsbox.record.statement import Clock, ContestResult
from tpsbox.simulator.count import simulate_count
from tpsbox.simulator.fill import Fault, Style, fill_sheet
from tpsbox.simulator.photograph import Shot, photograph
from tpsbox.store.sheets import Sheet

DPI = 110
"""Pixels per inch of the drawn sheet; a plano is 900 mm high."""
WAIT = 1.0
"""Seconds of one wait for papers, so that an end is not waited for."""
FAULTS: tuple[Fault, ...] = ("bubble", "struck", "overwritten", "row_sum")
"""What officers do wrong on one of the sheets."""


class Papers(NamedTuple):
    """What a box makes of the sheets of its TPS: what it states, and what that rests on."""

    contests: tuple[ContestResult, ...]
    root: bytes
    evidence: tuple[bytes, ...]
    photos: tuple[bytes, ...]


class Drawing:
    """Makes the papers of some TPS beside the day that is played."""

    def __init__(self, election: Election, tps: tuple[str, ...], seed: int) -> None:
        """`tps` are drawn one after the other, each time the same for a seed."""
        self.tps = tps
        self.pending = len(tps)
        self._election, self._seed = election, seed
        self._done: queue.Queue[tuple[str, Papers | Exception]] = queue.Queue()
        self._thread = threading.Thread(target=self._draw, name="papers", daemon=True)

    def start(self) -> None:
        """Begin to draw."""
        self._thread.start()

    def finished(self, *, wait: bool) -> Iterator[tuple[str, Papers]]:
        """The TPS whose papers are done and were not given yet; at least one with `wait`.

        Raises:
            Exception: whatever has ended the drawing.
        """
        while self.pending:
            try:
                tps, papers = self._done.get(timeout=WAIT if wait else 0.0)
            except queue.Empty:
                return
            self.pending -= 1
            if isinstance(papers, Exception):
                self.pending = 0
                raise papers
            yield tps, papers
            wait = False

    def _draw(self) -> None:
        for index, tps in enumerate(self.tps):
            try:
                rng = np.random.default_rng([self._seed, index])
                self._done.put((tps, photographed(self._election, tps, rng)))
            except Exception as error:  # told where it is waited for
                self._done.put((tps, error))
                return


def photographed(election: Election, tps: str, rng: np.random.Generator) -> Papers:
    """The papers of a TPS, from blank sheets to a box's own numbers; takes some seconds.

    Raises:
        EnvironmentFault: the digit model is missing.
    """
    model = load_model()
    half = election.tps_limit // 2
    voters = (int(rng.integers(half // 2, half)), int(rng.integers(half // 2, half)))
    stated: list[ContestResult] = []
    leaves: list[bytes] = []
    photos: list[bytes] = []
    for contest in election.contest:
        shots = list(_shots(election, contest, tps, voters, rng))
        photos += shots
        form = election.form_of(contest.key)
        sheets = list(_read(election, shots, model))
        standing = stand(contest.key, form, sheets, ())
        stated.append(ContestResult(contest.key, True, standing.values))
        leaves += contest_evidence(standing, tps, model.sha256)
    return Papers(tuple(stated), evidence_root(leaves), tuple(leaves), tuple(photos))


def _shots(
    election: Election,
    contest: Contest,
    tps: str,
    voters: tuple[int, int],
    rng: np.random.Generator,
) -> Iterator[bytes]:
    """A JPEG of each sheet of a contest."""
    form, names = election.form_of(contest.key), election.tps(tps)
    values = simulate_count(form, rng, voters)
    spoiled = f"paslon_{int(rng.integers(1, len(contest.paslon) + 1))}"
    style = Style(
        heading={
            "provinsi": names.provinsi,
            "kabupaten": names.kabupaten,
            "kecamatan": names.kecamatan,
            "desa": names.desa,
            "tps": f"{names.nomor:03d}",
        },
        faults={spoiled: FAULTS[int(rng.integers(len(FAULTS)))]},
    )
    for page in form.pages:
        sheet = render_page(
            form, page.number, DPI, names=tuple(paslon.nama for paslon in contest.paslon)
        )
        filled = fill_sheet(sheet, DPI, form, page.number, values, rng, style)
        shot = Shot(
            size=(2250, 3000),
            tilt_deg=float(rng.uniform(2, 14)),
            rotation_deg=float(rng.uniform(-8, 8)),
            light=0.25,
            blur=0.6,
            noise=3.0,
            curl_mm=1.2,
        )
        yield photograph(filled, DPI, rng, shot).jpeg


def _read(election: Election, shots: list[bytes], model: DigitModel) -> Iterator[Sheet]:
    look = eye(election.forms, model)
    for number, jpeg in enumerate(shots, 1):
        seen = look(jpeg)
        if isinstance(seen, Refused):
            continue  # a photo that a box cannot read is taken again; here it is left out
        yield Sheet(
            id=number,
            photo=hashlib.sha256(jpeg).hexdigest(),
            kind="sheet",
            contest=seen.contest,
            form=seen.form,
            page=seen.page,
            sharpness=seen.sharpness,
            taken_at=float(number),
            clock=Clock.SYSTEM,
            status="read",
            reason="",
            reading=seen.reading,
            evidence=None,
        )
