"""Whether a region's contest is closed by its plenary."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, select

from tpscentral.schema import locks


def newest_lock(connection: Connection, region: str, contest: str) -> Row[Any] | None:
    """The last row of `locks` for a region and contest, None where there was no plenary yet."""
    mine = (locks.c.region == region) & (locks.c.contest == contest)
    query = select(locks).where(mine).order_by(locks.c.n.desc()).limit(1)
    return connection.execute(query).one_or_none()


def locks_that_hold(
    connection: Connection, regions: Iterable[str], contest: str
) -> dict[str, Row[Any]]:
    """The lock of each of these regions whose contest is closed now, in one query."""
    mine = (locks.c.contest == contest) & locks.c.region.in_(sorted(regions))
    query = select(locks).where(mine, locks.c.unlocked_at.is_(None)).order_by(locks.c.n)
    return {row.region: row for row in connection.execute(query)}


def is_locked(connection: Connection, region: str, contest: str) -> bool:
    """Whether the plenary of exactly this region has closed the contest and nobody reopened it."""
    lock = _newest_times(connection, region, contest)
    return lock is not None and lock.unlocked_at is None


def is_taken(connection: Connection, region: str, contest: str) -> bool:
    """Whether exactly this region is locked, and the level above has taken its result over."""
    lock = _newest_times(connection, region, contest)
    return lock is not None and lock.unlocked_at is None and lock.taken_at is not None


def _newest_times(
    connection: Connection, region: str, contest: str
) -> Row[int | None, int | None] | None:
    """Without what was locked, which may be hundreds of kilobytes."""
    mine = (locks.c.region == region) & (locks.c.contest == contest)
    query = (
        select(locks.c.unlocked_at, locks.c.taken_at)
        .where(mine)
        .order_by(locks.c.n.desc())
        .limit(1)
    )
    return connection.execute(query).one_or_none()


def locked_above(connection: Connection, kode: str, contest: str) -> str | None:
    """The smallest region around a place (kecamatan, kab/kota, provinsi) that is locked."""
    for digits in (6, 4, 2):
        if len(kode) >= digits and is_locked(connection, kode[:digits], contest):
            return kode[:digits]
    return None
