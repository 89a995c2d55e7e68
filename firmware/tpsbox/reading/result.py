"""What reading hands on: every field with its value and doubts, and how the rules came out."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

Status = Literal["accepted", "review"]


class Doubt(StrEnum):
    """Why a field needs a person. Fixed codes; the words are in DOUBT_WORDS."""

    EMPTY = "empty"
    ILLEGIBLE = "illegible"
    MAYBE_EMPTY = "maybe_empty"
    LOW_CONFIDENCE = "low_confidence"
    RULE_BROKEN = "rule_broken"
    BY_RULE = "by_rule"
    AMBIGUOUS = "ambiguous"
    BUBBLES_DISAGREE = "bubbles_disagree"
    BUBBLES_UNCLEAR = "bubbles_unclear"
    ROWS_DISAGREE = "rows_disagree"
    TALLY_DISAGREES = "tally_disagrees"
    OVER_LIMIT = "over_limit"
    SHEETS_DIFFER = "sheets_differ"


DOUBT_WORDS = {
    Doubt.EMPTY: "Kotak kosong.",
    Doubt.ILLEGIBLE: "Tulisan tidak terbaca.",
    Doubt.MAYBE_EMPTY: "Kotak depan kosong atau angka tipis?",
    Doubt.LOW_CONFIDENCE: "Angka kurang jelas.",
    Doubt.RULE_BROKEN: "Jumlah tidak cocok.",
    Doubt.BY_RULE: "Angka ditebak dari jumlahnya.",
    Doubt.AMBIGUOUS: "Ada dua kemungkinan angka.",
    Doubt.BUBBLES_DISAGREE: "Angka dan bulatan berbeda.",
    Doubt.BUBBLES_UNCLEAR: "Bulatan tidak jelas.",
    Doubt.ROWS_DISAGREE: "Angka dan jumlah tiap baris berbeda.",
    Doubt.TALLY_DISAGREES: "Angka dan turus berbeda.",
    Doubt.OVER_LIMIT: "Melebihi batas pemilih TPS.",
    Doubt.SHEETS_DIFFER: "Dua foto memberi angka berbeda.",
}


class TallyCount(msgspec.Struct, frozen=True):
    """What tally marks count; null where none are drawn or they cannot be counted.

    `spread` is the standard deviation of the count, in votes.
    """

    count: int | None
    spread: float


class FieldReading(msgspec.Struct, frozen=True):
    """One number as read. `value` under `review` is the best guess or null; null is not zero.

    `raw` has one mark a box (0-9 X - _ ?); `bubbles` likewise where the field has bubbles, and
    `row_sums` row by row where it has row totals. `confidence` is the probability (0 to 1) that
    `value` is what was written; `lead` is by how many nats the next likely value is behind, all
    that speaks for this one counted: the measure by which numbers are accepted. Of a number that
    sums settle it is looked for no further than acceptance asks: beyond, it states the most.
    """

    value: int | None
    raw: str
    status: Status
    confidence: float
    reasons: tuple[Doubt, ...] = ()
    bubbles: str | None = None
    row_sums: tuple[str, ...] | None = None
    tally: TallyCount | None = None
    lead: float = 0.0


class Check(msgspec.Struct, frozen=True):
    """A rule as it came out: true, false, or null where a number of it is not known."""

    rule: str
    holds: bool | None
    fields: tuple[str, ...]
    hard: bool


class SheetReading(msgspec.Struct, frozen=True):
    """All fields of one sheet, or of a set of sheets, and the rules over them."""

    fields: dict[str, FieldReading]
    checks: tuple[Check, ...]


def with_doubt(reading: FieldReading, doubt: Doubt) -> FieldReading:
    """The field sent to review for one more reason."""
    reasons = tuple(dict.fromkeys((*reading.reasons, doubt)))
    return msgspec.structs.replace(reading, status="review", reasons=reasons)
