"""What a box sent of a TPS: the statement that counts, the evidence it was signed over, photos."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select
from tpsbox.errors import InputError
from tpsbox.forms.election import Election
from tpsbox.record.evidence import Evidence, decode_evidence
from tpsbox.record.signing import split_result
from tpsbox.record.statement import Statement, decode_statement

from tpscentral.proof import signed_versions
from tpscentral.schema import evidence, photos, results
from tpscentral.standing import Numbers
from tpscentral.stated import stated_numbers

NEWEST_FIRST = (
    results.c.epoch.desc(),
    results.c.number.desc(),
    # "conflict" sorts last: what came first under a number stands before what contradicts it.
    results.c.state.desc(),
    results.c.received_at,
)


class Sheet(msgspec.Struct, frozen=True):
    """One sheet of a contest: its evidence and the evidence's SHA-256 in hex."""

    sha: str
    evidence: Evidence


class Shot(msgspec.Struct, frozen=True):
    """A photo that was received; `shows` names contest and page where evidence tells."""

    sha: str
    size: int
    received_at: int
    shows: tuple[str, int] | None


class Papers(msgspec.Struct, frozen=True):
    """All that lies here of a TPS.

    `statement` is that of the result asked for, None without one or where it cannot be decoded;
    `bound` whether evidence with the root that was signed is here, None without a statement;
    `sheets` by contest and page, signed ones if they are here, else the latest to arrive.
    """

    statement: Statement | None
    bound: bool | None
    sheets: Mapping[tuple[str, int], Sheet]
    shots: tuple[Shot, ...]

    def stated(self, election: Election, contest: str) -> Numbers:
        """The box's numbers of a contest by field, empty without a statement."""
        for result in self.statement.contests if self.statement else ():
            if result.key == contest:
                return stated_numbers(result, election.form_of(contest))
        return {}


def papers_of(connection: Connection, election: Election, tps: str, result: str | None) -> Papers:
    """What lies here of a TPS, with the statement of the result of that id."""
    versions = _versions(connection, tps)
    shots = _shots(connection, tps, versions)
    statement = _statement(connection, election, result)
    bodies = [[row.body for row in rows] for rows in versions.values()]
    signed = None
    if statement is not None:
        loose = [bytes.fromhex(shot.sha) for shot in shots if shot.shows is None]
        signed = signed_versions(statement.root, bodies, loose)
    chosen = set(signed or [body[0] for body in bodies])
    return Papers(
        statement=statement,
        bound=None if statement is None else signed is not None,
        sheets={
            sheet: Sheet(row.sha, decode_evidence(row.body))
            for sheet, rows in versions.items()
            for row in rows
            if row.body in chosen
        },
        shots=shots,
    )


def _statement(connection: Connection, election: Election, result: str | None) -> Statement | None:
    record = connection.scalar(select(results.c.record).where(results.c.id == result))
    try:
        return None if record is None else decode_statement(split_result(record)[0], election)
    except InputError:
        return None  # kept as unreadable by the tally, which says so


def _versions(connection: Connection, tps: str) -> dict[tuple[str, int], list[Row[Any]]]:
    """What has arrived of each (contest, page), the last to arrive first."""
    query = select(evidence).where(evidence.c.tps == tps).order_by(evidence.c.arrival.desc())
    found: dict[tuple[str, int], list[Row[Any]]] = {}
    for row in connection.execute(query):
        found.setdefault((row.contest, row.page), []).append(row)
    return found


def _shots(
    connection: Connection, tps: str, versions: Mapping[tuple[str, int], list[Row[Any]]]
) -> tuple[Shot, ...]:
    shows = {row.photo: sheet for sheet, rows in versions.items() for row in rows}
    query = select(photos).where(photos.c.tps == tps).order_by(photos.c.received_at, photos.c.sha)
    return tuple(
        Shot(row.sha, row.size, row.received_at, shows.get(row.sha))
        for row in connection.execute(query)
    )
