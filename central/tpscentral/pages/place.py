"""Where a page stands: a region or TPS and a contest, checked against who looks."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, select
from starlette.exceptions import HTTPException
from tpsbox.forms.election import Contest, Election
from tpsbox.forms.model import Form

from tpscentral.folder import Folder
from tpscentral.levels import CODE_LENGTHS, Level, level_of, within
from tpscentral.people.roles import Account, require_see
from tpscentral.schema import contests
from tpscentral.wilayah import region_names

ALL = "semua"
"""In addresses the whole centre, whose code is empty."""


class Crumb(NamedTuple):
    """A region around the place, as it is named on top of the page."""

    kode: str
    name: str


class Place(msgspec.Struct, frozen=True):
    """A region or TPS, and one of the contests that are held there.

    `crumbs` lead from the largest region that the account may see down to the place itself.
    """

    kode: str
    contest: Contest
    election: Election
    contests: tuple[Contest, ...]
    crumbs: tuple[Crumb, ...]

    @property
    def name(self) -> str:
        """The place in words."""
        return self.crumbs[-1].name

    @property
    def part(self) -> str:
        """The place as it stands in addresses."""
        return self.kode or ALL

    @property
    def level(self) -> Level | None:
        """The plenary of the region; None for the whole centre, a desa or a TPS."""
        return level_of(self.kode) if len(self.kode) in (2, 4, 6) else None

    @property
    def region(self) -> str | None:
        """The smallest region around it with a list of its own that the account may see."""
        seen = [crumb.kode for crumb in self.crumbs if len(crumb.kode) <= 6]
        return (seen[-1] or ALL) if seen else None

    @property
    def form(self) -> Form:
        """The form of the contest there."""
        return self.election.form_of(self.contest.key)

    @property
    def label(self) -> str:
        """The place with what it is: Kecamatan PULAU LAUT UTARA."""
        kinds = {2: "Provinsi", 4: "Kabupaten/Kota", 6: "Kecamatan", 10: "Desa/Kelurahan"}
        return f"{kinds.get(len(self.kode), '')} {self.name}".strip()


def open_place(
    connection: Connection, folder: Folder, account: Account, kode: str, contest: str | None
) -> Place:
    """The place of an address, for an account that may look at it; the first contest by default.

    Raises:
        HTTPException: 404, there is no such place or contest.
        ForbiddenError: it lies outside of the account's region.
    """
    kode = "" if kode == ALL else kode
    if kode and (len(kode) not in CODE_LENGTHS or not (kode.isascii() and kode.isdigit())):
        raise HTTPException(404, "Tidak ada wilayah dengan kode itu.")
    require_see(account, kode)
    held = contests_at(connection, folder, kode)
    if not held:
        raise HTTPException(404, "Tidak ada pemilihan di wilayah itu.")
    key = contest or next(iter(held))
    if key not in held:
        raise HTTPException(404, "Pemilihan itu tidak diselenggarakan di wilayah ini.")
    return Place(
        kode=kode,
        contest=held[key].contest_of(key),
        election=held[key],
        contests=tuple(election.contest_of(each) for each, election in held.items()),
        crumbs=_crumbs(connection, account, kode),
    )


def contests_at(connection: Connection, folder: Folder, kode: str) -> dict[str, Election]:
    """The contests held in a region by key, each with the first election that has it there.

    In the order of the election files.
    """
    table = contests.c
    here = table.kecamatan.between(kode[:6].ljust(6, "0"), kode[:6].ljust(6, "9"))
    query = select(table.contest, table.package).where(here).distinct()
    rows = {(row.contest, row.package) for row in connection.execute(query)}
    held: dict[str, Election] = {}
    for package, election in folder.elections.items():
        for contest in election.contest:
            if (contest.key, package.hex()) in rows:
                held.setdefault(contest.key, election)
    return held


def _crumbs(connection: Connection, account: Account, kode: str) -> tuple[Crumb, ...]:
    around = [kode[:digits] for digits in CODE_LENGTHS[:4] if digits <= len(kode)]
    names = region_names(connection, around)
    crumbs = [Crumb("", "Semua wilayah")] if not account.region else []
    # An account of a desa or TPS sees the names around it, yet no page of them.
    crumbs += [
        Crumb(each, names.get(each, each)) for each in around if within(each, account.region)
    ]
    if len(kode) == CODE_LENGTHS[-1] or not crumbs:
        crumbs.append(Crumb(kode, f"TPS {kode[10:]}" if len(kode) == 13 else kode))
    return tuple(crumbs)
