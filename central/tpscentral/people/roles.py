"""Who may see and do what: the one place where it is decided.

The accounts of Sirekap Web are those of PPK, KPU kabupaten/kota and KPU provinsi (Keputusan KPU
597/2020; PPS have none); Bawaslu and witnesses look on. An account is bound to a wilayah code, and
sees and touches nothing outside it. The administrator keeps accounts and changes no number.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec
from tpsbox.errors import AnswerError, InputError

from tpscentral.levels import CODE_LENGTHS, Level, within


class Role(StrEnum):
    """What an account is for."""

    PPK = "ppk"
    KABUPATEN = "kabupaten"
    PROVINSI = "provinsi"
    OBSERVER = "observer"
    ADMIN = "admin"


_LEVELS = {
    Role.PPK: Level.KECAMATAN,
    Role.KABUPATEN: Level.KABUPATEN,
    Role.PROVINSI: Level.PROVINSI,
}


class ForbiddenError(AnswerError):
    """This account may not do that; the message is for its user, in Indonesian."""


class Account(msgspec.Struct, frozen=True):
    """Somebody who has come in. `region` is a wilayah code, empty for the administrator."""

    username: str
    name: str
    role: Role
    region: str

    @property
    def level(self) -> Level | None:
        """The plenary in which this account works; None for those who only look."""
        return _LEVELS.get(self.role)


def check_role_region(role: Role, region: str) -> str:
    """The region, if an account of that role can be bound to it.

    Raises:
        InputError: the code has the wrong length for the role; in Indonesian.
    """
    if role is Role.ADMIN:
        if region:
            raise InputError("administrator tidak terikat wilayah; kosongkan wilayahnya")
        return region
    level = _LEVELS.get(role)
    lengths = CODE_LENGTHS if level is None else (level.digits,)
    if len(region) not in lengths or not (region.isascii() and region.isdigit()):
        wanted = ", ".join(str(length) for length in lengths)
        raise InputError(f"{region[:20]!r}: kode wilayah untuk peran ini {wanted} angka")
    return region


def may_see(account: Account, kode: str) -> bool:
    """Whether the account may look at a region or TPS; the code "" is the whole country."""
    if account.role is Role.ADMIN:
        return True
    # An account without a region would lie around everything: only the administrator's may.
    return bool(account.region) and within(kode, account.region)


def may_work(account: Account, kode: str, level: Level) -> bool:
    """Whether the account may change what lies at `kode` in the plenary of that level.

    Locks and take-overs are not looked at here: they say when, this says who.
    """
    return account.level is level and may_see(account, kode)


def require_see(account: Account, kode: str) -> None:
    """Do nothing if the account may look at a place.

    Raises:
        ForbiddenError: it may not.
    """
    if not may_see(account, kode):
        raise ForbiddenError("Wilayah ini di luar wilayah akun Anda.")


def require_work(account: Account, kode: str, level: Level) -> None:
    """Do nothing if the account may change a place in the plenary of that level.

    Raises:
        ForbiddenError: it lies elsewhere, or the account is not of that level.
    """
    require_see(account, kode)
    if not may_work(account, kode, level):
        raise ForbiddenError(f"Akun Anda tidak berwenang mengubah data di pleno {level}.")


def require_admin(account: Account) -> None:
    """Do nothing if the account is an administrator's.

    Raises:
        ForbiddenError: it is not.
    """
    if account.role is not Role.ADMIN:
        raise ForbiddenError("Halaman ini hanya untuk administrator.")
