"""Reads the list of all TPS and the preliminary sums from the database."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Row, Table, func, select
from tpsbox.forms.election import Contest, Election

from tpscentral.folder import Folder
from tpscentral.results import CONFLICT, NEWEST
from tpscentral.rollup import rollup
from tpscentral.schema import enrolments, photos, refusals, results, standings, statuses
from tpscentral.standing import Standing, standing_of
from tpscentral.summary import summarise
from tpscentral.views import CandidateTotal, ContestTotal, Overview, ResultView, TpsRow

_RESULT_COLUMNS = [results.c[name] for name in ResultView.__struct_fields__]


def overview(folder: Folder, connection: Connection) -> Overview:
    """All enrolled TPS in the order of their codes, and the sums per contest."""
    return Overview(
        elections=tuple(election.title for election in folder.elections.values()),
        rows=tuple(tps_rows(folder, connection)),
        totals=tuple(
            _contest_total(connection, election, contest)
            for election in folder.elections.values()
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
    counting: dict[str, list[Standing]] = {}
    for row in connection.execute(select(standings).where(*_of(standings, tps))):
        if row.tps in newest:
            counting.setdefault(row.tps, []).append(standing_of(row))
    photo_counts = _counts(connection, photos, tps)
    refusal_counts = _counts(connection, refusals, tps)
    conflict_counts = _counts(connection, results, tps, CONFLICT)
    return [
        TpsRow(
            tps=folder.tps_name(kode, package),
            election=_title(folder, package),
            status=words.get(kode),
            result=newest.get(kode),
            counts=summarise(counting.get(kode, ())),
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


def _contest_total(connection: Connection, election: Election, contest: Contest) -> ContestTotal:
    here = rollup(connection, election.region.kode if election.region else "", contest.key)
    return ContestTotal(
        election=election.title,
        contest=contest.key,
        title=contest.title,
        candidates=tuple(
            CandidateTotal(
                paslon.nomor,
                paslon.nama,
                here.sums.get(f"paslon_{paslon.nomor}", 0),
                here.counted.get(f"paslon_{paslon.nomor}", 0),
            )
            for paslon in contest.paslon
        ),
    )
