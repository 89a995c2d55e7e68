"""Tables of the plenary: what officers say about a TPS or a region, beside what boxes sent.

Rows are added and not changed, except where a column says that it is filled in later.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, SmallInteger, String, Table, Text

from tpscentral.schema.tables import CONTEST, KODE, SHA_HEX, WORDS, metadata, serial

# Every act on a standing: check, correct, reopen, psu, take (a late result), leave (a late result),
# typed (two entries that agree). `body` is JSON and depends on the kind.
acts = Table(
    "acts",
    metadata,
    serial(),
    Column("tps", String(KODE), nullable=False),
    Column("contest", String(CONTEST), nullable=False),
    Column("kind", String(10), nullable=False),
    # kecamatan, kabupaten or provinsi: the plenary in which it was done.
    Column("level", String(10), nullable=False),
    Column("body", Text, nullable=False),
    Column("reason", String(WORDS), nullable=False),
    # Of C.KEJADIAN KHUSUS; needed at kabupaten and above.
    Column("reference", String(WORDS)),
    Column("account", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    # The standing's version that it led to.
    Column("version", Integer, nullable=False),
    Index("acts_by_tps", "tps", "contest", "n"),
)

# Results of boxes that arrived after a correction or a lock.
late_results = Table(
    "late_results",
    metadata,
    Column("result", String(SHA_HEX), primary_key=True),
    Column("contest", String(CONTEST), primary_key=True),
    Column("tps", String(KODE), nullable=False),
    Column("arrived_at", BigInteger, nullable=False),
    # waiting, taken or left; the act that decided, filled in later.
    Column("decision", String(8), nullable=False, server_default="waiting"),
    Column("act", BigInteger),
    Index("late_results_by_tps", "tps", "contest"),
)

# What one person typed from the paper, without seeing what anybody else typed.
entries = Table(
    "entries",
    metadata,
    serial(),
    Column("tps", String(KODE), nullable=False),
    Column("contest", String(CONTEST), nullable=False),
    # blind: beside a box's result; typed: in place of a box that failed.
    Column("kind", String(6), nullable=False),
    Column("numbers", Text, nullable=False),
    # The photo that was attached, for typed ones.
    Column("photo", String(SHA_HEX)),
    Column("account", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    # Entries of one round are compared; a new round begins when somebody asks for it.
    Column("round", SmallInteger, nullable=False),
    Index("entries_by_tps", "tps", "contest", "round"),
)

# D.KEJADIAN KHUSUS DAN/ATAU KEBERATAN SAKSI.
objections = Table(
    "objections",
    metadata,
    serial(),
    Column("region", String(6), nullable=False),
    Column("contest", String(CONTEST), nullable=False),
    Column("tps", String(KODE)),
    # kejadian or keberatan.
    Column("kind", String(10), nullable=False),
    Column("raised_by", String(120), nullable=False),
    Column("text", String(4000), nullable=False),
    Column("account", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    # Filled in when it is settled.
    Column("outcome", String(4000)),
    Column("settled_by", String(64)),
    Column("settled_at", BigInteger),
    Index("objections_by_region", "region", "contest", "n"),
)

# A region's contest, closed by its plenary. The last row of a region and contest says what holds.
locks = Table(
    "locks",
    metadata,
    serial(),
    Column("region", String(6), nullable=False),
    Column("contest", String(CONTEST), nullable=False),
    # JSON, tpscentral.plenary: members who signed, witnesses who signed or refused and why.
    Column("people", Text, nullable=False),
    # JSON, tpscentral.recap.Recap: the totals as they were locked, row by row.
    Column("recap", Text, nullable=False),
    # SHA-256 over `recap`, which the document's signed QR carries.
    Column("digest", String(SHA_HEX), nullable=False),
    # SHA-256 of the PDF; filled in when it is made.
    Column("document", String(SHA_HEX)),
    Column("account", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    # online or bundle: how it came to this centre.
    Column("origin", String(8), nullable=False),
    # Filled in by the level above, when it unlocks or takes over.
    Column("unlocked_by", String(64)),
    Column("unlocked_at", BigInteger),
    Column("unlock_reason", String(WORDS)),
    Column("taken_by", String(64)),
    Column("taken_at", BigInteger),
    Index("locks_by_region", "region", "contest", "n"),
)
