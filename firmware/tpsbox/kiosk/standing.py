"""What stands now: the readings of all sheets together, and over them what officers said."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from tpsbox.forms.election import Election
from tpsbox.forms.model import Field, Form
from tpsbox.forms.rules import check_rule
from tpsbox.reading.bounds import DEFAULT_BOUND
from tpsbox.reading.read import read_together
from tpsbox.reading.result import Check, FieldReading, SheetReading
from tpsbox.reading.stored import unpack
from tpsbox.record.statement import State, Value
from tpsbox.store.sheets import Sheet
from tpsbox.store.store import Store
from tpsbox.store.words import SpokenWord

UNWRITTEN = frozenset("_-X")
"""Marks of boxes that hold no digit."""


class FieldStanding(msgspec.Struct, frozen=True):
    """One field: what holds (`number`, `state`), beside it what the machine read and people said.

    `read` is None while its sheet was not photographed, `word` while nobody said anything.
    """

    field: Field
    state: State
    number: int | None
    read: FieldReading | None
    word: SpokenWord | None

    @property
    def doubtful(self) -> bool:
        """Whether a person should look: it was photographed, and nobody and nothing is sure."""
        return self.state is State.UNSURE

    @property
    def illegible(self) -> bool:
        """Whether boxes hold writing that is no number to the machine, and nobody said what it is.

        Boxes that are empty, crossed or dashed are not: they may be confirmed as empty.
        """
        read = self.read
        if read is None or self.word is not None or read.value is not None:
            return False
        return bool(set(read.raw) - UNWRITTEN)


class ContestStanding(msgspec.Struct, frozen=True):
    """One contest.

    `sheets` are the readable photos of it, `words` all that was said on it, both in order of time;
    `checks` all rules of its form; `bound` is the error rate that readings were accepted at.
    """

    key: str
    form: Form
    fields: tuple[FieldStanding, ...]
    sheets: tuple[Sheet, ...]
    words: tuple[SpokenWord, ...]
    checks: tuple[Check, ...]
    bound: float

    @property
    def pages_in(self) -> tuple[int, ...]:
        """Sheets of the form that were photographed."""
        seen = {sheet.page for sheet in self.sheets}
        return tuple(page.number for page in self.form.pages if page.number in seen)

    @property
    def missing(self) -> tuple[int, ...]:
        """Sheets of the form that were not."""
        return tuple(p.number for p in self.form.pages if p.number not in self.pages_in)

    @property
    def complete(self) -> bool:
        """Whether every sheet is in."""
        return not self.missing

    @property
    def begun(self) -> bool:
        """Whether there is anything of it: a sheet, or a word of an officer."""
        return bool(self.sheets or self.words)

    @property
    def values(self) -> tuple[Value, ...]:
        """What a result states of it, in the order of the form."""
        return tuple(Value(field.state, field.number) for field in self.fields)

    @property
    def doubtful(self) -> tuple[FieldStanding, ...]:
        """Fields that a person should look at."""
        return tuple(field for field in self.fields if field.doubtful)

    def standing(self, name: str) -> FieldStanding:
        """The field of that name.

        Raises:
            KeyError: no such field.
        """
        for field in self.fields:
            if field.field.name == name:
                return field
        raise KeyError(name)


def stand(
    key: str,
    form: Form,
    sheets: Sequence[Sheet],
    words: Sequence[SpokenWord],
    bound: float | None = None,
) -> ContestStanding:
    """What stands for a contest, from its rows of the store.

    The latest word on a field wins over every reading. `sheets` and `words` of other contests,
    and photos that were not read, are passed over. `bound` is the election's, if it names one.

    Raises:
        InputError: a stored reading does not fit the form.
    """
    mine = tuple(s for s in sheets if s.contest == key and s.status == "read" and s.reading)
    said = tuple(word for word in words if word.contest == key)
    bound = DEFAULT_BOUND if bound is None else bound
    read = _together(form, tuple(sheet.reading or b"" for sheet in mine), bound)
    latest = {word.field: word for word in said}
    fields = tuple(
        _field(field, read.fields.get(field.name), latest.get(field.name)) for field in form.fields
    )
    numbers = {field.field.name: field.number for field in fields}
    checks = tuple(
        Check(rule.name, check_rule(rule, numbers, form.reserve_percent), rule.fields, rule.hard)
        for rule in form.rules
    )
    return ContestStanding(key, form, fields, mine, said, checks, bound)


def stand_all(store: Store, election: Election) -> tuple[ContestStanding, ...]:
    """What stands for every contest, in the order of the election.

    Raises:
        InputError: a stored reading does not fit its form.
        EnvironmentFault: the disk fails.
    """
    sheets, words = store.sheets.list(kind="sheet", status="read"), store.words.list()
    return tuple(
        stand(key, form, sheets, words, election.error_bound)
        for key, form in election.forms.items()
    )


@lru_cache(maxsize=8)
def _together(form: Form, readings: tuple[bytes, ...], bound: float) -> SheetReading:
    """Kept, since the lights ask for it at every change of the store, and a Pi takes its time.

    Only the newest of each contest is asked for; each that is kept holds all its readings.
    """
    if not readings:
        return SheetReading({}, ())
    return read_together([unpack(reading, form) for reading in readings], bound)


def _field(field: Field, read: FieldReading | None, word: SpokenWord | None) -> FieldStanding:
    if word is not None:
        # "Kosong" said against a reading is a correction too: it states no number.
        state = State.CORRECTED if word.kind == "correct" else State.CONFIRMED
        return FieldStanding(field, state, word.value, read, word)
    if read is None:
        return FieldStanding(field, State.ABSENT, None, None, None)
    if read.status == "accepted" and read.value is not None:
        return FieldStanding(field, State.ACCEPTED, read.value, read, None)
    return FieldStanding(field, State.UNSURE, read.value, read, None)
