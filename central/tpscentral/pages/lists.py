"""The list of TPS of a kecamatan or desa: which there are, how far, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from sqlalchemy import ColumnElement, Connection, func, select

from tpscentral.schema import results, standings, wilayah
from tpscentral.standing import StandingState

PAGE_ROWS = 60
"""Rows of one page: a kecamatan of Kotabaru has 25 TPS, the largest of Jawa Barat above 500."""


class ListRow(msgspec.Struct, frozen=True):
    """One TPS of the list; `conflicts` counts contradicting results that were kept."""

    tps: str
    desa: str
    state: StandingState
    source: str
    psu: str
    cara: str | None
    flagged: int
    arrived_at: int | None
    broken: int
    conflicts: int


class TpsList(msgspec.Struct, frozen=True):
    """One page; `after` leads to the next one, None on the last."""

    rows: tuple[ListRow, ...]
    after: str | None


def tps_list(
    connection: Connection,
    place: str,
    contest: str,
    state: StandingState | None,
    after: str,
    names: Mapping[str, str],
) -> TpsList:
    """TPS of a kecamatan (6 digits) or desa (10) behind `after`, at most `PAGE_ROWS`.

    `names` are those of its desa, as `desa_of` gives them.
    """
    table = standings.c
    columns = ("tps", "state", "source", "psu", "cara", "flagged", "arrived_at", "broken")
    query = select(*(table[name] for name in columns)).where(*_of(place, contest))
    if state is not None:
        query = query.where(table.state == state.value)
    if after:
        query = query.where(table.tps > after)
    rows = connection.execute(query.order_by(table.tps).limit(PAGE_ROWS + 1)).all()
    shown = rows[:PAGE_ROWS]
    conflicts = _conflicts(connection, place)
    return TpsList(
        rows=tuple(
            ListRow(
                tps=row.tps,
                desa=names.get(row.tps[:10], row.tps[:10]),
                state=StandingState(row.state),
                source=row.source,
                psu=row.psu,
                cara=row.cara,
                flagged=row.flagged,
                arrived_at=row.arrived_at,
                broken=len(msgspec.json.decode(row.broken)) if row.broken else 0,
                conflicts=conflicts.get(row.tps, 0),
            )
            for row in shown
        ),
        after=shown[-1].tps if len(rows) > len(shown) else None,
    )


def state_counts(connection: Connection, place: str, contest: str) -> dict[StandingState, int]:
    """How many TPS of a kecamatan or desa are in each state."""
    table = standings.c
    query = select(table.state, func.count()).where(*_of(place, contest)).group_by(table.state)
    found = {StandingState(state): count for state, count in connection.execute(query)}
    return {state: found.get(state, 0) for state in StandingState}


def neighbours(connection: Connection, tps: str, contest: str) -> tuple[str | None, str | None]:
    """The TPS before and after one within its kecamatan, None at the ends."""
    table = standings.c
    mine = _of(tps[:6], contest)
    before = select(func.max(table.tps)).where(*mine, table.tps < tps)
    after = select(func.min(table.tps)).where(*mine, table.tps > tps)
    return connection.scalar(before), connection.scalar(after)


def desa_of(connection: Connection, kecamatan: str) -> dict[str, str]:
    """Names of the desa of a kecamatan by their codes, in their order."""
    mine = wilayah.c.induk == kecamatan
    query = select(wilayah.c.kode, wilayah.c.nama).where(mine).order_by(wilayah.c.kode)
    return {row.kode: row.nama for row in connection.execute(query)}


def _of(place: str, contest: str) -> list[ColumnElement[bool]]:
    """The condition for a kecamatan or a desa, such that the index by kecamatan serves."""
    table = standings.c
    mine = [table.kecamatan == place[:6], table.contest == contest]
    # Codes are digits alone, which sort alike everywhere.
    return mine if len(place) == 6 else [*mine, table.tps >= place, table.tps <= f"{place}999"]


def _conflicts(connection: Connection, place: str) -> dict[str, int]:
    table = results.c
    first, last = place.ljust(13, "0"), place.ljust(13, "9")
    mine = (table.state == "conflict") & table.tps.between(first, last)
    query = select(table.tps, func.count()).where(mine).group_by(table.tps)
    return {row[0]: row[1] for row in connection.execute(query)}
