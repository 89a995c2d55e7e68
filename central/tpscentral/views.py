"""What the pages and the JSON show, as plain structs."""

from __future__ import annotations

import msgspec
from tpsbox.forms.election import TpsName


class ResultView(msgspec.Struct, frozen=True):
    """A record that was received; `received_at` in unix seconds."""

    id: str
    epoch: int
    number: int
    state: str
    received_at: int
    via: str


class Counts(msgspec.Struct, frozen=True):
    """How far a TPS is: contests closed of all, fields by state, rules that do not hold."""

    closed: int
    contests: int
    absent: int
    accepted: int
    confirmed: int
    corrected: int
    unsure: int
    broken: int


class TpsRow(msgspec.Struct, frozen=True):
    """One TPS in the list; `result` is its newest, None before the first; `counts` what counts."""

    tps: TpsName
    election: str
    status: str | None
    result: ResultView | None
    counts: Counts
    photos: int
    conflicts: int
    refusals: int


class CandidateTotal(msgspec.Struct, frozen=True):
    """The sum of a candidate's votes over the `tps` whose number is settled."""

    nomor: int
    nama: str
    votes: int
    tps: int


class ContestTotal(msgspec.Struct, frozen=True):
    """The candidates of one contest with their preliminary sums."""

    election: str
    contest: str
    title: str
    candidates: tuple[CandidateTotal, ...]


class Overview(msgspec.Struct, frozen=True):
    """The first page."""

    elections: tuple[str, ...]
    rows: tuple[TpsRow, ...]
    totals: tuple[ContestTotal, ...]


class FieldView(msgspec.Struct, frozen=True):
    """A field's number and state; `reading` is what the machine saw, where evidence tells it."""

    name: str
    label: str
    number: int | None
    state: str
    reading: str | None


class SheetView(msgspec.Struct, frozen=True):
    """One sheet of a form, with the hash of the latest photo that evidence names for it."""

    page: int
    photo: str | None
    fields: tuple[FieldView, ...]


class RuleView(msgspec.Struct, frozen=True):
    """A rule: in labels, in numbers, and whether it holds (None: not yet known)."""

    name: str
    formula: str
    numbers: str
    holds: bool | None


class ContestView(msgspec.Struct, frozen=True):
    """One contest of a TPS."""

    key: str
    title: str
    form: str
    closed: bool
    sheets: tuple[SheetView, ...]
    rules: tuple[RuleView, ...]


class PhotoView(msgspec.Struct, frozen=True):
    """A photo that was received; size in bytes, `sheet` if evidence says which it shows."""

    sha: str
    size: int
    received_at: int
    sheet: str | None


class RefusalView(msgspec.Struct, frozen=True):
    """Something that was not taken, and why."""

    kind: str
    id: str
    code: str
    reason: str
    refused_at: int


class TpsView(msgspec.Struct, frozen=True):
    """Everything about one TPS; `evidence_bound` None before the first result."""

    row: TpsRow
    stated_at: int
    clock: str | None
    evidence_bound: bool | None
    contests: tuple[ContestView, ...]
    photos: tuple[PhotoView, ...]
    history: tuple[ResultView, ...]
    refusals: tuple[RefusalView, ...]
