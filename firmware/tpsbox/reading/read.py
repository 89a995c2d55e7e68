"""Reads a registered sheet, or the sheets of one TPS together."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tpsbox.forms.model import Form, Tally
from tpsbox.reading.bounds import DEFAULT_BOUND
from tpsbox.reading.bubbles import BubbleReading, read_bubbles
from tpsbox.reading.decide import decide
from tpsbox.reading.model import CLASSES, DigitModel, Probabilities
from tpsbox.reading.number import NumberOdds, number_odds
from tpsbox.reading.result import SheetReading
from tpsbox.reading.row_sums import RowSums, row_sums
from tpsbox.reading.tally import TallyReading, read_tally
from tpsbox.reading.witnesses import Witnesses
from tpsbox.vision.sheet import Sheet
from tpsbox.vision.tally import cut_tally


@dataclass(frozen=True)
class ReadSheet:
    """A sheet with its witnesses, so that several can be decided together."""

    form: Form
    page: int
    sharpness: float
    witnesses: Witnesses


def read_witnesses(sheet: Sheet, model: DigitModel) -> ReadSheet:
    """What every writing of the numbers says, each on its own.

    All boxes of a page, those of row totals too, go through the model in one run.
    """
    fields = sheet.page.fields
    counted = [field for field in fields if field.tally]
    cuts = [cut_tally(sheet, field.tally) for field in counted if field.tally]
    cells = [sheet.cells(field) for field in fields] + [cut.totals for cut in cuts]
    odds = model.predict(np.concatenate(cells))
    parts = np.split(odds, np.cumsum([len(group) for group in cells])[:-1])
    numbers = {
        field.name: number_odds(part)
        for field, part in zip(fields, parts[: len(fields)], strict=True)
    }
    bubbles: dict[str, BubbleReading] = {}
    for field in fields:
        ink = sheet.bubbles(field)
        if ink is not None:
            bubbles[field.name] = read_bubbles(ink)
    witnesses = Witnesses(
        numbers,
        bubbles,
        row_sums={
            field.name: _row_sums(field.tally, part, cut.bare)
            for field, cut, part in zip(counted, cuts, parts[len(fields) :], strict=True)
            if field.tally
        },
        tallies={field.name: read_tally(cut.ink) for field, cut in zip(counted, cuts, strict=True)},
    )
    return ReadSheet(sheet.form, sheet.page.number, sheet.sharpness, witnesses)


def _row_sums(tally: Tally, odds: Probabilities, bare: npt.NDArray[np.bool_]) -> RowSums:
    """The row totals from the probabilities [rows * boxes, 14] of their boxes, row by row.

    The net was trained on framed boxes and makes nothing of white paper: what is `bare` is blank.
    """
    odds = odds.copy()
    odds[bare] = np.eye(len(CLASSES))[CLASSES.index("_")]
    ends = np.cumsum([len(boxes) for boxes in tally.row_sums])[:-1]
    return row_sums([number_odds(part) for part in np.split(odds, ends)], tally.capacity)


def read_alone(sheet: ReadSheet, bound: float = DEFAULT_BOUND) -> SheetReading:
    """One sheet judged alone, under the rules that speak of no other page.

    `bound` is the error rate of accepted numbers.
    """
    names = sheet.witnesses.odds.keys()
    rules = [rule for rule in sheet.form.rules if names >= set(rule.fields)]
    return decide(sheet.form, sheet.witnesses, rules, bound)


def read_together(sheets: Sequence[ReadSheet], bound: float = DEFAULT_BOUND) -> SheetReading:
    """The sheets of one form together, with every rule of the form.

    Where a page was photographed twice the sharper photo stands; a field whose boxes or bubbles
    the two read differently, or that only one of them has, is for a person to decide.
    """
    form = sheets[0].form
    odds: dict[str, NumberOdds] = {}
    bubbles: dict[str, BubbleReading] = {}
    rows: dict[str, RowSums] = {}
    tallies: dict[str, TallyReading] = {}
    differ: set[str] = set()
    held: dict[int, Set[str]] = {}
    for sheet in sorted(sheets, key=lambda sheet: -sheet.sharpness):
        names = sheet.witnesses.odds.keys()
        differ |= names ^ held.setdefault(sheet.page, names)
        for name, number in sheet.witnesses.odds.items():
            if odds.setdefault(name, number).best != number.best:
                differ.add(name)
        for name, seen in sheet.witnesses.bubbles.items():
            if bubbles.setdefault(name, seen).contradicts(seen):
                differ.add(name)
        rows = {**sheet.witnesses.row_sums, **rows}
        tallies = {**sheet.witnesses.tallies, **tallies}
    return decide(form, Witnesses(odds, bubbles, rows, tallies, differ), form.rules, bound)
