"""Turns the photographed sheets of a contest into the evidence that a result rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.metadata import version

import msgspec

from tpsbox.forms.model import Page
from tpsbox.kiosk.standing import ContestStanding
from tpsbox.reading.model import CLASSES
from tpsbox.reading.read import ReadSheet, read_alone
from tpsbox.reading.result import FieldReading
from tpsbox.reading.stored import StoredSheet, unpack
from tpsbox.reading.witnesses import Witnesses
from tpsbox.record.evidence import Evidence, FieldEvidence, Homography, Word, encode_evidence
from tpsbox.store.sheets import Sheet
from tpsbox.store.words import SpokenWord

TOP_MARKS = 3
"""Marks stated a box; the rest share less than a few thousandths."""
LEAST_SHARE = 0.001

PROGRAM = "tps-box"


def contest_evidence(contest: ContestStanding, tps: str, model: bytes) -> tuple[bytes, ...]:
    """The encoded evidence of every sheet of a contest, in the order of its pages and presses.

    `model` is the SHA-256 of the reading model. A page that was typed without a photo has evidence
    too.

    Raises:
        InputError: a stored reading does not fit its form.
    """
    leaves: dict[bytes, None] = {}
    for page in contest.form.pages:
        said = _said(page, contest.words)
        for evidence in _of_page(contest, page, tps, model, said):
            leaves[encode_evidence(evidence)] = None  # the same photo twice is one leaf
    return tuple(leaves)


def _of_page(
    contest: ContestStanding, page: Page, tps: str, model: bytes, said: tuple[Word, ...]
) -> Iterator[Evidence]:
    mine = [sheet for sheet in contest.sheets if sheet.page == page.number]
    read = [unpack(sheet.reading or b"", contest.form) for sheet in mine]
    # The first of the sharpest stands, as `read_together` has it.
    sharpest = max(range(len(read)), key=lambda i: read[i].sharpness, default=-1)
    for index, (sheet, witnesses) in enumerate(zip(mine, read, strict=True)):
        if index == sharpest:
            joint = {f.field.name: f.read for f in contest.fields if f.read is not None}
            yield _of_sheet(contest, sheet, witnesses, joint, tps, model, said)
        else:
            alone = read_alone(witnesses, contest.bound).fields
            yield _of_sheet(contest, sheet, witnesses, alone, tps, model, said)
    if said and not mine:
        yield Evidence(
            tps=tps,
            contest=contest.key,
            form=contest.form.name,
            page=page.number,
            photo=None,
            homography=None,
            fields=(),
            words=said,
            entry="typed",
            firmware=version(PROGRAM),
            model=None,
        )


def _of_sheet(
    contest: ContestStanding,
    sheet: Sheet,
    read: ReadSheet,
    readings: dict[str, FieldReading],
    tps: str,
    model: bytes,
    said: tuple[Word, ...],
) -> Evidence:
    stored = msgspec.json.decode(sheet.reading or b"", type=StoredSheet)
    return Evidence(
        tps=tps,
        contest=contest.key,
        form=contest.form.name,
        page=read.page,
        photo=bytes.fromhex(sheet.photo),
        homography=msgspec.convert(stored.homography, Homography),
        fields=tuple(_of_field(read, name, readings[name]) for name in read.witnesses.odds),
        words=said,
        entry="camera",
        firmware=version(PROGRAM),
        model=model,
    )


def _of_field(read: ReadSheet, name: str, reading: FieldReading) -> FieldEvidence:
    return msgspec.convert(
        {
            "name": name,
            "raw": read.witnesses.odds[name].marks,
            "value": reading.value,
            "status": reading.status,
            "probability": reading.confidence,
            "reasons": tuple(reason.value for reason in reading.reasons),
            "witnesses": _seen(read.witnesses, name),
        },
        FieldEvidence,
    )


def _seen(witnesses: Witnesses, name: str) -> dict[str, dict[str, object]]:
    """What each writing of the number said by itself."""
    odds = witnesses.odds[name]
    seen: dict[str, dict[str, object]] = {
        "boxes": {"marks": odds.marks, "top": tuple(_top(box) for box in odds.boxes.tolist())}
    }
    if name in witnesses.bubbles:
        bubbles = witnesses.bubbles[name]
        seen["bubbles"] = {"marks": bubbles.marks, "clear": bubbles.clear}
    if name in witnesses.row_sums:
        sums = witnesses.row_sums[name]
        likely = 0.0 if sums.best is None else round(float(sums.values[sums.best]), 5)
        seen["sums"] = {"marks": sums.marks, "value": sums.best, "probability": likely}
    if name in witnesses.tallies:
        tally = witnesses.tallies[name]
        seen["tally"] = {"count": tally.count, "spread": tally.spread, "cells": tally.cells}
    return seen


def _top(box: Sequence[float]) -> tuple[str | float, ...]:
    """The likeliest marks of a box, each followed by its probability."""
    ranked = sorted(zip(box, CLASSES, strict=True), key=lambda pair: -pair[0])[:TOP_MARKS]
    kept = [(mark, round(float(p), 5)) for p, mark in ranked if p >= LEAST_SHARE]
    return tuple(part for pair in kept for part in pair)


def _said(page: Page, words: Sequence[SpokenWord]) -> tuple[Word, ...]:
    names = {field.name for field in page.fields}
    return tuple(
        Word(word.field, word.kind, word.value, min(max(int(word.said_at), 0), 2**32 - 1))
        for word in words
        if word.field in names
    )
