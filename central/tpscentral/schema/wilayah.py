"""Tables of the ground: regions, the TPS that are expected, and which contests run where."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, SmallInteger, String, Table

from tpscentral.schema.tables import CONTEST, KODE, metadata

# Provinsi to desa; `tingkat` as in Sirekap: 1 provinsi, 2 kabupaten/kota, 3 kecamatan, 4 desa.
wilayah = Table(
    "wilayah",
    metadata,
    Column("kode", String(10), primary_key=True),
    Column("induk", String(10)),
    Column("tingkat", SmallInteger, nullable=False),
    Column("nama", String(120), nullable=False),
    Column("tps", Integer, nullable=False),
    Index("wilayah_by_induk", "induk", "kode"),
)

# A contest in a kecamatan: which election package says how its sheets look there.
contests = Table(
    "contests",
    metadata,
    Column("kecamatan", String(6)),
    Column("contest", String(CONTEST)),
    Column("package", String(8), nullable=False),
    PrimaryKeyConstraint("kecamatan", "contest"),
)

# Every TPS that must report, known before any box is enrolled.
places = Table(
    "places",
    metadata,
    Column("tps", String(KODE), primary_key=True),
    Column("kecamatan", String(6), nullable=False),
    Index("places_by_kecamatan", "kecamatan", "tps"),
)
