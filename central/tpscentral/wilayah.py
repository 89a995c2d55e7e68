"""The ground: regions with their names, the TPS that must report, and a row for each to fill.

Everything is known before the first box is enrolled, so that what is missing can be counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Annotated, Any

import msgspec
from sqlalchemy import Connection, Table, bindparam, func, insert, literal, select, update
from tpsbox.errors import AnswerError, InputError
from tpsbox.forms.election import Election, Words
from tpsbox.record.statement import check_tps

from tpscentral.database import insert_missing
from tpscentral.levels import CODE_LENGTHS, check_region, within
from tpscentral.schema import contests, places, rollups, standings, wilayah

FILE_LIMIT = 20_000_000
"""Bytes of a file of regions; Indonesia with names takes under 4 MB."""
ROWS = 5000
"""Rows of one insertion."""
TPS_PER_DESA = 999


class RegionFile(msgspec.Struct, frozen=True):
    """Names by wilayah code, and the TPS of each desa.

    Of a desa: the highest number of those that count from 1, or one number alone as its negative;
    then pairs (first, last) of special ones such as 901 to 902. As the volunteers of KawalPemilu
    publish KPU's list.
    """

    id2name: dict[Annotated[str, msgspec.Meta(pattern="^[0-9]{2,10}$")], Words]
    tps: dict[
        Annotated[str, msgspec.Meta(pattern="^[0-9]{10}$")],
        Annotated[list[Annotated[int, msgspec.Meta(ge=-999, le=999)]], msgspec.Meta(max_length=9)],
    ]


class Ground(msgspec.Struct, frozen=True):
    """Names of regions (2 to 10 digits), and the TPS numbers of each desa."""

    names: Mapping[str, str]
    desa: Mapping[str, Sequence[int]]


def fill_election(connection: Connection, election: Election) -> int:
    """Enter the regions of an election's file with its contests; how many TPS, 0 if none listed.

    Raises:
        AnswerError: another election has the same contest in one of its kecamatan.
    """
    if election.region is None:
        return 0
    region = election.region
    names = {region.kode[:2]: region.provinsi, region.kode: region.nama}
    desa: dict[str, Sequence[int]] = {}
    for kecamatan in region.kecamatan:
        names[kecamatan.kode] = kecamatan.nama
        for one in kecamatan.desa:
            names[one.kode] = one.nama
            desa[one.kode] = range(1, one.tps + 1)
    return fill(connection, Ground(names, desa), election)


def parse_regions(data: bytes, region: str = "") -> Ground:
    """The part of a file of regions that lies in `region`, all of it by default.

    Raises:
        InputError: it is no such file, or has nothing of that region.
    """
    try:
        file = msgspec.json.decode(data, type=RegionFile)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"regions: {error}") from error
    desa = {kode: _numbers(kode, said) for kode, said in file.tps.items() if within(kode, region)}
    if not desa:
        raise InputError(f"regions: the file has no TPS in {check_region(region)}")
    return Ground(file.id2name, desa)


def _numbers(kode: str, said: Sequence[int]) -> tuple[int, ...]:
    first, *pairs = said or [0]
    numbers = set(range(1, first + 1)) if first >= 0 else {-first}
    if len(pairs) % 2:
        raise InputError(f"regions: desa {kode}: a pair of TPS numbers has no end")
    for start, end in zip(pairs[::2], pairs[1::2], strict=True):
        numbers.update(range(start, end + 1))
    if not numbers or min(numbers) < 1:
        raise InputError(f"regions: desa {kode}: no TPS numbers from 1 to {TPS_PER_DESA}")
    return tuple(sorted(numbers))


def fill(connection: Connection, ground: Ground, election: Election) -> int:
    """Enter regions, TPS and the contests of an election in them; how many TPS.

    What is there already stays as it is.

    Raises:
        AnswerError: another election has the same contest in one of these kecamatan.
    """
    kecamatan = sorted({kode[:6] for kode in ground.desa})
    _enter_contests(connection, kecamatan, election)
    regions = sorted({kode[:n] for kode in ground.desa for n in CODE_LENGTHS[:4]})
    _enter(connection, wilayah, (_region(kode, ground.names.get(kode, kode)) for kode in regions))
    codes = (f"{kode}{n:03d}" for kode, numbers in ground.desa.items() for n in numbers)
    _enter(connection, places, ({"tps": tps, "kecamatan": tps[:6]} for tps in codes))
    for contest in election.contest:
        for some in _chunks(kecamatan):
            _enter_standings(connection, some, contest.key)
    _recount(connection, kecamatan)
    return sum(map(len, ground.desa.values()))


def expect_tps(connection: Connection, tps: str, election: Election) -> None:
    """Enter one TPS that no list of regions names, for a box that is enrolled for it.

    Raises:
        AnswerError: another election has the same contest in its kecamatan.
    """
    check_tps(tps)
    known = select(places.c.tps).where(places.c.tps == tps)
    mine = select(func.count()).where(standings.c.tps == tps)
    complete = connection.scalar(mine) == len(election.contest)
    if not complete or connection.scalar(known) is None:
        fill(connection, Ground({}, {tps[:10]: (int(tps[10:]),)}), election)


def region_names(connection: Connection, codes: Iterable[str]) -> dict[str, str]:
    """Names of regions (2 to 10 digits) by code; the unknown ones are left out."""
    found: dict[str, str] = {}
    for some in _chunks(codes):
        query = select(wilayah.c.kode, wilayah.c.nama).where(wilayah.c.kode.in_(some))
        found.update({row.kode: row.nama for row in connection.execute(query)})
    return found


def _region(kode: str, name: str) -> dict[str, Any]:
    level = CODE_LENGTHS.index(len(kode))
    above = kode[: CODE_LENGTHS[level - 1]] if level else None
    return {"kode": kode, "induk": above, "tingkat": level + 1, "nama": name, "tps": 0}


def _enter_contests(connection: Connection, kecamatan: Sequence[str], election: Election) -> None:
    package = election.package.hex()
    rows = [
        {"kecamatan": kode, "contest": contest.key, "package": package}
        for kode in kecamatan
        for contest in election.contest
    ]
    _enter(connection, contests, iter(rows))
    _enter(
        connection, rollups, ({"kecamatan": r["kecamatan"], "contest": r["contest"]} for r in rows)
    )
    keys = [contest.key for contest in election.contest]
    for some in _chunks(kecamatan):
        other = connection.execute(
            select(contests).where(
                contests.c.kecamatan.in_(some),
                contests.c.contest.in_(keys),
                contests.c.package != package,
            )
        ).first()
        if other is not None:
            raise AnswerError(
                f"election {election.name}: kecamatan {other.kecamatan} has the contest "
                f"{other.contest} of election package {other.package} already"
            )


def _enter_standings(connection: Connection, kecamatan: Sequence[str], contest: str) -> None:
    there = select(standings.c.tps).where(
        standings.c.tps == places.c.tps, standings.c.contest == contest
    )
    missing = select(places.c.tps, literal(contest), places.c.kecamatan).where(
        places.c.kecamatan.in_(kecamatan), ~there.exists()
    )
    table = standings.c
    connection.execute(
        insert(standings).from_select([table.tps, table.contest, table.kecamatan], missing)
    )
    mine = (rollups.c.contest == contest) & rollups.c.kecamatan.in_(kecamatan)
    connection.execute(update(rollups).where(mine).values(stale=1))


def _recount(connection: Connection, kecamatan: Sequence[str]) -> None:
    """Set how many TPS the desa of these kecamatan have, and every region around them."""
    around = sorted({kode[:4] for kode in kecamatan})
    desa: Counter[str] = Counter()
    prefix = func.substr(places.c.tps, 1, 10)
    for some in around:
        query = select(prefix, func.count()).where(places.c.tps.between(some, some + "9" * 9))
        desa.update({row[0]: row[1] for row in connection.execute(query.group_by(prefix))})
    sums = Counter(desa)
    for kode, count in desa.items():
        sums[kode[:6]] += count
        sums[kode[:4]] += count
    for provinsi in {kode[:2] for kode in around}:
        within_it = places.c.tps.between(provinsi, provinsi + "9" * 11)
        sums[provinsi] = connection.scalar(select(func.count()).where(within_it)) or 0
    changed = update(wilayah).where(wilayah.c.kode == bindparam("region"))
    connection.execute(
        changed.values(tps=bindparam("count")),
        [{"region": kode, "count": count} for kode, count in sums.items()],
    )


def _enter(connection: Connection, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    statement = insert_missing(connection, table)
    while some := list(islice(rows, ROWS)):
        connection.execute(statement, some)


def _chunks(codes: Iterable[str]) -> Iterator[list[str]]:
    """Lists short enough for one query."""
    rest = iter(codes)
    while some := list(islice(rest, 500)):
        yield some
