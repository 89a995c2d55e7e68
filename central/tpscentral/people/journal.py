"""The journal: every view and change, each row chained to the one before by its hash.

A row's hash is SHA-256 over the JSON array [n, at, account, action, target, detail, before] in
UTF-8 without spaces. Rows count from 1 without gaps. What the rows alone cannot show is that the
last ones were cut off: therefore the head goes into the minutes of every plenary.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, insert, select, text
from tpsbox.errors import InputError

from tpscentral.schema import journal

SYSTEM = "(pusat)"
"""Whose acts the commands at the centre's own machine are; no account can be named so."""
FIRST = "0" * 64
"""The hash before the first row."""
ACTION_LETTERS = 24
TARGET_LETTERS = 80
DETAIL_LETTERS = 4000
# Any number that no other lock of this database uses: "tpsjrnl" in ASCII.
_PG_LOCK = int.from_bytes(b"tpsjrnl")
_BATCH = 1000
_COLUMNS = ("n", "at", "account", "action", "target", "detail", "before", "hash")


class Entry(msgspec.Struct, frozen=True):
    """A row of the journal."""

    n: int
    at: int
    account: str
    action: str
    target: str
    detail: str
    before: str
    hash: str


class Note(msgspec.Struct, frozen=True):
    """A row to be written: when, who, what was done, to what, and in which words."""

    at: int
    account: str
    action: str
    target: str
    detail: str


class Head(msgspec.Struct, frozen=True):
    """The last row of the journal: whoever knows it can tell whether any row up to it changed."""

    n: int
    hash: str


class Break(msgspec.Struct, frozen=True):
    """The first row that is not as it was written; `reason` in plain English."""

    n: int
    reason: str


def check_note(note: Note) -> None:
    """Do nothing if a note fits into the journal.

    Raises:
        InputError: one of its words is too long.
    """
    limits = ((note.action, ACTION_LETTERS), (note.target, TARGET_LETTERS))
    for words, limit in (*limits, (note.detail, DETAIL_LETTERS)):
        if len(words) > limit:
            raise InputError(f"journal: {words[:20]!r}... is longer than {limit} letters")


def write(
    connection: Connection, account: str, action: str, target: str, detail: str, now: int
) -> Head:
    """Add a row within the caller's transaction, which must be a writing one.

    On PostgreSQL the rest of the transaction keeps all others from writing to the journal: write
    it last, and commit.

    Raises:
        InputError: a word is too long for the journal; nothing is ever cut off.
    """
    return write_all(connection, [Note(now, account, action, target, detail)])


def write_all(connection: Connection, notes: Sequence[Note]) -> Head:
    """Add rows in their order, as `write` does; the result is the last."""
    for note in notes:
        check_note(note)
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PG_LOCK})
    last = head(connection)
    rows = []
    for note in notes:
        before, n = last.hash, last.n + 1
        values = (n, note.at, note.account, note.action, note.target, note.detail, before)
        last = Head(n, _hash(*values))
        rows.append(dict(zip(_COLUMNS, (*values, last.hash), strict=True)))
    if rows:
        connection.execute(insert(journal), rows)
    return last


def head(connection: Connection) -> Head:
    """The last row; of an empty journal number 0 and the hash before the first."""
    query = select(journal.c.n, journal.c.hash).order_by(journal.c.n.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return Head(0, FIRST) if row is None else Head(row.n, row.hash)


def verify(connection: Connection) -> Head | Break:
    """Go through all rows: the head if each is as it was written, else the first that is not."""
    last = Head(0, FIRST)
    for entry in entries(connection):
        if entry.n != last.n + 1:
            return Break(last.n + 1, f"is missing; the next row there is number {entry.n}")
        if entry.before != last.hash:
            return Break(entry.n, "does not follow from the row before it")
        if entry.hash != _hash(*msgspec.structs.astuple(entry)[:-1]):
            return Break(entry.n, "was changed after it was written")
        last = Head(entry.n, entry.hash)
    return last


def holds(connection: Connection, known: Head) -> bool:
    """Whether a row still has the hash that somebody wrote down."""
    if known.n == 0:
        return known.hash == FIRST
    query = select(journal.c.hash).where(journal.c.n == known.n)
    return connection.scalar(query) == known.hash


def entries(connection: Connection, after: int = 0) -> Iterator[Entry]:
    """All rows with numbers above `after`, oldest first; never all of them in memory."""
    while True:
        query = select(journal).where(journal.c.n > after).order_by(journal.c.n).limit(_BATCH)
        rows = connection.execute(query).all()
        for row in rows:
            yield _entry(row)
        if len(rows) < _BATCH:
            return
        after = rows[-1].n


def newest(
    connection: Connection, *, region: str = "", below: int | None = None, limit: int = 100
) -> list[Entry]:
    """The newest rows about a region and what lies in it, newest first.

    `below` gives those before a row, for the next page; the region "" is everything.
    """
    query = select(journal).order_by(journal.c.n.desc()).limit(limit)
    if region:
        query = query.where(_about(region))
    if below is not None:
        query = query.where(journal.c.n < below)
    return [_entry(row) for row in connection.execute(query)]


def by_account(connection: Connection, account: str, limit: int) -> list[Entry]:
    """The newest rows of what an account did, newest first."""
    query = select(journal).where(journal.c.account == account).order_by(journal.c.n.desc())
    return [_entry(row) for row in connection.execute(query.limit(limit))]


def _about(region: str) -> ColumnElement[bool]:
    # The range goes through the index on both engines, and in every collation digits come before
    # letters; the prefix then says it exactly. A region is digits: nothing in it to be escaped.
    target = journal.c.target
    return (target >= region) & (target < region + "a") & target.like(region + "%")


def _hash(*values: int | str) -> str:
    return hashlib.sha256(msgspec.json.encode(values)).hexdigest()


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        row.n, row.at, row.account, row.action, row.target, row.detail, row.before, row.hash
    )
