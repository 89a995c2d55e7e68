"""Tables of people: accounts, their sessions, and the journal of all they saw and did."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, SmallInteger, String, Table

from tpscentral.schema.tables import SHA_HEX, metadata, serial

accounts = Table(
    "accounts",
    metadata,
    Column("username", String(64), primary_key=True),
    Column("name", String(120), nullable=False),
    # ppk, kabupaten, provinsi, observer or admin: see tpscentral.people.roles.
    Column("role", String(12), nullable=False),
    # Where it may look and work: 2, 4, 6, 10 or 13 digits; empty for the administrator.
    Column("region", String(13), nullable=False),
    # argon2id; null until the one-time link was used.
    Column("password", String(200)),
    # Sealed with the centre's own key; null until it was set up.
    Column("totp", LargeBinary),
    # The time step of the last code used: no code counts twice.
    Column("totp_step", BigInteger, nullable=False, server_default="0"),
    # SHA-256 of the token in the one-time link, and until when it holds.
    Column("invitation", String(SHA_HEX)),
    Column("invited_until", BigInteger),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("locked_until", BigInteger, nullable=False, server_default="0"),
    Column("disabled", SmallInteger, nullable=False, server_default="0"),
    Column("created_at", BigInteger, nullable=False),
    Index("accounts_by_invitation", "invitation", unique=True),
)

sessions = Table(
    "sessions",
    metadata,
    # SHA-256 of the cookie's token: who reads the database cannot be anybody.
    Column("token", String(SHA_HEX), primary_key=True),
    Column("username", String(64), nullable=False),
    # password: the second factor is still to come; full.
    Column("stage", String(8), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Index("sessions_by_user", "username"),
)

# Each row's hash covers the row and the hash before it. The database refuses to change or delete.
journal = Table(
    "journal",
    metadata,
    serial(),
    Column("at", BigInteger, nullable=False),
    Column("account", String(64), nullable=False),
    # What was done (lihat, koreksi, kunci ...) and to what: a region, TPS or account.
    Column("action", String(24), nullable=False),
    Column("target", String(80), nullable=False),
    Column("detail", String(4000), nullable=False),
    Column("before", String(SHA_HEX), nullable=False),
    Column("hash", String(SHA_HEX), nullable=False),
    Index("journal_by_account", "account", "n"),
    Index("journal_by_target", "target", "n"),
)
