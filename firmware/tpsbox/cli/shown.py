"""A field as the commands show it, in JSON and in words."""

from __future__ import annotations

import msgspec

from tpsbox.kiosk.standing import ContestStanding, FieldStanding
from tpsbox.reading.result import DOUBT_WORDS
from tpsbox.record.statement import State

STATE_WORDS = {
    State.ABSENT: "belum ada",
    State.ACCEPTED: "terbaca jelas",
    State.CONFIRMED: "sudah dinyatakan sesuai",
    State.CORRECTED: "diketik",
    State.UNSURE: "perlu diperiksa",
}


class FieldShown(msgspec.Struct, frozen=True):
    """`value` holds in `state`; `raw` and `read` are what the machine saw; null is not zero.

    `illegible`: there is no number, and the boxes are not empty either.
    """

    contest: str
    field: str
    label: str
    page: int
    value: int | None
    state: str
    raw: str | None
    read: int | None
    illegible: bool
    reasons: tuple[str, ...]

    @property
    def line(self) -> str:
        """One line for people."""
        words = STATE_WORDS[State[self.state.upper()]]
        number = "tidak terbaca" if self.illegible else number_words(self.value)
        text = f"{self.contest}.{self.field}: {number} ({words}) {self.label}"
        why = " ".join(DOUBT_WORDS[code] for code in DOUBT_WORDS if code.value in self.reasons)
        seen = f" Terbaca: {self.raw}." if self.raw is not None and self.state == "unsure" else ""
        return f"{text}.{seen} {why}".rstrip()


def shown(contest: ContestStanding, standing: FieldStanding) -> FieldShown:
    """A field of a contest as it stands."""
    read = standing.read
    return FieldShown(
        contest=contest.key,
        field=standing.field.name,
        label=standing.field.label,
        page=standing.field.page,
        value=standing.number,
        state=standing.state.name.lower(),
        raw=None if read is None else read.raw,
        read=None if read is None else read.value,
        illegible=standing.number is None and standing.illegible,
        reasons=() if read is None else tuple(reason.value for reason in read.reasons),
    )


def number_words(number: int | None) -> str:
    """The number, or that there is none."""
    return "kosong" if number is None else str(number)


class BrokenRule(msgspec.Struct, frozen=True):
    """A rule that does not hold, with the numbers of its fields in words, the total first."""

    rule: str
    numbers: str


def broken_rules(contest: ContestStanding) -> tuple[BrokenRule, ...]:
    """The rules that the numbers of a contest break as they stand."""
    return tuple(
        BrokenRule(check.rule, _numbers(contest, check.fields))
        for check in contest.checks
        if check.holds is False
    )


def _numbers(contest: ContestStanding, names: tuple[str, ...]) -> str:
    return ", ".join(f"{name} {number_words(contest.standing(name).number)}" for name in names)
