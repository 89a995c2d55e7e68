"""Tables of what counts: one row for each TPS and contest, and its sums by kecamatan."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
)

from tpscentral.schema.tables import CONTEST, KODE, SHA_HEX, metadata

# A row exists from the moment its TPS is expected; with nothing in, its state is waiting.
standings = Table(
    "standings",
    metadata,
    Column("tps", String(KODE)),
    Column("contest", String(CONTEST)),
    Column("kecamatan", String(6), nullable=False),
    # waiting, in, review, broken, checked, corrected: see tpscentral.standing.
    Column("state", String(10), nullable=False, server_default="waiting"),
    # none, box or typed: where the numbers come from.
    Column("source", String(6), nullable=False, server_default="none"),
    # The result of a box that they rest on; a later one is flagged, not taken.
    Column("result", String(SHA_HEX)),
    Column("closed", SmallInteger, nullable=False, server_default="0"),
    # JSON {field: [number or null, state]}: what counts now, after all corrections.
    Column("numbers", Text),
    # JSON [rule]: rules of the form that these numbers break.
    Column("broken", Text),
    # reguler, ulang-hitung, ulang, susulan-hitung, susulan, lanjutan: see tpscentral.psu.
    Column("psu", String(16), nullable=False, server_default="reguler"),
    # online, tertunda, radio, kecamatan: the four ways that KPU names; typed: none of them.
    Column("cara", String(10)),
    # Results that arrived after a correction or a lock and wait for an officer.
    Column("flagged", SmallInteger, nullable=False, server_default="0"),
    Column("arrived_at", BigInteger),
    # Counts every change; a form carries the one that it was made from.
    Column("version", Integer, nullable=False, server_default="0"),
    PrimaryKeyConstraint("tps", "contest"),
    Index("standings_by_state", "kecamatan", "contest", "state"),
    Index("standings_by_arrival", "contest", "arrived_at"),
)

# Sums of a kecamatan, made anew from its standings when `stale` is set and somebody looks.
rollups = Table(
    "rollups",
    metadata,
    Column("kecamatan", String(6)),
    Column("contest", String(CONTEST)),
    Column("stale", SmallInteger, nullable=False, server_default="1"),
    # JSON, tpscentral.rollup.Rollup: sums by field, TPS by state and by way.
    Column("body", Text, nullable=False, server_default="{}"),
    PrimaryKeyConstraint("kecamatan", "contest"),
    Index("rollups_by_contest", "contest", "kecamatan"),
)
