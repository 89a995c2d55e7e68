"""Makes the recapitulation of a region from what counts now and what the plenaries below locked."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, select
from tpsbox.forms.election import Contest, Election
from tpsbox.forms.model import Form

from tpscentral.folder import Folder
from tpscentral.levels import Level, level_of
from tpscentral.locking import locks_that_hold
from tpscentral.people.roles import require_see
from tpscentral.plenary import recap as table
from tpscentral.plenary.desk import Desk, election_at
from tpscentral.plenary.recap import Column, Group, Mark, Place, Recap, Sums, add_up, decode_recap
from tpscentral.plenary.said import RefusedError
from tpscentral.psu import Psu
from tpscentral.rollup import Rollup, added, rollup, rollups_below
from tpscentral.schema import contests, standings, wilayah
from tpscentral.standing import DECIDED, Standing, standing_of


def make_recap(desk: Desk, region: str, contest: str) -> Recap:
    """What D.HASIL of a region says if it were locked now.

    Raises:
        ForbiddenError: the account may not look there.
        RefusedError: the contest is not held there.
        InputError: no region that holds a plenary.
    """
    level = level_of(region)
    require_see(desk.account, region)
    inside = contests.c.kecamatan.startswith(region) & (contests.c.contest == contest)
    first = desk.connection.scalar(select(contests.c.kecamatan).where(inside).limit(1))
    if first is None:
        raise RefusedError("Pemilihan ini tidak diselenggarakan di wilayah ini.")
    election = election_at(desk, first, contest)
    form, said = election.form_of(contest), election.contest_of(contest)
    names = _names(desk.connection, region)
    rows = tuple(table.Row(field.name, _label(form, said, field.name)) for field in form.fields)
    if level is Level.KECAMATAN:
        groups = _desa(desk, region, contest, rows, names)
        all_of_it = rollup(desk.connection, region, contest)
    else:
        below = rollups_below(desk.connection, region, contest)
        groups = (_regions(desk, region, contest, rows, names, below),)
        all_of_it = added(below.values())
    return _recap(desk.connection, (election, said, form), region, rows, groups, all_of_it)


def _recap(
    connection: Connection,
    what: tuple[Election, Contest, Form],
    region: str,
    rows: tuple[table.Row, ...],
    groups: tuple[Group, ...],
    all_of_it: Rollup,
) -> Recap:
    election, contest, form = what
    columns = tuple(column for group in groups for column in group.columns)
    return Recap(
        version=1,
        region=region,
        level=level_of(region).value,
        place=_place(connection, region),
        contest=contest.key,
        title=contest.title,
        form=form.title,
        election=election.title,
        date=election.date,
        paslon=tuple(paslon.nama for paslon in contest.paslon),
        rows=rows,
        groups=groups,
        totals=add_up(columns, rows),
        missing={row.field: all_of_it.total - all_of_it.counted.get(row.field, 0) for row in rows},
        tps=sum(column.tps for column in columns),
        counted=sum(column.counted for column in columns),
    )


def _desa(
    desk: Desk, region: str, contest: str, rows: tuple[table.Row, ...], names: dict[str, str]
) -> tuple[Group, ...]:
    mine = (standings.c.kecamatan == region) & (standings.c.contest == contest)
    found = desk.connection.execute(select(standings).where(mine).order_by(standings.c.tps))
    groups = []
    for desa, some in groupby(map(standing_of, found), key=lambda standing: standing.tps[:10]):
        columns = tuple(_tps(desk.folder, standing, rows) for standing in some)
        groups.append(Group(desa, names.get(desa, desa), columns, add_up(columns, rows)))
    return tuple(groups)


def _tps(folder: Folder, standing: Standing, rows: tuple[table.Row, ...]) -> Column:
    stated = {row.field: standing.numbers.get(row.field) for row in rows}
    marks: dict[Mark, bool] = {
        "diketik": standing.source == "typed",
        "dikoreksi": standing.state == "corrected",
        "psu": standing.psu != Psu.REGULER,
        "tanpa_hasil": standing.source == "none" and standing.state in DECIDED,
    }
    return Column(
        kode=standing.tps,
        nama=f"TPS {standing.tps[10:]}",
        numbers={name: s.number if s and s.summed else None for name, s in stated.items()},
        tps=1,
        counted=int(standing.source != "none"),
        marks={mark: 1 for mark, holds in marks.items() if holds},
        psu=standing.psu,
    )


def _regions(
    desk: Desk,
    region: str,
    contest: str,
    rows: tuple[table.Row, ...],
    names: dict[str, str],
    below: dict[str, Rollup],
) -> Group:
    locked = locks_that_hold(desk.connection, below, contest)
    columns = tuple(
        _region(kode, sums, names.get(kode, kode), rows, locked.get(kode))
        for kode, sums in below.items()
    )
    return Group(region, "", columns, add_up(columns, rows))


def _region(
    kode: str, sums: Rollup, nama: str, rows: tuple[table.Row, ...], lock: Row[Any] | None
) -> Column:
    numbers = {row.field: sums.sums.get(row.field, 0) for row in rows}
    marks: dict[Mark, int] = {
        "diketik": sums.cara.get("typed", 0),
        "dikoreksi": sums.states.get("corrected", 0),
        "psu": sums.marks.get("psu", 0),
        "tanpa_hasil": sums.marks.get("without", 0),
    }
    return Column(
        kode=kode,
        nama=nama,
        numbers=dict(numbers),
        tps=sums.total,
        counted=sums.arrived,
        marks={mark: count for mark, count in marks.items() if count},
        handed_up=_handed_up(lock, numbers),
    )


def _handed_up(lock: Row[Any] | None, now: Sums) -> Sums:
    """The totals that the plenary below has locked, where they are not those of now."""
    if lock is None:
        return {}
    locked = decode_recap(lock.recap).totals
    return {field: number for field, number in locked.items() if now.get(field, 0) != number}


def _names(connection: Connection, region: str) -> dict[str, str]:
    query = select(wilayah.c.kode, wilayah.c.nama).where(wilayah.c.induk == region)
    return {row.kode: row.nama for row in connection.execute(query)}


def _place(connection: Connection, region: str) -> Place:
    around = [region[:digits] for digits in (2, 4, 6) if len(region) >= digits]
    query = select(wilayah.c.kode, wilayah.c.nama).where(wilayah.c.kode.in_(around))
    names = {row.kode: row.nama for row in connection.execute(query)}
    return Place(*(names.get(kode, kode) for kode in around))


def _label(form: Form, contest: Contest, name: str) -> str:
    if name.startswith("paslon_"):
        nomor = int(name.removeprefix("paslon_"))
        return f"Paslon {nomor}: {contest.paslon[nomor - 1].nama}"
    return form.field(name).label
