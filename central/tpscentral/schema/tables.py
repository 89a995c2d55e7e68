"""What all tables share: one collection of them, and the lengths of codes and ids."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    }
)
"""Every constraint has a name, so that a migration can speak of it on SQLite and PostgreSQL."""

SHA_HEX = 64
"""Ids are stored as text, 64 hex digits, so that people can search for them."""
KODE = 13
"""Digits of the longest wilayah code: provinsi 2, kab/kota 4, kecamatan 6, desa 10, TPS 13."""
CONTEST = 32
"""Letters of a contest's key in the election file."""
WORDS = 500
"""Letters of what an officer may give as a reason, a name or a note."""


def serial() -> Column[int]:
    """A primary key that counts up in the order of writing."""
    # SQLite counts by itself only for exactly INTEGER.
    return Column("n", BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
