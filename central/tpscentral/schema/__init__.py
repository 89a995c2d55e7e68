"""The tables of the centre, in SQL that SQLite and PostgreSQL share."""

from __future__ import annotations

from tpscentral.schema.boxes import (
    enrolments,
    evidence,
    photos,
    refusals,
    results,
    statuses,
)
from tpscentral.schema.people import accounts, journal, sessions
from tpscentral.schema.plenary import acts, entries, late_results, locks, objections
from tpscentral.schema.standing import rollups, standings
from tpscentral.schema.tables import CONTEST, KODE, SHA_HEX, WORDS, metadata
from tpscentral.schema.wilayah import contests, places, wilayah

__all__ = [
    "CONTEST", "KODE", "SHA_HEX", "WORDS", "accounts", "acts", "contests", "enrolments", "entries",
    "evidence", "journal", "late_results", "locks", "metadata", "objections", "photos", "places",
    "refusals", "results", "rollups", "sessions", "standings", "statuses",
    "wilayah",
]  # fmt: skip
