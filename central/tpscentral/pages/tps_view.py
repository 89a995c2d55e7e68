"""Everything about one TPS and contest, as its page shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, select
from starlette.exceptions import HTTPException

from tpscentral.pages.formulas import RuleShown, labels_of, rules_shown, shown
from tpscentral.pages.lists import neighbours
from tpscentral.pages.numbers import PageShown, pages_shown
from tpscentral.pages.papers import NEWEST_FIRST, Papers, papers_of
from tpscentral.pages.place import Place
from tpscentral.people.roles import ForbiddenError, require_work
from tpscentral.plenary.acts import Act, acts_of
from tpscentral.plenary.deciding import doubtful
from tpscentral.plenary.desk import Desk, check_open, look_at
from tpscentral.plenary.entries import Comparison, comparison, typed_photos
from tpscentral.plenary.readings import box_result
from tpscentral.plenary.said import RefusedError
from tpscentral.psu import Psu
from tpscentral.schema import enrolments, entries, late_results, refusals, results, statuses
from tpscentral.standing import DECIDED, NOTHING, Standing


class ResultRow(msgspec.Struct, frozen=True):
    """A record that was received; `late` is how it was decided on, None if nobody had to."""

    id: str
    epoch: int
    number: int
    state: str
    tally: str
    via: str
    received_at: int
    late: str | None


class Refused(msgspec.Struct, frozen=True):
    """Something under the name of this TPS that was not taken, and why."""

    kind: str
    id: str
    code: str
    reason: str
    refused_at: int


class Box(msgspec.Struct, frozen=True):
    """The boxes of a TPS: how many were enrolled, the last one's serial, and how it is."""

    count: int
    serial: str | None
    word: str | None
    changed_at: int | None


class LateChange(NamedTuple):
    """A field on which a late result differs from what counts, in words."""

    label: str
    now: str
    late: str


class TpsView(msgspec.Struct, frozen=True):
    """A TPS and contest.

    `closed` says why this account may change nothing now, "" if it may. `typed_photos` are those of
    the sheets typed for this contest, `typed_here` of any ever typed for this TPS, `photos` all: by
    hash. `annulled`: what a box sent is of a vote that was set aside, and stands beside no number.
    `late_numbers` tells of each late result that waits where it differs, None where it cannot be
    read.
    """

    standing: Standing
    pages: tuple[PageShown, ...]
    rules: tuple[RuleShown, ...]
    papers: Papers
    typed_photos: tuple[str, ...]
    typed_here: frozenset[str]
    acts: tuple[Act, ...]
    results: tuple[ResultRow, ...]
    refusals: tuple[Refused, ...]
    box: Box
    blind: Comparison
    typed: Comparison
    doubts: tuple[str, ...]
    before: str | None
    after: str | None
    closed: str
    photos: frozenset[str]
    annulled: bool
    late_numbers: dict[str, tuple[LateChange, ...] | None]

    @property
    def decided(self) -> bool:
        """Whether officers have said what counts."""
        return self.standing.state in DECIDED

    @property
    def late(self) -> tuple[ResultRow, ...]:
        """Late results that wait for an officer."""
        return tuple(row for row in self.results if row.late == "waiting")

    @property
    def conflicts(self) -> tuple[ResultRow, ...]:
        """Results that contradict another under the same number."""
        return tuple(row for row in self.results if row.state == "conflict")


def tps_view(desk: Desk, place: Place) -> TpsView:
    """Everything about a TPS.

    Raises:
        HTTPException: 404, this TPS is not expected.
    """
    connection, tps, contest = desk.connection, place.kode, place.contest
    try:
        standing, form = look_at(desk, tps, contest.key)
    except RefusedError as error:
        raise HTTPException(404, str(error)) from error
    found = _results(connection, tps, contest.key)
    stated = standing.result or next((r.id for r in found if r.state == "newest"), None)
    papers = papers_of(connection, place.election, tps, stated)
    acts = tuple(acts_of(connection, tps, contest.key))
    annulled = _annulled(standing, papers)
    if annulled:
        papers = msgspec.structs.replace(papers, statement=None, bound=None, sheets={})
    sent = papers.stated(place.election, contest.key)
    before, after = neighbours(connection, tps, contest.key)
    return TpsView(
        standing=standing,
        pages=pages_shown(contest, form, standing.numbers, sent, papers, acts),
        rules=rules_shown(form, standing.numbers),
        papers=papers,
        typed_photos=typed_photos(connection, standing),
        typed_here=_typed_here(connection, tps),
        acts=acts,
        results=found,
        refusals=_refusals(connection, tps),
        box=_box(connection, tps),
        blind=comparison(desk, tps, contest.key, "blind"),
        typed=comparison(desk, tps, contest.key, "typed"),
        doubts=doubtful(form, standing.numbers) if standing.source != "none" else (),
        before=before,
        after=after,
        closed=closed_because(desk, tps, contest.key),
        photos=frozenset(shot.sha for shot in papers.shots),
        annulled=annulled,
        late_numbers={
            row.id: _late_changes(desk, place, standing, row.id)
            for row in found
            if row.late == "waiting"
        },
    )


def _annulled(standing: Standing, papers: Papers) -> bool:
    """After a re-vote only papers that the new result was signed over stand beside its numbers."""
    return Psu(standing.psu).voids and not (standing.source == "box" and papers.bound)


def closed_because(desk: Desk, kode: str, contest: str) -> str:
    """Why the account may not change a place now, in a sentence; "" if it may."""
    level = desk.account.level
    if level is None:
        return "Akun ini hanya melihat."
    try:
        require_work(desk.account, kode, level)
        check_open(desk, kode, contest, level)
    except (ForbiddenError, RefusedError) as error:
        return str(error)
    return ""


def _results(connection: Connection, tps: str, contest: str) -> tuple[ResultRow, ...]:
    late = late_results.c
    here = (late.result == results.c.id) & (late.contest == contest)
    columns = [results.c[name] for name in ResultRow.__struct_fields__ if name != "late"]
    query = select(*columns, late.decision.label("late")).outerjoin(late_results, here)
    mine = query.where(results.c.tps == tps).order_by(*NEWEST_FIRST)
    return tuple(ResultRow(**row._mapping) for row in connection.execute(mine))


def _late_changes(
    desk: Desk, place: Place, standing: Standing, result: str
) -> tuple[LateChange, ...] | None:
    try:
        late = box_result(desk.connection, desk.folder, result, place.contest.key).numbers
    except RefusedError:
        return None
    labels = labels_of(place.contest, place.form)
    pairs = {name: (standing.numbers.get(name, NOTHING), late[name]) for name in late}
    return tuple(
        LateChange(labels[name], shown(now), shown(new))
        for name, (now, new) in pairs.items()
        if now.number != new.number
    )


def _refusals(connection: Connection, tps: str) -> tuple[Refused, ...]:
    columns = [refusals.c[name] for name in Refused.__struct_fields__]
    query = select(*columns).where(refusals.c.tps == tps).order_by(refusals.c.n.desc()).limit(50)
    return tuple(Refused(**row._mapping) for row in connection.execute(query))


def _box(connection: Connection, tps: str) -> Box:
    query = select(enrolments.c.serial).where(enrolments.c.tps == tps)
    serials: Sequence[str] = connection.scalars(query.order_by(enrolments.c.epoch)).all()
    status = connection.execute(select(statuses).where(statuses.c.tps == tps)).one_or_none()
    return Box(
        count=len(serials),
        serial=serials[-1] if serials else None,
        word=status.word if status else None,
        changed_at=status.changed_at if status else None,
    )


def _typed_here(connection: Connection, tps: str) -> frozenset[str]:
    mine = (entries.c.tps == tps) & entries.c.photo.is_not(None)
    return frozenset(connection.scalars(select(entries.c.photo).where(mine).distinct()))
