"""Officers of the simulated day: their accounts, and plenaries of the kecamatan that are done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random

from sqlalchemy import Connection, select
from tpsbox.forms.election import Election
from tpsbox.forms.model import Form

from tpscentral.database import Database
from tpscentral.folder import Folder
from tpscentral.people import accounts
from tpscentral.people.accounts import NewAccount
from tpscentral.people.passwords import hash_password
from tpscentral.people.roles import Account, Role
from tpscentral.plenary.deciding import check, correct, doubtful, state_no_result
from tpscentral.plenary.desk import Desk
from tpscentral.plenary.locks import lock_region
from tpscentral.plenary.signing import Member, Signing, Witness
from tpscentral.schema import standings
from tpscentral.standing import Standing, Stated, standing_of

MISREAD = 0.2
"""Share of doubtful numbers that the plenary finds to be others (as `tpsbox.simulator.results`)."""
NAMES = (
    "Ahmad Fauzi", "Siti Rahmah", "Budi Santoso", "Nurul Hidayah", "Muhammad Yusuf", "Dewi Lestari",
    "Hendra Wijaya", "Rina Marlina", "Syahrul Ramadhan", "Fitriani", "Agus Salim", "Kartini",
)  # fmt: skip
"""Everyday names; none of them is anybody's."""
REASON = "Angka di C.HASIL dibaca ulang di depan saksi"


def accounts_of(election: Election) -> list[NewAccount]:
    """One account for each plenary of a region, an observer and an administrator."""
    region = election.region
    if region is None:
        return []
    provinsi, kabupaten = region.kode[:2], region.kode
    made = [
        NewAccount("admin", "Administrator", Role.ADMIN, ""),
        NewAccount(f"provinsi.{provinsi}", f"KPU {region.provinsi}", Role.PROVINSI, provinsi),
        NewAccount(f"kabupaten.{kabupaten}", f"KPU {region.nama}", Role.KABUPATEN, kabupaten),
        NewAccount(f"saksi.{kabupaten}", "Saksi dan Bawaslu", Role.OBSERVER, kabupaten),
    ]
    return made + [
        NewAccount(f"ppk.{one.kode}", f"PPK {one.nama}", Role.PPK, one.kode)
        for one in region.kecamatan
    ]


def make_accounts(
    connection: Connection, new: Iterable[NewAccount], password: str, now: int
) -> None:
    """Make accounts that all have one password: for training alone."""
    hashed = hash_password(password)
    for one in new:
        accounts.create(connection, one, now)
        accounts.set_password(connection, one.username, hashed)


class Plenaries:
    """Plays the plenary of whole kecamatan."""

    def __init__(
        self, folder: Folder, database: Database, election: Election, dice: Random
    ) -> None:
        self._folder, self._database = folder, database
        self._election, self._dice = election, dice

    def hold(self, kecamatan: str, now: int) -> None:
        """Decide every TPS of a kecamatan in every contest, then lock.

        Raises:
            AnswerError: something stands in the way, which is left to people.
            EnvironmentFault: the database cannot take it.
        """
        account = Account(f"ppk.{kecamatan}", "PPK", Role.PPK, kecamatan)
        for contest, form in self._election.forms.items():
            for standing in self._standings(kecamatan, contest):
                with self._database.write() as connection:
                    self._decide(Desk(connection, self._folder, account, now), standing, form)
            with self._database.write() as connection:
                desk = Desk(connection, self._folder, account, now)
                lock_region(desk, kecamatan, contest, self._signing(form.paslon))

    def _standings(self, kecamatan: str, contest: str) -> list[Standing]:
        mine = (standings.c.kecamatan == kecamatan) & (standings.c.contest == contest)
        with self._database.read() as connection:
            rows = connection.execute(select(standings).where(mine).order_by(standings.c.tps))
            return [standing_of(row) for row in rows]

    def _decide(self, desk: Desk, standing: Standing, form: Form) -> None:
        tps, contest, version = standing.tps, standing.contest, standing.version
        if standing.source == "none":
            reason = "Tidak ada C.HASIL yang diterima sampai pleno"
            state_no_result(desk, tps, contest, version=version, reason=reason)
            return
        doubts = doubtful(form, standing.numbers)
        changed = self._corrections(standing.numbers, doubts)
        seen = [name for name in doubts if name not in changed]
        rules = [rule.name for rule in form.rules]
        if changed:
            correct(
                desk, tps, contest, changed, version=version, reason=REASON,
                confirmed=seen, acknowledged=rules,
            )  # fmt: skip
        else:
            check(desk, tps, contest, version=version, confirmed=seen, acknowledged=rules)

    def _corrections(
        self, numbers: Mapping[str, Stated], doubts: Iterable[str]
    ) -> dict[str, int | None]:
        changed: dict[str, int | None] = {}
        for name in doubts:
            number = numbers[name].number
            if number is None or self._dice.random() < MISREAD:
                changed[name] = max(0, (number or 0) + self._dice.choice((1, 2, 10)))
        return changed

    def _signing(self, paslon: int) -> Signing:
        names = self._dice.sample(NAMES, 6)
        witnesses = [
            Witness(nomor, self._dice.choice(NAMES), "signed") for nomor in range(1, paslon + 1)
        ]
        if self._dice.random() < 0.3:
            reason = "Menunggu hasil pencocokan dengan salinan milik saksi"
            witnesses[-1] = Witness(paslon, self._dice.choice(NAMES), "refused", reason)
        members = tuple(Member(name, True) for name in names[:5])
        return Signing(members, tuple(witnesses), names[5])
