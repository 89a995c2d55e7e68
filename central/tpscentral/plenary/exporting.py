"""Hands up the plenary of a kecamatan without a network: makes the signed file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, select
from tpsbox.errors import AnswerError

from tpscentral.delegation import load_delegation
from tpscentral.folder import Folder
from tpscentral.people import journal
from tpscentral.plenary.acts import act_of
from tpscentral.plenary.carried import (
    Carried,
    CarriedEntry,
    CarriedLate,
    CarriedLock,
    CarriedPhoto,
    sign_carried,
)
from tpscentral.plenary.entries import Typed
from tpscentral.plenary.late import LEFT, TAKEN
from tpscentral.plenary.locks import newest_lock_of
from tpscentral.plenary.objections import Objection
from tpscentral.schema import acts, contests, entries, late_results, objections, results, standings
from tpscentral.standing import standing_of

ReadPhoto = Callable[[str], bytes]
"""The bytes of a photo by its SHA-256 in hex."""


def export_recap(
    folder: Folder,
    connection: Connection,
    region: str,
    contest: str,
    now: int,
    read_photo: ReadPhoto,
) -> bytes:
    """The signed file of a locked region's contest, within a writing transaction.

    Raises:
        AnswerError: the region is not locked, or this folder is not certified for it.
        EnvironmentFault: key, delegation or a photo cannot be read.
    """
    installed = load_delegation(folder)
    if installed is None:
        raise AnswerError("recap: this folder has no delegation; see `tpscentral delegate`")
    lock = newest_lock_of(connection, region, contest)
    if lock is None:
        raise AnswerError(f"recap: {contest} in region {region[:20]} is not locked; lock it first")
    package = _package(connection, region, contest)
    if not region.startswith(installed.delegation.region) or (
        package != installed.delegation.package.hex()
    ):
        raise AnswerError(
            f"recap: this kecamatan is certified for region {installed.delegation.region} "
            "and its election only"
        )
    carried = Carried(
        version=1,
        package=package,
        region=region,
        contest=contest,
        lock=CarriedLock(lock.signing, lock.recap, lock.account, lock.at),
        head=journal.head(connection),
        **_rows(connection, region, contest, read_photo),
    )
    told = msgspec.json.encode({"lock": lock.n, "sha256": lock.digest}).decode()
    target = f"{region}/{contest}"
    journal.write(connection, journal.SYSTEM, "ekspor-rekap", target, told, now)
    return sign_carried(carried, folder.key, installed.certificate)


def _package(connection: Connection, region: str, contest: str) -> str:
    mine = (contests.c.kecamatan == region) & (contests.c.contest == contest)
    return connection.scalar(select(contests.c.package).where(mine)) or ""


def _rows(
    connection: Connection, region: str, contest: str, read_photo: ReadPhoto
) -> dict[str, Any]:
    def mine(table: Table) -> ColumnElement[bool]:
        return table.c.tps.startswith(region) & (table.c.contest == contest)

    standing_rows = select(standings).where(mine(standings)).order_by(standings.c.tps)
    counted = tuple(map(standing_of, connection.execute(standing_rows)))
    act_rows = select(acts).where(mine(acts)).order_by(acts.c.n)
    typed = _entries(connection, mine(entries))
    return {
        "standings": counted,
        "acts": tuple(map(act_of, connection.execute(act_rows))),
        "entries": typed,
        "objections": _objections(connection, region, contest),
        "late": _late(connection, mine(late_results)),
        "records": _records(connection, [one.result for one in counted if one.result]),
        "photos": _photos(typed, read_photo),
    }


def _entries(connection: Connection, mine: ColumnElement[bool]) -> tuple[CarriedEntry, ...]:
    return tuple(
        CarriedEntry(
            row.tps,
            row.contest,
            row.kind,
            msgspec.json.decode(row.numbers, type=Typed),
            row.photo,
            row.account,
            row.at,
            row.round,
        )
        for row in connection.execute(select(entries).where(mine).order_by(entries.c.n))
    )


def _objections(connection: Connection, region: str, contest: str) -> tuple[Objection, ...]:
    mine = (objections.c.region == region) & (objections.c.contest == contest)
    rows = connection.execute(select(objections).where(mine).order_by(objections.c.n))
    return tuple(Objection(**row._mapping) for row in rows)


def _late(connection: Connection, mine: ColumnElement[bool]) -> tuple[CarriedLate, ...]:
    decided = late_results.c.decision.in_((TAKEN, LEFT))
    query = select(late_results).where(mine, decided).order_by(late_results.c.result)
    return tuple(
        CarriedLate(row.result, row.tps, row.arrived_at, row.decision)
        for row in connection.execute(query)
    )


def _records(connection: Connection, ids: list[str]) -> tuple[bytes, ...]:
    query = select(results.c.record).where(results.c.id.in_(ids)).order_by(results.c.id)
    return tuple(map(bytes, connection.scalars(query)))


def _photos(typed: tuple[CarriedEntry, ...], read_photo: ReadPhoto) -> tuple[CarriedPhoto, ...]:
    named = {(one.tps, one.photo) for one in typed if one.photo and one.kind == "typed"}
    return tuple(CarriedPhoto(tps, read_photo(sha)) for tps, sha in sorted(named))
