"""Takes a kecamatan's carried recap into the centre: verified, once, and never over online work.

Where officers have worked on the same region online, nothing is mixed: the file is kept beside,
the journal says so, and the kabupaten decides which of the two holds.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select, update
from tpsbox.errors import AnswerError, InputError

from tpscentral.database import Database, claim
from tpscentral.files import faults, put_file
from tpscentral.folder import Folder
from tpscentral.levels import Level
from tpscentral.locking import locked_above, newest_lock
from tpscentral.outcome import RefusalError
from tpscentral.people import journal
from tpscentral.people.journal import SYSTEM
from tpscentral.people.roles import Account, Role
from tpscentral.plenary.basis import check_basis
from tpscentral.plenary.carried import RECAP_SUFFIX, Carried, open_carried, same_recap
from tpscentral.plenary.desk import Desk, election_at, hold_region
from tpscentral.plenary.merging import KeepPhoto, clashes, place_all, place_photos
from tpscentral.plenary.recap import encode_recap
from tpscentral.plenary.recapping import make_recap
from tpscentral.plenary.signing import check_signing
from tpscentral.results import take_result
from tpscentral.schema import locks


class ClashError(AnswerError):
    """Officers have worked on the region online; the file was kept, and counts for nothing."""


class Imported(msgspec.Struct, frozen=True):
    """What became of a file: `new` is False if all of it was here before."""

    region: str
    contest: str
    tps: int
    acts: int
    new: bool


def import_recap(
    folder: Folder,
    database: Database,
    data: bytes,
    now: int,
    keep_photo: KeepPhoto,
    *,
    replace: bool = False,
) -> Imported:
    """Take in a carried recap; once this returns it is committed. Again, it changes nothing.

    `replace` lets it take the place of online work on the same region, which stays in the acts.

    Raises:
        InputError: it is no such file.
        AnswerError: it is not of a kecamatan that this centre certified, a record in it is not of
            an enrolled box, or its numbers do not make its recap.
        ClashError: there is online work that it does not know.
        EnvironmentFault: disk or database does not take it.
    """
    carried, _, _ = open_carried(data, folder.key.public_key())
    _check_standings(folder, carried)
    for record in carried.records:
        try:
            take_result(database, folder.elections, None, record, now, via="bundle")
        except RefusalError as error:
            raise AnswerError(f"recap: a record in it is refused: {error}") from error
    try:
        with database.write() as connection:
            desk = Desk(connection, folder, Account(SYSTEM, SYSTEM, Role.ADMIN, ""), now)
            return _take(desk, carried, keep_photo, replace=replace)
    except ClashError:
        _keep(folder, database, carried, data, now)
        raise


def _take(desk: Desk, carried: Carried, keep: KeepPhoto, *, replace: bool) -> Imported:
    region, contest = carried.region, carried.contest
    # TPS before their region, as everybody who acts on one.
    claim(desk.connection, [standing.tps for standing in carried.standings])
    hold_region(desk, region, contest)
    package = election_at(desk, region, contest).package.hex()
    if package != carried.package:
        raise AnswerError("recap: of another election than this centre has in that kecamatan")
    if _known(desk.connection, carried):
        return Imported(region, contest, len(carried.standings), len(carried.acts), new=False)
    _require_free(desk, carried, replace=replace)
    place_photos(desk, carried, keep)
    place_all(desk, carried)
    check_basis(desk, carried)
    recap = make_recap(desk, region, contest)
    check_signing(carried.lock.signing, Level.KECAMATAN, len(recap.paslon))
    made = encode_recap(recap)
    if made != carried.lock.recap:
        raise AnswerError("recap: its numbers do not make the recap that was locked")
    _add_lock(desk, carried, made)
    return Imported(region, contest, len(carried.standings), len(carried.acts), new=True)


def _known(connection: Connection, carried: Carried) -> bool:
    table = locks.c
    mine = (table.region == carried.region) & (table.contest == carried.contest)
    query = select(table.digest).where(mine, table.origin == "bundle", table.at == carried.lock.at)
    return any(same_recap(carried, digest) for digest in connection.scalars(query))


def _require_free(desk: Desk, carried: Carried, *, replace: bool) -> None:
    """No region above is locked, and nobody has worked here unless that is to be replaced."""
    region, contest = carried.region, carried.contest
    above = locked_above(desk.connection, region[: Level.KABUPATEN.digits], contest)
    if above is not None:
        raise AnswerError(f"recap: {contest} of region {above} is locked; unlock it first")
    lock = newest_lock(desk.connection, region, contest)
    holds = lock is not None and lock.unlocked_at is None
    if holds and lock is not None and lock.origin == "bundle":
        raise AnswerError("recap: another one of this region holds; unlock the region first")
    clashing = clashes(desk.connection, carried)
    if not replace and (holds or clashing):
        told = "it is locked" if holds else f"TPS {', '.join(clashing[:5])} were worked on"
        raise ClashError(
            f"recap: region {region} has online work ({told}); the file was kept beside it. "
            "Compare the two; --replace lets the file count"
        )
    if holds and lock is not None:
        opened = {
            "unlocked_by": SYSTEM,
            "unlocked_at": desk.now,
            "unlock_reason": "digantikan hasil pleno luring",
        }
        desk.connection.execute(update(locks).where(locks.c.n == lock.n).values(**opened))
        opening = {"lock": lock.n, "reason": opened["unlock_reason"]}
        _journal(desk.connection, "buka-kunci", carried, opening, desk.now)


def _add_lock(desk: Desk, carried: Carried, recap: str) -> None:
    digest = hashlib.sha256(recap.encode()).hexdigest()
    values: dict[str, Any] = {
        "region": carried.region,
        "contest": carried.contest,
        "people": msgspec.json.encode(carried.lock.signing).decode(),
        "recap": recap,
        "digest": digest,
        "account": carried.lock.account,
        "at": carried.lock.at,
        "origin": "bundle",
    }
    adding = insert(locks).values(**values).returning(locks.c.n)
    n = desk.connection.execute(adding).scalar_one()
    told = {"lock": n, "sha256": digest, "journal": [carried.head.n, carried.head.hash]}
    _journal(desk.connection, "impor-rekap", carried, told, desk.now)


def _check_standings(folder: Folder, carried: Carried) -> None:
    election = folder.elections.get(bytes.fromhex(carried.package))
    if election is None:
        raise AnswerError("recap: its election is not one of this centre")
    names = {field.name for field in election.form_of(carried.contest).fields}
    for standing in carried.standings:
        numbers = [stated.number for stated in standing.numbers.values()]
        sane = all(number is None or 0 <= number <= 999 for number in numbers)
        if not sane or not set(standing.numbers) <= names:
            raise InputError(f"recap: TPS {standing.tps} has numbers that no sheet holds")


def _keep(folder: Folder, database: Database, carried: Carried, data: bytes, now: int) -> None:
    sha = hashlib.sha256(data).hexdigest()
    place = folder.root / "recaps" / f"{sha}{RECAP_SUFFIX}"
    with faults(place):
        place.parent.mkdir(mode=0o700, exist_ok=True)
    put_file(place, [data])
    with database.write() as connection:
        _journal(connection, "rekap-bentrok", carried, {"file": place.name}, now)


def _journal(
    connection: Connection, action: str, carried: Carried, told: dict[str, Any], now: int
) -> None:
    detail = msgspec.json.encode(told).decode()
    target = f"{carried.region}/{carried.contest}"
    journal.write(connection, SYSTEM, action, target, detail, now)
