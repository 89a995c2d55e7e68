"""Takes in records: verify, keep every one, and let the newest count."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from sqlalchemy import Connection, delete, insert, select, update
from tpsbox.errors import AnswerError, InputError
from tpsbox.forms.election import Election
from tpsbox.record.enrolment import public_key
from tpsbox.record.receipt import ReceiptKind
from tpsbox.record.signing import record_id, split_result, verify_result
from tpsbox.record.statement import Statement, decode_statement, peek_package

from tpscentral.database import Database
from tpscentral.outcome import Outcome, RecordName, RefusalError, Via
from tpscentral.schema import enrolments, result_values, results
from tpscentral.summary import summarise, values_by_field

NEWEST, SUPERSEDED, CONFLICT = "newest", "superseded", "conflict"


def take_result(
    database: Database,
    elections: Mapping[bytes, Election],
    tps: str | None,
    record: bytes,
    now: int,
    via: Via = "mqtt",
) -> Outcome:
    """Keep a record; once this returns it is committed.

    `tps` is the one under whose topic it came, None where the way says nothing about the sender:
    the TPS in the record and the signature by that box's key decide in any case. The same record
    again has the same outcome and changes nothing. `now` in unix seconds.

    Raises:
        RefusalError: it is malformed, not of this TPS, or not signed by an enrolled box.
        EnvironmentFault: the database cannot take it.
    """
    election, statement = _decode(elections, record)
    if tps is not None and statement.tps != tps:
        raise RefusalError("tps", f"record of TPS {statement.tps} came under the topic of {tps}")
    id = record_id(record)
    with database.write() as connection:
        _verify(connection, statement, record)
        known = connection.scalar(select(results.c.state).where(results.c.id == id.hex()))
        state = known or _insert(connection, election, statement, record, id, now, via)
    kind = ReceiptKind.CONFLICT if state == CONFLICT else ReceiptKind.STORED
    again = ", again" if known else ""
    name = RecordName(statement.tps, statement.epoch, statement.number)
    return Outcome(kind, id, f"{name.epoch}/{name.number} {state}{again}", name)


def _decode(elections: Mapping[bytes, Election], record: bytes) -> tuple[Election, Statement]:
    try:
        data, _ = split_result(record)
        package = peek_package(data)
        election = elections.get(package)
        if election is None:
            raise RefusalError(
                "election", f"election package {package.hex()} is not one of this centre"
            )
        return election, decode_statement(data, election)
    except InputError as error:
        raise RefusalError("malformed", str(error)) from error


def _verify(connection: Connection, statement: Statement, record: bytes) -> None:
    box = connection.execute(
        select(enrolments.c.public_key, enrolments.c.package).where(
            enrolments.c.tps == statement.tps, enrolments.c.epoch == statement.epoch
        )
    ).one_or_none()
    if box is None:
        raise RefusalError(
            "enrolment", f"no box is enrolled for TPS {statement.tps}, epoch {statement.epoch}"
        )
    try:
        verify_result(record, public_key(box.public_key))
    except AnswerError as error:
        raise RefusalError("signature", str(error)) from error
    if box.package != statement.package.hex():
        signed = RecordName(statement.tps, statement.epoch, statement.number)
        reason = f"box is enrolled for election package {box.package}"
        raise RefusalError("election", reason, signed)


def _insert(
    connection: Connection,
    election: Election,
    statement: Statement,
    record: bytes,
    id: bytes,
    now: int,
    via: Via,
) -> str:
    newest = connection.execute(
        select(results.c.id, results.c.epoch, results.c.number).where(
            results.c.tps == statement.tps, results.c.state == NEWEST
        )
    ).one_or_none()
    latest = None if newest is None else (newest.epoch, newest.number)
    state = _state(connection, statement, latest)
    if state == NEWEST and newest is not None:
        older = results.c.id == newest.id
        connection.execute(update(results).where(older).values(state=SUPERSEDED))
    connection.execute(
        insert(results).values(
            id=id.hex(),
            tps=statement.tps,
            epoch=statement.epoch,
            number=statement.number,
            package=statement.package.hex(),
            record=record,
            received_at=now,
            via=via,
            state=state,
            **msgspec.structs.asdict(summarise(statement, election)),
        )
    )
    if state == NEWEST:
        _replace_values(connection, election, statement)
    return state


def _state(connection: Connection, statement: Statement, latest: tuple[int, int] | None) -> str:
    same_number = select(results.c.id).where(
        results.c.tps == statement.tps,
        results.c.epoch == statement.epoch,
        results.c.number == statement.number,
    )
    if connection.execute(same_number).first() is not None:
        return CONFLICT
    if latest is not None and (statement.epoch, statement.number) < latest:
        return SUPERSEDED
    return NEWEST


def _replace_values(connection: Connection, election: Election, statement: Statement) -> None:
    connection.execute(delete(result_values).where(result_values.c.tps == statement.tps))
    rows = [
        {
            "tps": statement.tps,
            "contest": contest.key,
            "field": name,
            "number": value.number,
            "state": value.state.name.lower(),
        }
        for contest in statement.contests
        for name, value in values_by_field(contest, election.form_of(contest.key)).items()
    ]
    connection.execute(insert(result_values), rows)
