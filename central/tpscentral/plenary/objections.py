"""Special events and objections of witnesses: D.KEJADIAN KHUSUS DAN/ATAU KEBERATAN SAKSI."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

import msgspec
from sqlalchemy import Row, insert, select, update
from tpsbox.errors import InputError

from tpscentral.levels import level_of
from tpscentral.people.roles import require_see, require_work
from tpscentral.plenary.desk import Desk, check_open, election_at
from tpscentral.plenary.said import RefusedError, said, said_or_none
from tpscentral.plenary.signing import NAME_LIMIT
from tpscentral.schema import contests, objections, standings

TEXT_LIMIT = 4000
Kind = Literal["kejadian", "keberatan"]


class Objection(msgspec.Struct, frozen=True):
    """A row of `objections`; `outcome` is None until it is settled."""

    n: int
    region: str
    contest: str
    tps: str | None
    kind: Kind
    raised_by: str
    text: str
    account: str
    at: int
    outcome: str | None
    settled_by: str | None
    settled_at: int | None


def add_objection(
    desk: Desk,
    region: str,
    contest: str,
    *,
    kind: Kind,
    raised_by: str,
    text: str,
    tps: str | None = None,
) -> Objection:
    """Record an event or an objection raised in the plenary of a region, about a TPS or all.

    Raises:
        InputError: words are missing or too long, or the TPS is not in the region.
        ForbiddenError: not the plenary of this account.
        RefusedError: the plenary is locked, or holds no such contest.
    """
    _require(desk, region, contest)
    if kind not in ("kejadian", "keberatan"):
        raise InputError("Pilih kejadian khusus atau keberatan saksi.")
    tps = said_or_none(tps, "Kode TPS", 13)
    mine = (standings.c.tps == tps) & (standings.c.contest == contest)
    expected = desk.connection.scalar(select(standings.c.tps).where(mine))
    if tps is not None and (not tps.startswith(region) or expected is None):
        raise InputError("TPS ini tidak ada di wilayah pleno ini.")
    values = {
        "region": region,
        "contest": contest,
        "tps": tps,
        "kind": kind,
        "raised_by": said(raised_by, "Nama yang mengajukan", NAME_LIMIT),
        "text": said(text, "Uraian", TEXT_LIMIT),
        "account": desk.account.username,
        "at": desk.now,
    }
    adding = insert(objections).values(**values).returning(objections)
    added = _objection(desk.connection.execute(adding).one())
    _note(desk, "keberatan" if kind == "keberatan" else "kejadian-khusus", added)
    return added


def settle_objection(desk: Desk, n: int, outcome: str) -> Objection:
    """Record what became of it; once only.

    Raises:
        InputError: no words, or too many.
        ForbiddenError: not the plenary of this account.
        RefusedError: there is no such objection, it was settled before, or its plenary is locked.
    """
    row = desk.connection.execute(select(objections).where(objections.c.n == n)).one_or_none()
    if row is None:
        raise RefusedError("Tidak ada keberatan atau kejadian ini.")
    _require(desk, row.region, row.contest)
    values = {
        "outcome": said(outcome, "Penyelesaian", TEXT_LIMIT),
        "settled_by": desk.account.username,
        "settled_at": desk.now,
    }
    open_one = (objections.c.n == n) & objections.c.outcome.is_(None)
    settling = update(objections).where(open_one).values(**values).returning(objections)
    settled = desk.connection.execute(settling).one_or_none()
    if settled is None:
        raise RefusedError("Ini sudah diselesaikan; tulis kejadian baru jika ada lanjutannya.")
    _note(desk, "selesaikan", _objection(settled))
    return _objection(settled)


def objections_of(desk: Desk, region: str, contest: str) -> list[Objection]:
    """All of a region's plenary and of those below it, the first one first.

    Raises:
        ForbiddenError: the account may not look there.
    """
    require_see(desk.account, region)
    mine = objections.c.region.startswith(region) & (objections.c.contest == contest)
    query = select(objections).where(mine).order_by(objections.c.n)
    return [_objection(row) for row in desk.connection.execute(query)]


def _require(desk: Desk, region: str, contest: str) -> None:
    level = level_of(region)
    require_work(desk.account, region, level)
    inside = contests.c.kecamatan.startswith(region) & (contests.c.contest == contest)
    first = desk.connection.scalar(select(contests.c.kecamatan).where(inside).limit(1))
    election_at(desk, first or region, contest, hold=True)
    check_open(desk, region, contest, level)


def _objection(row: Row[Any]) -> Objection:
    return Objection(**row._mapping)


def _note(desk: Desk, action: str, objection: Objection) -> None:
    """With a hash of the row, so that it cannot be changed unseen."""
    sha = hashlib.sha256(msgspec.json.encode(objection, order="sorted")).hexdigest()
    told = {"objection": objection.n, "tps": objection.tps, "sha256": sha}
    desk.note(action, objection.region, objection.contest, told)
