"""Closing a region's contest: lock, unlock by the level above, take over."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from tpscentral.levels import Level, last_level, level_of
from tpscentral.locking import is_locked, is_taken, newest_lock
from tpscentral.people.roles import require_admin, require_see, require_work
from tpscentral.plenary.desk import Desk, check_open, hold_region
from tpscentral.plenary.readiness import readiness_of, require_ready
from tpscentral.plenary.recap import digest_of, encode_recap
from tpscentral.plenary.recapping import make_recap
from tpscentral.plenary.said import RefusedError, said
from tpscentral.plenary.signing import Signing, check_signing
from tpscentral.schema import locks


class Lock(msgspec.Struct, frozen=True):
    """A row of `locks`; see there. `recap` is its canonical text, `signing` who signed."""

    n: int
    region: str
    contest: str
    signing: Signing
    recap: str
    digest: str
    document: str | None
    account: str
    at: int
    origin: str
    unlocked_by: str | None
    unlocked_at: int | None
    unlock_reason: str | None
    taken_by: str | None
    taken_at: int | None

    @property
    def holds(self) -> bool:
        """Whether nobody has unlocked it."""
        return self.unlocked_at is None


def lock_region(
    desk: Desk, region: str, contest: str, signing: Signing, seen: str | None = None
) -> Lock:
    """Close a region's contest with the numbers that count now and the people who signed.

    `seen` is the digest of the recap that these people had before them.

    Raises:
        ForbiddenError: not the plenary of this account.
        RefusedError: it is locked already, something is still to be done (see `readiness`), or
            the recap is not the one that was seen.
        InputError: a name, or the reason of somebody who did not sign, is missing.
    """
    level = level_of(region)
    require_work(desk.account, region, level)
    hold_region(desk, region, contest)
    check_open(desk, region, contest, level)
    recap = make_recap(desk, region, contest)
    text = encode_recap(recap)
    if seen is not None and seen != digest_of(text):
        raise RefusedError(
            "Angka berubah sejak formulir ini dibuka; bandingkan lagi sebelum mengunci."
        )
    checked = check_signing(signing, level, len(recap.paslon))
    require_ready(readiness_of(desk.connection, recap))
    adding = insert(locks).values(
        region=region,
        contest=contest,
        people=msgspec.json.encode(checked).decode(),
        recap=text,
        digest=digest_of(text),
        account=desk.account.username,
        at=desk.now,
        origin="online",
    )
    lock = lock_of(desk.connection.execute(adding.returning(locks)).one())
    _note(desk, "kunci", lock, {"sha256": lock.digest})
    return lock


def unlock_region(desk: Desk, region: str, contest: str, *, reason: str) -> Lock:
    """Open a region's contest again: an act of the level above, which must be open itself.

    A provinsi is opened by the administrator, on the word of KPU RI, which has no account here.

    Raises:
        ForbiddenError: not the level above.
        RefusedError: it is not locked, or the level above is: that must be opened first.
        InputError: no reason.
    """
    above = level_of(region).above
    _require_above(desk, region)
    hold_region(desk, region, contest)
    if above is not None and _locked_from(desk.connection, region, contest, above):
        raise RefusedError(f"Rekapitulasi {above} sudah dikunci; itu harus dibuka dahulu.")
    changed = {
        "unlocked_by": desk.account.username,
        "unlocked_at": desk.now,
        "unlock_reason": said(reason, "Alasan membuka kunci"),
    }
    lock = _change(desk, region, contest, locks.c.unlocked_at.is_(None), changed)
    _note(desk, "buka-kunci", lock, {"reason": changed["unlock_reason"]})
    return lock


def take_over(desk: Desk, region: str, contest: str) -> Lock:
    """Take a locked region into the plenary of the level above.

    Raises:
        ForbiddenError: not the level above.
        RefusedError: it is not locked, was taken over before, the level above is locked, or the
            contest does not go there.
    """
    above = level_of(region).above
    if above is None or level_of(region) is last_level(contest):
        raise RefusedError("Pemilihan ini tidak direkapitulasi di tingkat yang lebih tinggi.")
    _require_above(desk, region)
    hold_region(desk, region, contest)
    if _locked_from(desk.connection, region, contest, above):
        raise RefusedError(f"Rekapitulasi {above} sudah dikunci.")
    if is_taken(desk.connection, region, contest):
        raise RefusedError("Hasil wilayah ini sudah diambil alih.")
    changed = {"taken_by": desk.account.username, "taken_at": desk.now}
    lock = _change(desk, region, contest, locks.c.unlocked_at.is_(None), changed)
    _note(desk, "ambil-alih", lock, {"sha256": lock.digest})
    return lock


def locks_of(desk: Desk, region: str, contest: str) -> list[Lock]:
    """Every lock that a region's contest has had, the newest first.

    Raises:
        ForbiddenError: the account may not look there.
    """
    require_see(desk.account, region)
    mine = (locks.c.region == region) & (locks.c.contest == contest)
    found = desk.connection.execute(select(locks).where(mine).order_by(locks.c.n.desc()))
    return [lock_of(row) for row in found]


def newest_lock_of(connection: Connection, region: str, contest: str) -> Lock | None:
    """The lock of a region's contest that holds, None if there is none."""
    row = newest_lock(connection, region, contest)
    return None if row is None or row.unlocked_at is not None else lock_of(row)


def lock_of(row: Row[Any]) -> Lock:
    """A row as the program holds it."""
    plain = dict(row._mapping)
    signing = msgspec.json.decode(plain.pop("people"), type=Signing)
    return Lock(**plain, signing=signing)


def _require_above(desk: Desk, region: str) -> None:
    above = level_of(region).above
    if above is None:
        require_admin(desk.account)
    else:
        require_work(desk.account, region, above)


def _locked_from(connection: Connection, region: str, contest: str, above: Level) -> bool:
    """Whether the region around this one of that level, or one above it, is locked."""
    return any(
        is_locked(connection, region[: level.digits], contest)
        for level in Level
        if level.digits <= above.digits
    )


def _change(
    desk: Desk, region: str, contest: str, only: ColumnElement[bool], values: dict[str, Any]
) -> Lock:
    newest = newest_lock(desk.connection, region, contest)
    if newest is None or newest.unlocked_at is not None:
        raise RefusedError("Wilayah ini tidak sedang dikunci.")
    changing = update(locks).where(locks.c.n == newest.n, only).values(**values).returning(locks)
    return lock_of(desk.connection.execute(changing).one())


def _note(desk: Desk, action: str, lock: Lock, detail: dict[str, Any]) -> None:
    desk.note(action, lock.region, lock.contest, {"lock": lock.n, **detail})
