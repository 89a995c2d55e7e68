"""Takes in records: verify, keep every one, and know which is the newest of its TPS.

What a record says is not looked at here: that is `tally`, and receipts do not wait for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, insert, select, update
from tpsbox.errors import AnswerError, InputError
from tpsbox.forms.election import Election
from tpsbox.record.enrolment import public_key
from tpsbox.record.receipt import ReceiptKind
from tpsbox.record.signing import record_id, split_result, verify_result
from tpsbox.record.statement import TPS_DIGITS, peek_header, peek_package

from tpscentral.database import Database, claim
from tpscentral.outcome import Outcome, RecordName, RefusalError, Via
from tpscentral.schema import enrolments, results

NEWEST, SUPERSEDED, CONFLICT = "newest", "superseded", "conflict"


class Arrival(msgspec.Struct, frozen=True):
    """A record, and the TPS under whose topic it came.

    `tps` is None where the way says nothing about the sender: the TPS in the record and the
    signature by that box's key decide in any case.
    """

    tps: str | None
    record: bytes


class _Signed(NamedTuple):
    """A record of an enrolled box; `id` is its name in hex."""

    name: RecordName
    package: str
    record: bytes
    id: str


def take_result(
    database: Database,
    elections: Mapping[bytes, Election],
    tps: str | None,
    record: bytes,
    now: int,
    via: Via = "mqtt",
) -> Outcome:
    """Keep one record, as `take_results` does many.

    Raises:
        RefusalError: it is malformed, not of this TPS, or not signed by an enrolled box.
        EnvironmentFault: the database cannot take it.
    """
    [outcome] = take_results(database, elections, [Arrival(tps, record)], now, via)
    if isinstance(outcome, RefusalError):
        raise outcome
    return outcome


def take_results(
    database: Database,
    elections: Mapping[bytes, Election],
    arrivals: Sequence[Arrival],
    now: int,
    via: Via = "mqtt",
) -> list[Outcome | RefusalError]:
    """Keep records in one transaction; once this returns all are committed.

    The outcomes are in the order of the arrivals. The same record again has the same outcome and
    changes nothing. `now` in unix seconds.

    Raises:
        EnvironmentFault: the database cannot take them; none of them is kept.
    """
    named = [_name(elections, arrival) for arrival in arrivals]
    checked = _verify(database, named)
    signed = [one for one in checked if isinstance(one, _Signed)]
    if not signed:
        return [one for one in checked if isinstance(one, RefusalError)]
    with database.write() as connection:
        tps = {one.name.tps for one in signed}
        claim(connection, tps)
        desk = _Desk(connection, tps)
        outcomes = [one if isinstance(one, RefusalError) else desk.settle(one) for one in checked]
        desk.write(now, via)
    return outcomes


def _name(elections: Mapping[bytes, Election], arrival: Arrival) -> _Signed | RefusalError:
    """Whose record it says to be, not yet verified."""
    record = arrival.record
    try:
        data, _ = split_result(record)
        package = peek_package(data)
        election = elections.get(package)
        if election is None:
            reason = f"election package {package.hex()} is not one of this centre"
            return RefusalError("election", reason)
        header = peek_header(data, election)
    except InputError as error:
        return RefusalError("malformed", str(error))
    name = RecordName(f"{header.tps:0{TPS_DIGITS}d}", header.epoch, header.number)
    if arrival.tps is not None and name.tps != arrival.tps:
        reason = f"record of TPS {name.tps} came under the topic of {arrival.tps}"
        return RefusalError("tps", reason)
    return _Signed(name, package.hex(), record, record_id(record).hex())


def _verify(
    database: Database, named: Iterable[_Signed | RefusalError]
) -> list[_Signed | RefusalError]:
    """Refusals for those that no enrolled box has signed; keys never change once enrolled."""
    named = list(named)
    table = enrolments.c
    columns = (table.tps, table.epoch, table.public_key, table.package)
    tps = {one.name.tps for one in named if isinstance(one, _Signed)}
    boxes = {}
    if tps:
        with database.read() as connection:
            query = select(*columns).where(table.tps.in_(tps))
            boxes = {(row.tps, row.epoch): row for row in connection.execute(query)}
    return [
        one
        if isinstance(one, RefusalError)
        else _verified(one, boxes.get((one.name.tps, one.name.epoch)))
        for one in named
    ]


def _verified(one: _Signed, box: Any) -> _Signed | RefusalError:
    name = one.name
    if box is None:
        return RefusalError(
            "enrolment", f"no box is enrolled for TPS {name.tps}, epoch {name.epoch}"
        )
    try:
        verify_result(one.record, public_key(box.public_key))
    except AnswerError as error:
        return RefusalError("signature", str(error))
    if box.package != one.package:
        reason = f"box is enrolled for election package {box.package}"
        return RefusalError("election", reason, name)
    return one


class _Desk:
    """What is kept of some TPS, which are claimed, and what is to be written about them."""

    def __init__(self, connection: Connection, tps: Iterable[str]) -> None:
        self._connection = connection
        table = results.c
        columns = (table.id, table.tps, table.epoch, table.number, table.state)
        self._states: dict[str, str] = {}
        self._used: set[RecordName] = set()
        self._newest: dict[str, tuple[RecordName, str]] = {}
        for row in connection.execute(select(*columns).where(table.tps.in_(set(tps)))):
            name = RecordName(row.tps, row.epoch, row.number)
            self._states[row.id] = row.state
            self._used.add(name)
            if row.state == NEWEST:
                self._newest[row.tps] = (name, row.id)
        self._new: dict[str, _Signed] = {}
        self._older: set[str] = set()

    def settle(self, one: _Signed) -> Outcome:
        """The place of a record among those of its TPS."""
        known = self._states.get(one.id)
        state = known or self._place(one)
        kind = ReceiptKind.CONFLICT if state == CONFLICT else ReceiptKind.STORED
        again = ", again" if known else ""
        note = f"{one.name.epoch}/{one.name.number} {state}{again}"
        return Outcome(kind, bytes.fromhex(one.id), note, one.name)

    def _place(self, one: _Signed) -> str:
        state = CONFLICT if one.name in self._used else NEWEST
        before = self._newest.get(one.name.tps)
        if state == NEWEST and before is not None:
            name, id = before
            if (one.name.epoch, one.name.number) < (name.epoch, name.number):
                state = SUPERSEDED
            else:
                self._states[id] = SUPERSEDED
                self._older.add(id)
        if state == NEWEST:
            self._newest[one.name.tps] = (one.name, one.id)
        self._states[one.id] = state
        self._used.add(one.name)
        self._new[one.id] = one
        return state

    def write(self, now: int, via: Via) -> None:
        """Write what `settle` has decided."""
        if older := self._older - self._new.keys():
            changed = update(results).where(results.c.id.in_(older))
            self._connection.execute(changed.values(state=SUPERSEDED))
        rows = [
            {
                "id": one.id,
                "tps": one.name.tps,
                "epoch": one.name.epoch,
                "number": one.name.number,
                "package": one.package,
                "record": one.record,
                "received_at": now,
                "via": via,
                "state": self._states[one.id],
            }
            for one in self._new.values()
        ]
        if rows:
            self._connection.execute(insert(results), rows)
