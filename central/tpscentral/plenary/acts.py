"""Acts: what an officer did to what counts for a TPS, kept with all that it changed."""

from __future__ import annotations

import hashlib
from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, insert, select
from tpsbox.errors import InputError

from tpscentral.levels import Level
from tpscentral.plenary.desk import Work
from tpscentral.plenary.said import said, said_or_none
from tpscentral.psu import Psu
from tpscentral.schema import acts
from tpscentral.standing import Standing, Stated, save_standing

Kind = Literal["check", "correct", "reopen", "psu", "take", "leave", "typed", "none"]
"""`none`: the plenary states that there is no result of this TPS; the others as in the schema."""

JOURNAL_WORDS: dict[Kind, str] = {
    "check": "periksa",
    "correct": "koreksi",
    "reopen": "buka-kembali",
    "psu": "psu",
    "take": "terima-terlambat",
    "leave": "abaikan-terlambat",
    "typed": "ketik",
    "none": "tanpa-hasil",
}
UNCHANGING: tuple[Kind, ...] = ("check", "leave")
"""Kinds that change no number: above the kecamatan all others name C.KEJADIAN KHUSUS."""
REPLACING: tuple[Kind, ...] = ("take", "typed")
"""Kinds that put other numbers in place of all, as a re-vote does."""


class Change(NamedTuple):
    """A field before and after; None where there was or is no statement of it at all."""

    before: Stated | None
    after: Stated | None


class Before(msgspec.Struct, frozen=True):
    """What counted before, without the numbers: those that changed are in the changes."""

    state: str
    source: str
    result: str | None
    closed: bool
    psu: str
    cara: str | None
    arrived_at: int | None


class Body(msgspec.Struct, frozen=True, omit_defaults=True):
    """The JSON of an act.

    `confirmed`: doubtful fields that the officers looked at. `acknowledged`: rules that the
    numbers break, as the officers saw. `late`: the result that was decided on. `entries`: the
    numbers of the two entries. `origin`: whether it was done here or carried from a kecamatan.
    """

    before: Before
    changes: dict[str, Change] = {}
    confirmed: tuple[str, ...] = ()
    acknowledged: tuple[str, ...] = ()
    late: str | None = None
    entries: tuple[int, ...] = ()
    origin: Literal["online", "bundle"] = "online"


class Act(msgspec.Struct, frozen=True):
    """A row of `acts`, with the name of who did it as it is known here."""

    n: int
    tps: str
    contest: str
    kind: Kind
    level: Level
    body: Body
    reason: str
    reference: str | None
    account: str
    at: int
    version: int


class Doing(msgspec.Struct, frozen=True):
    """What is done and why; `reference` is the number and page of C.KEJADIAN KHUSUS."""

    kind: Kind
    reason: str = ""
    reference: str | None = None
    confirmed: tuple[str, ...] = ()
    acknowledged: tuple[str, ...] = ()
    late: str | None = None
    entries: tuple[int, ...] = ()


def explain(work: Work, doing: Doing) -> Doing:
    """The same with its words checked.

    Raises:
        InputError: the reason is missing, or above the kecamatan the reference.
    """
    reason, reference = doing.reason, said_or_none(doing.reference, "Rujukan C.KEJADIAN KHUSUS")
    if doing.kind not in ("check", "typed"):
        reason = said(reason, "Alasan")
    changing = doing.kind not in UNCHANGING
    if changing and work.level is not Level.KECAMATAN and reference is None:
        raise InputError(
            f"Di pleno {work.level} rujukan ke C.KEJADIAN KHUSUS (nomor dan halaman) harus diisi."
        )
    return msgspec.structs.replace(doing, reason=reason, reference=reference)


def do(work: Work, after: Standing, doing: Doing) -> Act:
    """Let `after` count from now on, and keep what was done, by whom and why.

    Raises:
        InputError: the reason or the reference is missing.
        OvertakenError: somebody else has changed the TPS in the meantime.
    """
    doing, desk, before = explain(work, doing), work.desk, work.standing
    saved = save_standing(desk.connection, after)
    body = Body(
        _before(before),
        changes_between(before, after),
        doing.confirmed,
        doing.acknowledged,
        doing.late,
        doing.entries,
    )
    written = msgspec.json.encode(body)
    values = {
        "tps": before.tps,
        "contest": before.contest,
        "kind": doing.kind,
        "level": work.level.value,
        "body": written.decode(),
        "reason": doing.reason,
        "reference": doing.reference,
        "account": desk.account.username,
        "at": desk.now,
        "version": saved.version,
    }
    adding = insert(acts).values(**values).returning(acts)
    act = act_of(desk.connection.execute(adding).one())
    detail = {
        "act": act.n,
        "version": saved.version,
        "body_sha256": hashlib.sha256(written).hexdigest(),
        "reason": doing.reason,
        "reference": doing.reference,
    }
    desk.note(JOURNAL_WORDS[doing.kind], act.tps, act.contest, detail)
    return act


def changes_between(before: Standing, after: Standing) -> dict[str, Change]:
    """The fields whose number or state differs."""
    names = dict.fromkeys([*before.numbers, *after.numbers])
    pairs = {name: Change(before.numbers.get(name), after.numbers.get(name)) for name in names}
    return {name: change for name, change in pairs.items() if change.before != change.after}


def acts_of(connection: Connection, tps: str, contest: str) -> list[Act]:
    """All acts on a TPS and contest, the first one first."""
    mine = (acts.c.tps == tps) & (acts.c.contest == contest)
    return [act_of(row) for row in connection.execute(select(acts).where(mine).order_by(acts.c.n))]


def paper_since(connection: Connection, standing: Standing, kinds: tuple[Kind, ...]) -> int:
    """When another paper began to count: by an act of these kinds, or by a re-vote. 0 if never.

    A re-vote that is taken back is such a time too.
    """
    psu = standing.psu
    for act in reversed(acts_of(connection, standing.tps, standing.contest)):
        if act.kind in kinds:
            return act.at
        if act.kind == "psu":
            if Psu(psu).voids or Psu(act.body.before.psu).voids:
                return act.at
            psu = act.body.before.psu
    return 0


def set_aside_by(connection: Connection, standing: Standing) -> Act | None:
    """The re-vote that set aside what counted last, None if nothing was.

    Only of a standing without a source: all that counted before was set aside by such an act.
    """
    done = reversed(acts_of(connection, standing.tps, standing.contest))
    return next(filter(_sets_aside, done), None)


def was_corrected(connection: Connection, standing: Standing) -> bool:
    """Whether an officer has corrected these numbers since they came in."""
    done = reversed(acts_of(connection, standing.tps, standing.contest))
    for act in done:
        if act.kind == "correct":
            return True
        if act.kind in REPLACING or _sets_aside(act):
            return False
        if act.kind == "psu" and any(change.after for change in act.body.changes.values()):
            # It gave back what a re-vote had set aside: go on with what was done before that.
            next(filter(_sets_aside, done), None)
    return False


def _sets_aside(act: Act) -> bool:
    psu_of_a_result = act.kind == "psu" and act.body.before.source != "none"
    return psu_of_a_result and any(not change.after for change in act.body.changes.values())


def act_of(row: Row[Any]) -> Act:
    """A row as the program holds it."""
    body = msgspec.json.decode(row.body, type=Body)
    plain = {**row._mapping, "level": Level(row.level), "body": body}
    return Act(**plain)


def _before(standing: Standing) -> Before:
    return Before(
        standing.state.value,
        standing.source,
        standing.result,
        standing.closed,
        standing.psu,
        standing.cara,
        standing.arrived_at,
    )
