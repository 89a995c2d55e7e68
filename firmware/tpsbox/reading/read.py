"""Reads a registered sheet, or the sheets of one TPS together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tpsbox.forms.model import Form
from tpsbox.reading.bubbles import BubbleReading, read_bubbles
from tpsbox.reading.decide import decide
from tpsbox.reading.model import DigitModel
from tpsbox.reading.number import NumberOdds, number_odds
from tpsbox.reading.result import Doubt, SheetReading, with_doubt
from tpsbox.reading.witnesses import Witnesses
from tpsbox.vision.sheet import Sheet


@dataclass(frozen=True)
class ReadSheet:
    """A sheet with its witnesses, so that several can be decided together."""

    form: Form
    page: int
    sharpness: float
    witnesses: Witnesses


def read_witnesses(sheet: Sheet, model: DigitModel) -> ReadSheet:
    """What boxes and bubbles say, each on its own; the boxes of a page in one run of the model."""
    fields = sheet.page.fields
    cells = [sheet.cells(field) for field in fields]
    odds = model.predict(np.concatenate(cells))
    ends = np.cumsum([len(group) for group in cells])[:-1]
    numbers = {
        field.name: number_odds(part)
        for field, part in zip(fields, np.split(odds, ends), strict=True)
    }
    bubbles: dict[str, BubbleReading] = {}
    for field in fields:
        ink = sheet.bubbles(field)
        if ink is not None:
            bubbles[field.name] = read_bubbles(ink)
    return ReadSheet(sheet.form, sheet.page.number, sheet.sharpness, Witnesses(numbers, bubbles))


def read_alone(sheet: ReadSheet) -> SheetReading:
    """One sheet judged alone, under the rules that speak of no other page."""
    names = sheet.witnesses.odds.keys()
    rules = [rule for rule in sheet.form.rules if names >= set(rule.fields)]
    return decide(sheet.form, sheet.witnesses, rules)


def read_together(sheets: Sequence[ReadSheet]) -> SheetReading:
    """The sheets of one form together, with every rule of the form.

    Where a page was photographed twice the sharper photo stands; a field on which the two
    readings differ is for a person to decide.
    """
    form = sheets[0].form
    odds: dict[str, NumberOdds] = {}
    bubbles: dict[str, BubbleReading] = {}
    differ: set[str] = set()
    for sheet in sorted(sheets, key=lambda sheet: -sheet.sharpness):
        for name, number in sheet.witnesses.odds.items():
            if name in odds and odds[name].best != number.best:
                differ.add(name)
            odds.setdefault(name, number)
        for name, stated in sheet.witnesses.bubbles.items():
            bubbles.setdefault(name, stated)
    reading = decide(form, Witnesses(odds, bubbles), form.rules)
    fields = dict(reading.fields)
    for name in differ:
        fields[name] = with_doubt(fields[name], Doubt.SHEETS_DIFFER)
    return SheetReading(fields, reading.checks)
