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
    """`value` holds in `state`; `raw` and `read` are what the machine saw; null is not zero."""

    contest: str
    field: str
    label: str
    page: int
    value: int | None
    state: str
    raw: str | None
    read: int | None
    reasons: tuple[str, ...]

    @property
    def line(self) -> str:
        """One line for people."""
        words = STATE_WORDS[State[self.state.upper()]]
        text = f"{self.contest}.{self.field}: {number_words(self.value)} ({words}) {self.label}"
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
        reasons=() if read is None else tuple(reason.value for reason in read.reasons),
    )


def number_words(number: int | None) -> str:
    """The number, or that there is none."""
    return "kosong" if number is None else str(number)
