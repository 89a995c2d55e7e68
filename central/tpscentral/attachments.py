"""Takes in what supports a result: evidence of sheets into the database, photos into files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Table, func, select
from tpsbox.errors import EnvironmentFault, InputError
from tpsbox.forms.election import Election
from tpsbox.record.chunks import PHOTO_LIMIT
from tpsbox.record.evidence import Evidence, decode_evidence
from tpsbox.record.receipt import ReceiptKind

from tpscentral.database import Database, claim, insert_missing
from tpscentral.outcome import Outcome, RefusalError
from tpscentral.photostore import PART, PhotoStore
from tpscentral.schema import enrolments, evidence, photos

ITEMS_PER_TPS = 1000
"""Of each kind; an election with five contests has under 100 sheets a TPS."""

JPEG_START = b"\xff\xd8\xff"


def take_evidence(
    database: Database,
    elections: Mapping[bytes, Election],
    tps: str,
    id: bytes,
    body: bytes,
    now: int,
) -> Outcome:
    """Keep the evidence of a sheet; once this returns it is committed.

    Raises:
        RefusalError: it is not what its topic says, malformed, or its TPS is not enrolled.
        EnvironmentFault: the database cannot take it.
    """
    _check_id(id, body)
    try:
        sheet = decode_evidence(body)
    except InputError as error:
        raise RefusalError("malformed", str(error)) from error
    if sheet.tps != tps:
        raise RefusalError("tps", f"evidence of TPS {sheet.tps} came under the topic of {tps}")
    with database.write() as connection:
        claim(connection, [tps])
        _check_sheet(sheet, elections[_package(connection, elections, tps)])
        known = select(evidence.c.sha).where(evidence.c.sha == id.hex())
        if connection.scalar(known):
            return Outcome(ReceiptKind.STORED, id, "stored, again")
        _check_room(connection, evidence, tps)
        connection.execute(
            insert_missing(connection, evidence).values(
                sha=id.hex(),
                arrival=_arrivals(connection, tps) + 1,
                tps=tps,
                contest=sheet.contest,
                page=sheet.page,
                photo=sheet.photo.hex() if sheet.photo else None,
                body=body,
                received_at=now,
            )
        )
    return Outcome(ReceiptKind.STORED, id, f"{sheet.contest} page {sheet.page} stored")


def has_photo(database: Database, elections: Mapping[bytes, Election], tps: str, id: bytes) -> bool:
    """Whether a photo of this TPS is stored; if not, it would be taken.

    Raises:
        RefusalError: the TPS is not enrolled, or has too many already.
        EnvironmentFault: the database cannot be read.
    """
    with database.read() as connection:
        _package(connection, elections, tps)
        if connection.scalar(select(photos.c.sha).where(_photo_of(tps, id))):
            return True
        _check_room(connection, photos, tps)
    return False


def take_photo(
    database: Database,
    elections: Mapping[bytes, Election],
    store: PhotoStore,
    tps: str,
    id: bytes,
    body: bytes,
    now: int,
) -> Outcome:
    """Keep a JPEG in `store`; once this returns it and its row are kept for good.

    Raises:
        RefusalError: it is not what its topic says, too large, no JPEG, or its TPS is not enrolled.
        EnvironmentFault: disk or database cannot take it.
    """
    if len(body) > PHOTO_LIMIT:
        raise RefusalError("room", f"photo of {len(body)} bytes: at most {PHOTO_LIMIT} are allowed")
    _check_id(id, body)
    if not body.startswith(JPEG_START):
        raise RefusalError("malformed", "photo: not a JPEG")
    if has_photo(database, elections, tps, id):
        return Outcome(ReceiptKind.STORED, id, "stored, again")
    path = store.put(id.hex(), body)
    with database.write() as connection:
        if not connection.scalar(select(photos.c.sha).where(_photo_of(tps, id))):
            connection.execute(
                insert_missing(connection, photos).values(
                    tps=tps, sha=id.hex(), path=path, size=len(body), received_at=now
                )
            )
    return Outcome(ReceiptKind.STORED, id, f"{len(body)} bytes stored")


def sweep(folder: Path, before: float) -> None:
    """Remove half-written files that a cut left in `folder` before that time (unix seconds).

    Raises:
        EnvironmentFault: the disk does not take it.
    """
    try:
        for path in folder.glob(f"{PART}*"):
            if path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise EnvironmentFault(f"{folder}: {error.strerror}") from error


def _photo_of(tps: str, id: bytes) -> ColumnElement[bool]:
    return (photos.c.tps == tps) & (photos.c.sha == id.hex())


def _check_id(id: bytes, body: bytes) -> None:
    if hashlib.sha256(body).digest() != id:
        raise RefusalError("content", "content does not have the SHA-256 that its topic names")


def _package(connection: Connection, elections: Mapping[bytes, Election], tps: str) -> bytes:
    latest = (
        select(enrolments.c.package)
        .where(enrolments.c.tps == tps)
        .order_by(enrolments.c.epoch.desc())
        .limit(1)
    )
    package = connection.scalar(latest)
    if package is None:
        raise RefusalError("enrolment", f"TPS {tps} is not enrolled")
    if bytes.fromhex(package) not in elections:
        raise RefusalError("election", f"election package {package} is not one of this centre")
    return bytes.fromhex(package)


def _check_sheet(sheet: Evidence, election: Election) -> None:
    try:
        form = election.form_of(sheet.contest)
        form.page(sheet.page)
    except KeyError as error:
        where = f"{sheet.contest} page {sheet.page}"
        raise RefusalError("election", f"evidence: {election.name} has no {where}") from error
    if sheet.form != form.name:
        raise RefusalError(
            "election", f"evidence: contest {sheet.contest} has form {form.name}, not {sheet.form}"
        )


def _arrivals(connection: Connection, tps: str) -> int:
    newest = select(func.max(evidence.c.arrival)).where(evidence.c.tps == tps)
    return connection.scalar(newest) or 0


def _check_room(connection: Connection, table: Table, tps: str) -> None:
    held = connection.scalar(select(func.count()).select_from(table).where(table.c.tps == tps))
    if (held or 0) >= ITEMS_PER_TPS:
        raise RefusalError("room", f"TPS {tps} has {ITEMS_PER_TPS} of {table.name} already")
