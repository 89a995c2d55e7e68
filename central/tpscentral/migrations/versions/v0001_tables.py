"""All tables as they were first, and a journal that refuses to be changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REFUSAL = "the journal is only added to"
SQLITE_GUARDS = tuple(
    f"CREATE TRIGGER journal_keeps_{act} BEFORE {act} ON journal "
    f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for act in ("update", "delete")
)
POSTGRESQL_GUARDS = (
    "CREATE FUNCTION journal_keeps() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$",
    "CREATE TRIGGER journal_keeps BEFORE UPDATE OR DELETE OR TRUNCATE ON journal "
    "FOR EACH STATEMENT EXECUTE FUNCTION journal_keeps()",
)


def upgrade() -> None:
    """Make the tables and the journal's guards."""
    _wilayah()
    _boxes()
    _standing()
    _plenary()
    _people()
    sqlite = op.get_bind().dialect.name == "sqlite"
    for guard in SQLITE_GUARDS if sqlite else POSTGRESQL_GUARDS:
        op.execute(guard)


def _wilayah() -> None:
    op.create_table(
        "wilayah",
        sa.Column("kode", sa.String(length=10), nullable=False),
        sa.Column("induk", sa.String(length=10)),
        sa.Column("tingkat", sa.SmallInteger(), nullable=False),
        sa.Column("nama", sa.String(length=120), nullable=False),
        sa.Column("tps", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kode", name="wilayah_pkey"),
    )
    op.create_index("wilayah_by_induk", "wilayah", ["induk", "kode"])
    op.create_table(
        "contests",
        sa.Column("kecamatan", sa.String(length=6), nullable=False),
        sa.Column("contest", sa.String(length=32), nullable=False),
        sa.Column("package", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("kecamatan", "contest", name="contests_pkey"),
    )
    op.create_table(
        "places",
        sa.Column("tps", sa.String(length=13), nullable=False),
        sa.Column("kecamatan", sa.String(length=6), nullable=False),
        sa.PrimaryKeyConstraint("tps", name="places_pkey"),
    )
    op.create_index("places_by_kecamatan", "places", ["kecamatan", "tps"])


def _boxes() -> None:
    op.create_table(
        "enrolments",
        sa.Column("tps", sa.String(length=13), nullable=False),
        sa.Column("epoch", sa.SmallInteger(), nullable=False),
        sa.Column("package", sa.String(length=8), nullable=False),
        sa.Column("public_key", sa.String(length=64), nullable=False),
        sa.Column("agreement_key", sa.String(length=64), nullable=False),
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("enrolled_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tps", "epoch", name="enrolments_pkey"),
        sa.UniqueConstraint("public_key", name="enrolments_public_key_key"),
    )
    op.create_table(
        "results",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tps", sa.String(length=13), nullable=False),
        sa.Column("epoch", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("package", sa.String(length=8), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("via", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tally", sa.String(length=10), server_default="waiting", nullable=False),
        sa.ForeignKeyConstraint(
            ["tps", "epoch"], ["enrolments.tps", "enrolments.epoch"], name="results_tps_epoch_fkey"
        ),
        sa.PrimaryKeyConstraint("id", name="results_pkey"),
    )
    op.create_index("results_by_number", "results", ["tps", "epoch", "number"])
    op.create_index("results_by_state", "results", ["state", "tps"])
    op.create_index("results_to_tally", "results", ["tally", "received_at"])
    op.create_table(
        "evidence",
        sa.Column("sha", sa.String(length=64), nullable=False),
        sa.Column("arrival", sa.Integer(), nullable=False),
        sa.Column("tps", sa.String(length=13), nullable=False),
        sa.Column("contest", sa.String(length=32), nullable=False),
        sa.Column("page", sa.SmallInteger(), nullable=False),
        sa.Column("photo", sa.String(length=64)),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha", name="evidence_pkey"),
    )
    op.create_index("evidence_by_sheet", "evidence", ["tps", "contest", "page"])
    op.create_table(
        "photos",
        sa.Column("tps", sa.String(length=13), nullable=False),
        sa.Column("sha", sa.String(length=64), nullable=False),
        sa.Column("path", sa.String(length=80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tps", "sha", name="photos_pkey"),
    )
    op.create_index("photos_by_sha", "photos", ["sha"])
    op.create_table(
        "refusals",
        sa.Column("n", SERIAL, nullable=False),
        sa.Column("tps", sa.String(length=13), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("refused_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("n", name="refusals_pkey"),
    )
    op.create_index("refusals_by_tps", "refusals", ["tps", "n"])
    op.create_table(
        "statuses",
        sa.Column("tps", sa.String(length=13), nullable=False),
        sa.Column("word", sa.String(length=10), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tps", name="statuses_pkey"),
    )


def _standing() -> None:
    op.create_table(
        "standings",
        sa.Column("tps", sa.String(length=13), nullable=False),
        sa.Column("contest", sa.String(length=32), nullable=False),
        sa.Column("kecamatan", sa.String(length=6), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="waiting", nullable=False),
        sa.Column("source", sa.String(length=6), server_default="none", nullable=False),
        sa.Column("result", sa.String(length=64)),
        sa.Column("closed", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("numbers", sa.Text()),
        sa.Column("broken", sa.Text()),
        sa.Column("psu", sa.String(length=16), server_default="reguler", nullable=False),
        sa.Column("cara", sa.String(length=10)),
        sa.Column("flagged", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("arrived_at", sa.BigInteger()),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("tps", "contest", name="standings_pkey"),
    )
    op.create_index("standings_by_arrival", "standings", ["contest", "arrived_at"])
    op.create_index("standings_by_state", "standings", ["kecamatan", "contest", "state"])
    op.create_table(
        "rollups",
        sa.Column("kecamatan", sa.String(length=6), nullable=False),
        sa.Column("contest", sa.String(length=32), nullable=False),
        sa.Column("stale", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("body", sa.Text(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("kecamatan", "contest", name="rollups_pkey"),
    )
    op.create_index("rollups_by_contest", "rollups", ["contest", "kecamatan"])


def _plenary() -> None:
    op.create_table(
        "acts",
        sa.Column("n", SERIAL, nullable=False),
        sa.Column("tps", sa.String(length=13), nullable=False),
        sa.Column("contest", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("reference", sa.String(length=500)),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("n", name="acts_pkey"),
    )
    op.create_index("acts_by_tps", "acts", ["tps", "contest", "n"])
    op.create_table(
        "late_results",
        sa.Column("result", sa.String(length=64), nullable=False),
        sa.Column("contest", sa.String(length=32), nullable=False),
        sa.Column("tps", sa.String(length=13), nullable=False),
        sa.Column("arrived_at", sa.BigInteger(), nullable=False),
        sa.Column("decision", sa.String(length=8), server_default="waiting", nullable=False),
        sa.Column("act", sa.BigInteger()),
        sa.PrimaryKeyConstraint("result", "contest", name="late_results_pkey"),
    )
    op.create_index("late_results_by_tps", "late_results", ["tps", "contest"])
    op.create_table(
        "entries",
        sa.Column("n", SERIAL, nullable=False),
        sa.Column("tps", sa.String(length=13), nullable=False),
        sa.Column("contest", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("numbers", sa.Text(), nullable=False),
        sa.Column("photo", sa.String(length=64)),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("n", name="entries_pkey"),
    )
    op.create_index("entries_by_tps", "entries", ["tps", "contest", "round"])
    op.create_table(
        "objections",
        sa.Column("n", SERIAL, nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("contest", sa.String(length=32), nullable=False),
        sa.Column("tps", sa.String(length=13)),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("raised_by", sa.String(length=120), nullable=False),
        sa.Column("text", sa.String(length=4000), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=4000)),
        sa.Column("settled_by", sa.String(length=64)),
        sa.Column("settled_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("n", name="objections_pkey"),
    )
    op.create_index("objections_by_region", "objections", ["region", "contest", "n"])
    op.create_table(
        "locks",
        sa.Column("n", SERIAL, nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("contest", sa.String(length=32), nullable=False),
        sa.Column("people", sa.Text(), nullable=False),
        sa.Column("recap", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("document", sa.String(length=64)),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.String(length=8), nullable=False),
        sa.Column("unlocked_by", sa.String(length=64)),
        sa.Column("unlocked_at", sa.BigInteger()),
        sa.Column("unlock_reason", sa.String(length=500)),
        sa.Column("taken_by", sa.String(length=64)),
        sa.Column("taken_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("n", name="locks_pkey"),
    )
    op.create_index("locks_by_region", "locks", ["region", "contest", "n"])


def _people() -> None:
    op.create_table(
        "accounts",
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=13), nullable=False),
        sa.Column("password", sa.String(length=200)),
        sa.Column("totp", sa.LargeBinary()),
        sa.Column("totp_step", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("invitation", sa.String(length=64)),
        sa.Column("invited_until", sa.BigInteger()),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("disabled", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("username", name="accounts_pkey"),
    )
    op.create_index("accounts_by_invitation", "accounts", ["invitation"], unique=True)
    op.create_table(
        "sessions",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("stage", sa.String(length=8), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token", name="sessions_pkey"),
    )
    op.create_index("sessions_by_user", "sessions", ["username"])
    op.create_table(
        "journal",
        sa.Column("n", SERIAL, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.Column("detail", sa.String(length=4000), nullable=False),
        sa.Column("before", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("n", name="journal_pkey"),
    )
    op.create_index("journal_by_account", "journal", ["account", "n"])
    op.create_index("journal_by_target", "journal", ["target", "n"])
