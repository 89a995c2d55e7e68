"""How the voting at a TPS was held: the words that Sirekap publishes with every result."""

from __future__ import annotations

from enum import StrEnum


class Psu(StrEnum):
    """The `psu` state of a TPS and contest."""

    REGULER = "reguler"
    ULANG_HITUNG = "ulang-hitung"
    ULANG = "ulang"
    SUSULAN_HITUNG = "susulan-hitung"
    SUSULAN = "susulan"
    LANJUTAN = "lanjutan"

    @property
    def words(self) -> str:
        """As in Sirekap's public data."""
        return _WORDS[self]

    @property
    def voids(self) -> bool:
        """Whether the numbers of before no longer count: the votes are cast or counted anew."""
        return self in (Psu.ULANG, Psu.ULANG_HITUNG)


_WORDS = {
    Psu.REGULER: "Reguler",
    Psu.ULANG_HITUNG: "Penghitungan Suara Ulang",
    Psu.ULANG: "Pemungutan Suara Ulang",
    Psu.SUSULAN_HITUNG: "Penghitungan Suara Susulan",
    Psu.SUSULAN: "Pemungutan Suara Susulan",
    Psu.LANJUTAN: "Pemungutan Suara Lanjutan",
}
