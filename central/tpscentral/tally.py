"""Lets the results of boxes count: from records that were kept to what stands for each TPS.

Receipts do not wait for this, since decoding takes longer than everything else. A result that
comes after an officer has decided, or after a lock, is kept and flagged, and changes no number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, select, tuple_, update
from tpsbox.errors import AnswerError, InputError
from tpsbox.forms.election import Election
from tpsbox.forms.model import Form
from tpsbox.record.signing import split_result
from tpsbox.record.statement import ContestResult, Statement, decode_statement

from tpscentral.database import Database, insert_missing
from tpscentral.lateness import Lateness
from tpscentral.results import NEWEST
from tpscentral.schema import contests, late_results, results, standings
from tpscentral.standing import (
    Standing,
    broken_rules,
    save_standing,
    standing_of,
    untouched_state,
)
from tpscentral.stated import cara_of, says_nothing, stated_numbers
from tpscentral.wilayah import expect_tps

BATCH = 20
"""Results of one transaction: about 0.1 s, for which SQLite lets nobody else write."""
WAITING, DONE, UNREADABLE = "waiting", "done", "unreadable"

Key = tuple[str, str, str]
"""Kecamatan, contest, TPS: the order in which everybody takes rows, so that none deadlock."""


class _Said(NamedTuple):
    """What a newest result states about one contest."""

    row: Row[Any]
    statement: Statement
    result: ContestResult
    form: Form


def tally(database: Database, elections: Mapping[bytes, Election], most: int = BATCH) -> int:
    """Let up to `most` results count that wait for it; how many did.

    Those of an election that is not among `elections` go on waiting. Several may do so at the same
    time on PostgreSQL: each takes other results.

    Raises:
        EnvironmentFault: the database cannot take it.
    """
    table = results.c
    known = table.package.in_([package.hex() for package in elections])
    waits = (table.tally == WAITING) & known
    with database.read() as connection:
        # Mostly nothing waits; then nobody is to be kept from writing.
        if connection.scalar(select(table.id).where(waits).limit(1)) is None:
            return 0
    first = select(results).where(waits).order_by(table.received_at).limit(most)
    with database.write() as connection:
        rows = connection.execute(first.with_for_update(skip_locked=True)).all()
        said: dict[Key, _Said] = {}
        words = {row.id: DONE if _read(row, elections, said) else UNREADABLE for row in rows}
        if said:
            _count(connection, elections, said)
        for word in set(words.values()):
            read = [id for id, own in words.items() if own == word]
            connection.execute(update(results).where(table.id.in_(read)).values(tally=word))
    return len(rows)


def tally_all(database: Database, elections: Mapping[bytes, Election]) -> int:
    """Let every result count that waits; how many did.

    Raises:
        EnvironmentFault: the database cannot take it.
    """
    count = 0
    while done := tally(database, elections):
        count += done
    return count


def _read(row: Row[Any], elections: Mapping[bytes, Election], said: dict[Key, _Said]) -> bool:
    """Decode a newest record into `said`; False if it is signed and yet no statement."""
    if row.state != NEWEST:
        return True
    election = elections[bytes.fromhex(row.package)]
    try:
        statement = decode_statement(split_result(row.record)[0], election)
    except InputError:
        return False
    for result in statement.contests:
        form = election.form_of(result.key)
        said[row.tps[:6], result.key, row.tps] = _Said(row, statement, result, form)
    return True


def _count(
    connection: Connection, elections: Mapping[bytes, Election], said: Mapping[Key, _Said]
) -> None:
    """Write what newest results say into the standings, or flag it."""
    standing_now = _hold(connection, said)
    if unexpected := said.keys() - standing_now.keys():
        packages = {tps: said[key].row.package for key in unexpected for tps in key[2:]}
        for tps, package in sorted(packages.items()):
            # Enrolment refuses a TPS whose contests belong to another election: where that was
            # got around, one such result must not keep all others from counting.
            with suppress(AnswerError):
                expect_tps(connection, tps, elections[bytes.fromhex(package)])
        standing_now = _hold(connection, said)
    lateness = Lateness(connection, elections, standing_now.values())
    for key in sorted(said):
        standing, new = standing_now.get(key), said[key]
        if standing is None or standing.result == new.row.id:
            continue
        if says_nothing(new.result) and standing.source == "none":
            continue
        if not lateness.is_late(standing, new.row.epoch):
            save_standing(connection, _taken(standing, new))
        elif not lateness.says_the_same(standing, new.result):
            _flag(connection, standing, new)


def _hold(connection: Connection, said: Iterable[Key]) -> dict[Key, Standing]:
    """The standings, held until the end of the transaction; no plenary can close meanwhile."""
    pairs = sorted({key[:2] for key in said})
    held = contests.c
    connection.execute(
        select(held.kecamatan)
        .where(tuple_(held.kecamatan, held.contest).in_(pairs))
        .order_by(held.kecamatan, held.contest)
        .with_for_update(read=True)
    )
    table = standings.c
    mine = (
        select(standings)
        .where(table.tps.in_(sorted({key[2] for key in said})))
        .order_by(table.kecamatan, table.contest, table.tps)
        .with_for_update()
    )
    found = map(standing_of, connection.execute(mine))
    return {(one.kecamatan, one.contest, one.tps): one for one in found}


def _taken(standing: Standing, new: _Said) -> Standing:
    numbers = stated_numbers(new.result, new.form)
    return msgspec.structs.replace(
        standing,
        state=untouched_state(new.form, numbers, closed=new.result.closed),
        source="box",
        result=new.row.id,
        closed=new.result.closed,
        numbers=numbers,
        broken=broken_rules(new.form, numbers),
        cara=cara_of(new.row.via, new.row.received_at, new.statement),
        arrived_at=new.row.received_at,
    )


def _flag(connection: Connection, standing: Standing, new: _Said) -> None:
    # A plenary without a network may have decided on it before it came here by itself.
    adding = insert_missing(connection, late_results).values(
        result=new.row.id,
        contest=standing.contest,
        tps=standing.tps,
        arrived_at=new.row.received_at,
    )
    if connection.execute(adding.returning(late_results.c.result)).first() is not None:
        save_standing(connection, msgspec.structs.replace(standing, flagged=standing.flagged + 1))
