"""Tables of what boxes are and send, as it arrived: nothing here is ever changed by an officer."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
)

from tpscentral.schema.tables import CONTEST, KODE, SHA_HEX, metadata, serial

enrolments = Table(
    "enrolments",
    metadata,
    Column("tps", String(KODE)),
    Column("epoch", SmallInteger),
    Column("package", String(8), nullable=False),
    Column("public_key", String(64), nullable=False),
    Column("agreement_key", String(64), nullable=False),
    Column("serial", String(40), nullable=False),
    Column("enrolled_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tps", "epoch"),
    UniqueConstraint("public_key"),
)

results = Table(
    "results",
    metadata,
    Column("id", String(SHA_HEX), primary_key=True),
    Column("tps", String(KODE), nullable=False),
    Column("epoch", SmallInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("package", String(8), nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    # The link on which it came first: mqtt, lorawan or bundle.
    Column("via", String(10), nullable=False),
    # newest: counts. superseded: an older one. conflict: came second under a used number.
    Column("state", String(10), nullable=False),
    # What became of the reading of the record: waiting, done, or unreadable (signed, yet not to
    # be decoded). Receipts do not wait for it.
    Column("tally", String(10), nullable=False, server_default="waiting"),
    ForeignKeyConstraint(["tps", "epoch"], ["enrolments.tps", "enrolments.epoch"]),
    Index("results_by_number", "tps", "epoch", "number"),
    Index("results_by_state", "state", "tps"),
    Index("results_to_tally", "tally", "received_at"),
)

evidence = Table(
    "evidence",
    metadata,
    Column("sha", String(SHA_HEX), primary_key=True),
    # Counts the arrivals of its TPS: an order without trusting any clock.
    Column("arrival", Integer, nullable=False),
    Column("tps", String(KODE), nullable=False),
    Column("contest", String(CONTEST), nullable=False),
    Column("page", SmallInteger, nullable=False),
    Column("photo", String(SHA_HEX)),
    Column("body", LargeBinary, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Index("evidence_by_sheet", "tps", "contest", "page"),
)

photos = Table(
    "photos",
    metadata,
    Column("tps", String(KODE)),
    Column("sha", String(SHA_HEX)),
    Column("path", String(80), nullable=False),
    Column("size", Integer, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tps", "sha"),
    Index("photos_by_sha", "sha"),
)

refusals = Table(
    "refusals",
    metadata,
    serial(),
    Column("tps", String(KODE), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("id", String(SHA_HEX), nullable=False),
    Column("code", String(10), nullable=False),
    Column("reason", String(300), nullable=False),
    Column("refused_at", BigInteger, nullable=False),
    Index("refusals_by_tps", "tps", "n"),
)

statuses = Table(
    "statuses",
    metadata,
    Column("tps", String(KODE), primary_key=True),
    Column("word", String(10), nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)
