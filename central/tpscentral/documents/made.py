"""Which documents this centre has made: the journal knows them by their hash."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, select

from tpscentral.schema import journal

MADE = "dokumen"
"""The journal's word for the making of a document."""


def made_here(connection: Connection, region: str, contest: str, sha: str) -> bool:
    """Whether this centre has made a document of that hash for a region's contest."""
    mine = (journal.c.target == f"{region}/{contest}") & (journal.c.action == MADE)
    told = connection.scalars(select(journal.c.detail).where(mine))
    return any(msgspec.json.decode(detail).get("sha256") == sha for detail in told)
