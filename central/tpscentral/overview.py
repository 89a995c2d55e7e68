"""Reads the list of all TPS and the preliminary sums from the database."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Row, Table, func, select
from tpsbox.forms.election import Contest, Election
from tpsbox.record.statement import SUMMED

from tpscentral.folder import Folder
from tpscentral.results import CONFLICT, NEWEST
from tpscentral.schema import enrolments, photos, refusals, result_values, results, statuses
from tpscentral.views import CandidateTotal, ContestTotal, Overview, ResultView, TpsRow

_RESULT_COLUMNS = [results.c[name] for name in ResultView.__struct_fields__]
_SUMMED_WORDS = sorted(state.name.lower() for state in SUMMED)


def overview(folder: Folder, connection: Connection) -> Overview:
    """All enrolled TPS in the order of their codes, and the sums per contest."""
    return Overview(
        elections=tuple(election.title for election in folder.elections.values()),
        rows=tuple(tps_rows(folder, connection)),
        totals=tuple(
            _contest_total(connection, election, package, contest)
            for package, election in folder.elections.items()
            for contest in election.contest
        ),
    )


def tps_rows(folder: Folder, connection: Connection, tps: str | None = None) -> list[TpsRow]:
    """A row for each enrolled TPS, or for one; empty if that one is not enrolled."""
    enrolled = (
        select(enrolments.c.tps, enrolments.c.package)
        .where(*_of(enrolments, tps))
        .order_by(enrolments.c.tps, enrolments.c.epoch)
    )
    packages = {row.tps: row.package for row in connection.execute(enrolled)}
    newest = {
        row.tps: result_view(row)
        for row in connection.execute(
            select(results.c.tps, *_RESULT_COLUMNS).where(
                results.c.state == NEWEST, *_of(results, tps)
            )
        )
    }
    words = {
        row.tps: row.word for row in connection.execute(select(statuses).where(*_of(statuses, tps)))
    }
    photo_counts = _counts(connection, photos, tps)
    refusal_counts = _counts(connection, refusals, tps)
    conflict_counts = _counts(connection, results, tps, CONFLICT)
    return [
        TpsRow(
            tps=folder.tps_name(kode, package),
            election=_title(folder, package),
            status=words.get(kode),
            result=newest.get(kode),
            photos=photo_counts.get(kode, 0),
            conflicts=conflict_counts.get(kode, 0),
            refusals=refusal_counts.get(kode, 0),
        )
        for kode, package in packages.items()
    ]


def result_view(row: Row[tuple[object, ...]]) -> ResultView:
    """A row of the results table as it is shown."""
    return ResultView(**{name: getattr(row, name) for name in ResultView.__struct_fields__})


def candidate_label(contest: Contest, field: str, label: str) -> str:
    """A field's label; a candidate's field is named with the candidate."""
    for paslon in contest.paslon:
        if field == f"paslon_{paslon.nomor}":
            return f"{label}: {paslon.nama}"
    return label


def _of(table: Table, tps: str | None) -> list[ColumnElement[bool]]:
    """The condition for one TPS, or none for all."""
    return [] if tps is None else [table.c.tps == tps]


def _counts(
    connection: Connection, table: Table, tps: str | None, state: str | None = None
) -> dict[str, int]:
    query = select(table.c.tps, func.count()).where(*_of(table, tps)).group_by(table.c.tps)
    if state is not None:
        query = query.where(table.c.state == state)
    return {row[0]: row[1] for row in connection.execute(query)}


def _title(folder: Folder, package: str) -> str:
    election = folder.elections.get(bytes.fromhex(package))
    return election.title if election else package


def _contest_total(
    connection: Connection, election: Election, package: bytes, contest: Contest
) -> ContestTotal:
    values = result_values.c
    query = (
        select(values.field, func.sum(values.number), func.count())
        .join(results, results.c.tps == values.tps)
        .where(
            results.c.state == NEWEST,
            results.c.package == package.hex(),
            values.contest == contest.key,
            values.state.in_(_SUMMED_WORDS),
            values.number.is_not(None),
        )
        .group_by(values.field)
    )
    sums = {field: (int(votes), tps) for field, votes, tps in connection.execute(query)}
    return ContestTotal(
        election=election.title,
        contest=contest.key,
        title=contest.title,
        candidates=tuple(
            CandidateTotal(paslon.nomor, paslon.nama, *sums.get(f"paslon_{paslon.nomor}", (0, 0)))
            for paslon in contest.paslon
        ),
    )
