"""The regions below a larger one: their counts, and whether their plenaries are closed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import msgspec
from sqlalchemy import Connection, select

from tpscentral.rollup import Rollup, rollups_below
from tpscentral.schema import locks
from tpscentral.wilayah import region_names

LockWord = Literal["open", "locked", "taken"]


class RegionRow(msgspec.Struct, frozen=True):
    """A region with its sums; `taken`: locked, and taken over by the plenary above."""

    kode: str
    name: str
    sums: Rollup
    lock: LockWord


def region_rows(connection: Connection, region: str, contest: str) -> list[RegionRow]:
    """Each region right below one, in the order of their codes."""
    below = rollups_below(connection, region, contest)
    names = region_names(connection, below)
    locked = lock_states(connection, contest, below)
    return [
        RegionRow(kode, names.get(kode, kode), sums, locked.get(kode, "open"))
        for kode, sums in below.items()
    ]


def lock_states(
    connection: Connection, contest: str, kodes: Collection[str]
) -> dict[str, LockWord]:
    """How the lock of each region stands; regions that are open are left out."""
    table = locks.c
    mine = (table.contest == contest) & table.region.in_(sorted(kodes))
    query = select(table.region, table.taken_at).where(mine, table.unlocked_at.is_(None))
    return {
        row.region: "locked" if row.taken_at is None else "taken"
        for row in connection.execute(query)
    }
