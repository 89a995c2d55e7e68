"""The desk of a plenary: who acts, when, on which TPS, and whether the tiers allow it now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, select
from tpsbox.forms.election import Election
from tpsbox.forms.model import Form

from tpscentral.database import claim
from tpscentral.folder import Folder
from tpscentral.levels import Level, last_level
from tpscentral.locking import is_locked, is_taken
from tpscentral.people import journal
from tpscentral.people.roles import Account, require_see, require_work
from tpscentral.plenary.said import RefusedError
from tpscentral.schema import contests
from tpscentral.standing import OvertakenError, Standing, load_standing


@dataclass(frozen=True)
class Desk:
    """Within one transaction: an account that acts or looks, at a time in unix seconds."""

    connection: Connection
    folder: Folder
    account: Account
    now: int

    def note(self, action: str, kode: str, contest: str, told: dict[str, Any]) -> None:
        """Write into the journal what the account does at a region or TPS."""
        detail = msgspec.json.encode(told).decode()
        target = f"{kode}/{contest}"
        journal.write(self.connection, self.account.username, action, target, detail, self.now)


@dataclass(frozen=True)
class Work:
    """A TPS and contest that the account of the desk may change in the plenary of `level`."""

    desk: Desk
    standing: Standing
    form: Form
    level: Level


def election_at(desk: Desk, kode: str, contest: str, *, hold: bool = False) -> Election:
    """The election whose sheets of a contest are used in the kecamatan around `kode`.

    With `hold` no region above it is locked or unlocked until the transaction ends.

    Raises:
        RefusedError: the contest is not held there.
    """
    mine = (contests.c.kecamatan == kode[:6]) & (contests.c.contest == contest)
    query = select(contests.c.package).where(mine)
    # SQLite has one writer at a time and leaves the clause out.
    package = desk.connection.scalar(query.with_for_update(read=True) if hold else query)
    election = desk.folder.elections.get(bytes.fromhex(package)) if package else None
    if election is None:
        raise RefusedError("Pemilihan ini tidak diselenggarakan di wilayah ini.")
    return election


def hold_region(desk: Desk, region: str, contest: str) -> tuple[str, ...]:
    """The kecamatan of a region that hold the contest; no act on their TPS comes between.

    Raises:
        RefusedError: there are none.
    """
    table = contests.c
    mine = (table.contest == contest) & table.kecamatan.startswith(region)
    query = select(table.kecamatan).where(mine).order_by(table.kecamatan).with_for_update()
    found = tuple(desk.connection.scalars(query))
    if not found:
        raise RefusedError("Pemilihan ini tidak diselenggarakan di wilayah ini.")
    return found


def look_at(desk: Desk, tps: str, contest: str) -> tuple[Standing, Form]:
    """What counts for a TPS now, for an account that may look at it.

    Raises:
        ForbiddenError: it lies elsewhere.
        RefusedError: no such TPS or contest is expected there.
    """
    require_see(desk.account, tps)
    form = election_at(desk, tps, contest).form_of(contest)
    return _standing(desk, tps, contest), form


def open_work(desk: Desk, tps: str, contest: str, version: int | None = None) -> Work:
    """A TPS for an account that may change it now; `version` is the one its form was made from.

    Raises:
        ForbiddenError: another region or the wrong role.
        RefusedError: a lock is in the way, or no such TPS or contest is expected.
        OvertakenError: somebody else has changed it since.
    """
    level = require_level(desk, tps)
    # Before anything is read: who changes the same TPS, box or officer, comes before or after.
    claim(desk.connection, [tps])
    form = election_at(desk, tps, contest, hold=True).form_of(contest)
    check_open(desk, tps, contest, level)
    standing = _standing(desk, tps, contest)
    if version is not None and standing.version != version:
        raise OvertakenError(
            f"TPS {tps} baru saja diubah orang lain; lihat lagi sebelum menyimpan."
        )
    return Work(desk, standing, form, level)


def require_level(desk: Desk, tps: str) -> Level:
    """The level on which the account may change a TPS, locks apart.

    Raises:
        ForbiddenError: another region or the wrong role.
    """
    level = desk.account.level or Level.KECAMATAN
    require_work(desk.account, tps, level)
    return level


def check_open(desk: Desk, kode: str, contest: str, level: Level) -> None:
    """Do nothing if the plenary of `level` may work on what lies at `kode` now.

    Raises:
        RefusedError: it or one above is locked, or the one below is not locked and taken over.
    """
    if level is Level.PROVINSI and last_level(contest) is not Level.PROVINSI:
        raise RefusedError("Pemilihan ini direkapitulasi sampai kabupaten/kota saja.")
    for own in Level:
        if own.digits <= level.digits and is_locked(desk.connection, kode[: own.digits], contest):
            raise RefusedError(f"Rekapitulasi {own} sudah dikunci.")
    below = level.below
    if below is None or len(kode) < below.digits:
        return
    if not is_locked(desk.connection, kode[: below.digits], contest):
        raise RefusedError(f"Pleno {below} belum dikunci.")
    if not is_taken(desk.connection, kode[: below.digits], contest):
        raise RefusedError(f"Hasil pleno {below} belum diambil alih.")


def _standing(desk: Desk, tps: str, contest: str) -> Standing:
    standing = load_standing(desk.connection, tps, contest)
    if standing is None:
        raise RefusedError("TPS ini tidak ada dalam daftar TPS.")
    return standing
