"""What counts for a TPS and contest: read it, change it, and never over another's change."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, select, update
from tpsbox.errors import AnswerError
from tpsbox.forms.model import Form
from tpsbox.forms.rules import check_rule

from tpscentral.schema import rollups, standings

StateWord = Literal["accepted", "confirmed", "corrected", "unsure", "absent"]
"""A number's state as in `tpsbox.record.statement.State`, in small letters."""

Cara = Literal["online", "tertunda", "radio", "kecamatan", "typed"]
"""How a result came: with a network at once; with one later; without any (LoRa); on a stick to the
kecamatan. The first four are those KPU names (online, offline then online, offline, at the
kecamatan); typed from paper is none of them."""


class StandingState(StrEnum):
    """Where the work on a TPS stands."""

    WAITING = "waiting"
    IN = "in"
    REVIEW = "review"
    BROKEN = "broken"
    CHECKED = "checked"
    CORRECTED = "corrected"


DECIDED = (StandingState.CHECKED, StandingState.CORRECTED)
"""States that an officer has given; no later result changes them."""


class Stated(NamedTuple):
    """A number with its state; None is not zero."""

    number: int | None
    state: StateWord

    @property
    def summed(self) -> bool:
        """Whether it goes into totals: somebody or something is sure of it, and it is one."""
        return self.number is not None and self.state in ("accepted", "confirmed", "corrected")


NOTHING = Stated(None, "absent")
"""A number of which nothing has been stated."""

Numbers = dict[str, Stated]
"""By the names of the form's fields, in the order of the form."""


class Standing(msgspec.Struct, frozen=True):
    """A row of the table `standings`; see there."""

    tps: str
    contest: str
    kecamatan: str
    state: StandingState
    source: Literal["none", "box", "typed"]
    result: str | None
    closed: bool
    numbers: Numbers
    broken: tuple[str, ...]
    psu: str
    cara: Cara | None
    flagged: int
    arrived_at: int | None
    version: int


class OvertakenError(AnswerError):
    """Somebody else has changed the TPS since; the change at hand was not made."""


def load_standing(connection: Connection, tps: str, contest: str) -> Standing | None:
    """What counts for a TPS and contest, None if it is not expected here."""
    mine = (standings.c.tps == tps) & (standings.c.contest == contest)
    row = connection.execute(select(standings).where(mine)).one_or_none()
    return None if row is None else standing_of(row)


def standing_of(row: Row[Any]) -> Standing:
    """A row as the program holds it."""
    return Standing(
        row.tps,
        row.contest,
        row.kecamatan,
        StandingState(row.state),
        row.source,
        row.result,
        bool(row.closed),
        msgspec.json.decode(row.numbers, type=Numbers) if row.numbers else {},
        tuple(msgspec.json.decode(row.broken, type=list[str])) if row.broken else (),
        row.psu,
        row.cara,
        row.flagged,
        row.arrived_at,
        row.version,
    )


def save_standing(connection: Connection, standing: Standing) -> Standing:
    """Write a changed standing; its `version` is still the one that was read, and goes up by one.

    The sums of its kecamatan are marked stale in the same transaction.

    Raises:
        OvertakenError: another change came between.
    """
    changed = msgspec.structs.replace(standing, version=standing.version + 1)
    table = standings.c
    mine = (table.tps == standing.tps) & (table.contest == standing.contest)
    done = connection.execute(
        update(standings).where(mine, table.version == standing.version).values(**row_of(changed))
    )
    if done.rowcount != 1:
        raise OvertakenError(f"TPS {standing.tps}: somebody else has changed it; look again")
    mark_stale(connection, standing.kecamatan, standing.contest)
    return changed


def row_of(standing: Standing) -> dict[str, Any]:
    """The columns of a standing."""
    return {
        "tps": standing.tps,
        "contest": standing.contest,
        "kecamatan": standing.kecamatan,
        "state": standing.state.value,
        "source": standing.source,
        "result": standing.result,
        "closed": int(standing.closed),
        "numbers": msgspec.json.encode(standing.numbers).decode() if standing.numbers else None,
        "broken": msgspec.json.encode(standing.broken).decode() if standing.broken else None,
        "psu": standing.psu,
        "cara": standing.cara,
        "flagged": standing.flagged,
        "arrived_at": standing.arrived_at,
        "version": standing.version,
    }


def mark_stale(connection: Connection, kecamatan: str, contest: str) -> None:
    """Let the sums of a kecamatan be made anew before they are next shown."""
    # Also where it says so already: whoever makes the sums at this moment must be waited for, or
    # would call them fresh without having seen this change.
    mine = (rollups.c.kecamatan == kecamatan) & (rollups.c.contest == contest)
    connection.execute(update(rollups).where(mine).values(stale=1))


def broken_rules(form: Form, numbers: Mapping[str, Stated]) -> tuple[str, ...]:
    """Names of the form's rules, hard and soft, that sure numbers break."""
    known = {name: stated.number for name, stated in numbers.items() if stated.summed}
    return tuple(
        rule.name for rule in form.rules if check_rule(rule, known, form.reserve_percent) is False
    )


def untouched_state(form: Form, numbers: Numbers, *, closed: bool) -> StandingState:
    """The state of a standing that no officer has decided: hard rules first, then doubts.

    An absent number is a doubt too: a box that is not filled in is for people to judge.
    """
    hard = {rule.name for rule in form.rules if rule.hard}
    if hard.intersection(broken_rules(form, numbers)):
        return StandingState.BROKEN
    if not closed or any(not stated.summed for stated in numbers.values()):
        return StandingState.REVIEW
    return StandingState.IN
