"""Sums of what counts in a region: kept by kecamatan, made anew when stale and somebody looks."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select, update

from tpscentral.database import Database, may_write
from tpscentral.levels import check_region
from tpscentral.psu import Psu
from tpscentral.schema import rollups, standings
from tpscentral.standing import DECIDED, Numbers

KECAMATAN_DIGITS, DESA_DIGITS = 6, 10
KEPT_SUMS = 4_000
"""Of kecamatan and kabupaten in memory: some 2 kB each; the country has 514 kabupaten and kota."""
StandingRow = Row[*tuple[Any, ...]]
"""With `state`, `source`, `psu`, `cara`, `flagged` and `numbers` of the table `standings`."""


class Rollup(msgspec.Struct, frozen=True):
    """Sums over the TPS of a region for one contest; all are counts of TPS except `sums`.

    `sums` and `counted` are by field: the sum of the numbers that may be summed, and of how many
    TPS. `states` and `cara` are by the words of `tpscentral.standing`, without those of no TPS.
    `flagged` have a late result that waits for an officer. `marks`: `psu` voted or counted other
    than regularly, `without` decided although there is no result.
    """

    total: int = 0
    sums: dict[str, int] = {}
    counted: dict[str, int] = {}
    states: dict[str, int] = {}
    cara: dict[str, int] = {}
    flagged: int = 0
    marks: dict[str, int] = {}

    @property
    def arrived(self) -> int:
        """TPS whose numbers are there, whatever is to be done about them."""
        return self.total - self.states.get("waiting", 0) - self.marks.get("without", 0)


def rollup(connection: Connection, region: str, contest: str) -> Rollup:
    """The sums of a region of 2, 4, 6 or 10 digits; of the whole centre for "".

    Raises:
        InputError: no code of a region.
    """
    if len(check_region(region) if region else "") >= DESA_DIGITS:
        return summed(_standings(connection, region, contest))
    return added(_below(connection, region, contest, 4).values())


def rollups_below(connection: Connection, region: str, contest: str) -> dict[str, Rollup]:
    """The sums of each region right below one: of "" the provinsi, of a kecamatan its desa.

    In the order of their codes; those where the contest does not run are left out.

    Raises:
        InputError: no code of a region.
    """
    digits = {0: 2, 2: 4, 4: 6, 6: 10, 10: 13}[len(check_region(region) if region else "")]
    if digits > KECAMATAN_DIGITS:
        rows: dict[str, list[StandingRow]] = {}
        for row in _standings(connection, region, contest):
            rows.setdefault(row.tps[:digits], []).append(row)
        return {kode: summed(some) for kode, some in sorted(rows.items())}
    if digits == 2:
        provinsi: dict[str, list[Rollup]] = {}
        for kode, one in _below(connection, region, contest, 4).items():
            provinsi.setdefault(kode[:2], []).append(one)
        return {kode: added(some) for kode, some in provinsi.items()}
    return _below(connection, region, contest, digits)


def freshen(database: Database, most: int = 20) -> int:
    """Make stale sums anew, a few at a time and each in its own transaction; how many.

    Raises:
        EnvironmentFault: the database cannot take it.
    """
    table = rollups.c
    stale = select(table.kecamatan, table.contest).where(table.stale == 1).limit(most)
    with database.read() as connection:
        found = connection.execute(stale).all()
    for kecamatan, contest in found:
        with database.write() as connection:
            if _hold(connection, kecamatan, contest):
                _make(connection, kecamatan, contest)
    return len(found)


def added(parts: Iterable[Rollup]) -> Rollup:
    """The sum of sums."""
    total, flagged = 0, 0
    sums: Counter[str] = Counter()
    counted: Counter[str] = Counter()
    states: Counter[str] = Counter()
    cara: Counter[str] = Counter()
    marks: Counter[str] = Counter()
    for part in parts:
        total += part.total
        flagged += part.flagged
        for mine, theirs in (
            (sums, part.sums), (counted, part.counted), (states, part.states), (cara, part.cara),
            (marks, part.marks),
        ):  # fmt: skip
            _add(mine, theirs)
    words = (dict(states), dict(cara), flagged, dict(marks))
    return Rollup(total, dict(sums), dict(counted), *words)


def _add(mine: Counter[str], theirs: Mapping[str, int]) -> None:
    # Counter.update is slower than this, and a provinsi adds up 600 kecamatan for every page.
    for key, count in theirs.items():
        mine[key] += count


def summed(rows: Iterable[StandingRow]) -> Rollup:
    """The sums over rows of the table `standings`."""
    total, flagged = 0, 0
    sums: dict[str, int] = {}
    counted: dict[str, int] = {}
    states: Counter[str] = Counter()
    cara: Counter[str] = Counter()
    marks: Counter[str] = Counter()
    for row in rows:
        total += 1
        flagged += row.flagged > 0
        states[row.state] += 1
        if row.cara is not None:
            cara[row.cara] += 1
        if row.psu != Psu.REGULER.value:
            marks["psu"] += 1
        if row.source == "none" and row.state in DECIDED:
            marks["without"] += 1
        if row.numbers:
            for field, stated in msgspec.json.decode(row.numbers, type=Numbers).items():
                if stated.summed and stated.number is not None:
                    sums[field] = sums.get(field, 0) + stated.number
                    counted[field] = counted.get(field, 0) + 1
    return Rollup(total, sums, counted, dict(states), dict(cara), flagged, dict(marks))


def _standings(connection: Connection, region: str, contest: str) -> Iterable[StandingRow]:
    table = standings.c
    here = (table.contest == contest) & (table.kecamatan == region[:KECAMATAN_DIGITS])
    counts = (table.state, table.source, table.psu, table.cara, table.flagged)
    columns = (table.tps, *counts, table.numbers)
    query = select(*columns).where(here).order_by(table.tps)
    if len(region) > KECAMATAN_DIGITS:
        query = query.where(table.tps.between(region, region.ljust(13, "9")))
    return connection.execute(query).all()


def _below(connection: Connection, region: str, contest: str, digits: int) -> dict[str, Rollup]:
    """The sums of a region's parts of so many digits, four at least (six: the kecamatan).

    Whatever a kecamatan's or kabupaten's sums are added up from, they are added up once.
    """
    parts: dict[str, list[str]] = {}
    for kode, body in _kecamatan(connection, region, contest).items():
        parts.setdefault(kode[:digits], []).append(body)
    return {kode: _sum_of(bodies) for kode, bodies in parts.items()}


def _kecamatan(connection: Connection, region: str, contest: str) -> dict[str, str]:
    """The sums of each kecamatan of a region as JSON; stale ones made anew, kept where possible."""
    table = rollups.c
    here = table.contest == contest
    if region:
        here &= table.kecamatan.between(region, region.ljust(KECAMATAN_DIGITS, "9"))
    query = select(table.kecamatan, table.stale, table.body).where(here)
    found = {}
    for row in connection.execute(query.order_by(table.kecamatan)).all():
        if not row.stale:
            found[row.kecamatan] = row.body
        elif may_write(connection):
            found[row.kecamatan] = _make(connection, row.kecamatan, contest)
        else:
            found[row.kecamatan] = _json(summed(_standings(connection, row.kecamatan, contest)))
    return found


def _sum_of(bodies: Iterable[str]) -> Rollup:
    """Of kecamatan as JSON; what comes out is shared, and changed by nobody."""
    key = hashlib.sha256("\n".join(bodies).encode()).digest()
    kept = _kept_sums.get(key)
    if kept is None:
        kept = added(msgspec.json.decode(body, type=Rollup) for body in bodies)
        if len(_kept_sums) >= KEPT_SUMS:
            _kept_sums.clear()
        _kept_sums[key] = kept
    return kept


_kept_sums: dict[bytes, Rollup] = {}


def _json(made: Rollup) -> str:
    return msgspec.json.encode(made).decode()


def _make(connection: Connection, kecamatan: str, contest: str) -> str:
    _hold(connection, kecamatan, contest)
    mine = (rollups.c.kecamatan == kecamatan) & (rollups.c.contest == contest)
    body = _json(summed(_standings(connection, kecamatan, contest)))
    connection.execute(update(rollups).where(mine).values(stale=0, body=body))
    return body


def _hold(connection: Connection, kecamatan: str, contest: str) -> bool:
    """Hold sums until the end of the transaction; whether they are stale.

    Whoever changes a standing meanwhile either came before and is seen, or waits, and marks the
    sums stale again.
    """
    mine = (rollups.c.kecamatan == kecamatan) & (rollups.c.contest == contest)
    return bool(connection.scalar(select(rollups.c.stale).where(mine).with_for_update()))
