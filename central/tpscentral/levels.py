"""The tiers of the recapitulation and the wilayah codes that belong to them.

PPK in the kecamatan, then KPU kabupaten/kota, then KPU provinsi (Keputusan KPU 597/2020; PPS have
no account). Codes as in Sirekap: provinsi 2 digits, kab/kota 4, kecamatan 6, desa 10, TPS 13.
"""

from __future__ import annotations

from enum import StrEnum

from tpsbox.errors import InputError

CODE_LENGTHS = (2, 4, 6, 10, 13)


class Level(StrEnum):
    """A tier that holds a plenary."""

    KECAMATAN = "kecamatan"
    KABUPATEN = "kabupaten"
    PROVINSI = "provinsi"

    @property
    def digits(self) -> int:
        """Length of the codes of its regions."""
        return {Level.KECAMATAN: 6, Level.KABUPATEN: 4, Level.PROVINSI: 2}[self]

    @property
    def below(self) -> Level | None:
        """The tier that hands up to this one; None below kecamatan, where the TPS are."""
        return {Level.PROVINSI: Level.KABUPATEN, Level.KABUPATEN: Level.KECAMATAN}.get(self)

    @property
    def above(self) -> Level | None:
        """The tier that takes over from this one."""
        return {Level.KECAMATAN: Level.KABUPATEN, Level.KABUPATEN: Level.PROVINSI}.get(self)


def level_of(region: str) -> Level:
    """The tier of a region that holds a plenary.

    Raises:
        InputError: no code of a kecamatan, kab/kota or provinsi.
    """
    for level in Level:
        if len(region) == level.digits and region.isascii() and region.isdigit():
            return level
    raise InputError(f"{region[:20]!r}: no code of a kecamatan, kab/kota or provinsi")


def check_region(region: str) -> str:
    """A wilayah code of any length that there is.

    Raises:
        InputError: not 2, 4, 6, 10 or 13 digits.
    """
    if len(region) in CODE_LENGTHS and region.isascii() and region.isdigit():
        return region
    raise InputError(f"{region[:20]!r}: a wilayah code has 2, 4, 6, 10 or 13 digits")


def within(kode: str, region: str) -> bool:
    """Whether a place lies in a region, or is it; every place lies in the region of no digits."""
    return kode.startswith(region)


def last_level(contest: str) -> Level:
    """Where the recapitulation of a contest ends on this side of KPU RI.

    Votes for bupati or walikota are settled in the kab/kota; gubernur and the national contests
    go on to the provinsi.
    """
    return Level.KABUPATEN if contest in ("bupati", "walikota") else Level.PROVINSI
