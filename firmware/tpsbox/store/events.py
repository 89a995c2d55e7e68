"""The audit log: append-only, every row bound by SHA-256 to the one before, the first to the TPS.

hash = SHA-256(previous hash + JSON array [n, time, name, data]); before row 1 stands
SHA-256(b"tps-box/events/1" + NUL + the 13 digits of the TPS). The chain shows a changed or
missing row in the middle; a cut-off end shows by comparing `head` with one written down earlier.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable

import msgspec

from tpsbox.errors import AnswerError
from tpsbox.store.db import Database

EVENTS_CONTEXT = b"tps-box/events/1\0"

EventData = dict[str, str | int | float | bool | None]


class Event(msgspec.Struct, frozen=True):
    """One row: `n` counts from 1 without gaps, `time` in unix seconds by the box's clock."""

    n: int
    time: float
    name: str
    data: EventData
    hash: bytes


class Events:
    """The log of one box at one TPS."""

    def __init__(self, db: Database, clock: Callable[[], float], tps: Callable[[], str]) -> None:
        """`tps` gives the 13 digits of this box; it may raise while there are none."""
        self._db = db
        self._clock = clock
        self._tps = tps

    def add(self, name: str, data: EventData | None = None) -> Event:
        """Write an event down; never put a secret into `data`.

        Raises:
            AnswerError: the box belongs to no TPS yet.
            EnvironmentFault: the disk does not take it.
        """
        words = data or {}
        text = msgspec.json.encode(words, order="deterministic").decode()
        with self._db.transaction() as connection:
            last = connection.execute(
                "SELECT n, hash FROM events ORDER BY n DESC LIMIT 1"
            ).fetchone()
            n, previous = (last["n"] + 1, last["hash"]) if last else (1, self._genesis())
            time = float(self._clock())
            hash = _link(previous, n, time, name, text)
            connection.execute(
                "INSERT INTO events (n, time, name, data, previous, hash)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (n, time, name, text, previous, hash),
            )
        return Event(n, time, name, words, hash)

    def list(self, after: int = 0) -> tuple[Event, ...]:
        """The events behind row `after`, the oldest first."""
        rows = self._db.query("SELECT * FROM events WHERE n > ? ORDER BY n", (after,))
        return tuple(_event(row) for row in rows)

    def head(self) -> tuple[int, bytes]:
        """Number and hash of the last row; (0, the hash that stands before row 1) if none."""
        rows = self._db.query("SELECT n, hash FROM events ORDER BY n DESC LIMIT 1")
        return (rows[0]["n"], rows[0]["hash"]) if rows else (0, self._genesis())

    def verify(self) -> int:
        """How many rows there are, after checking the chain from the TPS to the last one.

        Raises:
            AnswerError: the first row that does not follow from the one before.
        """
        expected = self._genesis()
        count = 0
        for row in self._db.query("SELECT * FROM events ORDER BY n"):
            count += 1
            hash = _link(expected, count, row["time"], row["name"], row["data"])
            if (row["n"], row["previous"], row["hash"]) != (count, expected, hash):
                raise AnswerError(f"audit log: row {count} was changed, or is missing")
            expected = hash
        return count

    def _genesis(self) -> bytes:
        return hashlib.sha256(EVENTS_CONTEXT + self._tps().encode()).digest()


def _link(previous: bytes, n: int, time: float, name: str, data: str) -> bytes:
    return hashlib.sha256(previous + msgspec.json.encode([n, time, name, data])).digest()


def _event(row: sqlite3.Row) -> Event:
    data = msgspec.json.decode(row["data"], type=EventData)
    return Event(row["n"], row["time"], row["name"], data, row["hash"])
