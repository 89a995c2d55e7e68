"""Results and their numbers: a number is committed before it is used and never given twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import msgspec

from tpsbox.errors import AnswerError
from tpsbox.record.signing import record_id
from tpsbox.store.db import Database
from tpsbox.store.outbox import ItemKind, enqueue
from tpsbox.store.photos import Photos

LAST_NUMBER = 65_535
"""The record has 16 bits for it."""


class Result(msgspec.Struct, frozen=True):
    """A signed record as this box keeps it; `id` is its SHA-256, `made_at` unix seconds."""

    id: bytes
    epoch: int
    number: int
    record: bytes
    made_at: float


class Results:
    """The table of results; adding one also puts all it needs into the outbox."""

    def __init__(self, db: Database, photos: Photos, clock: Callable[[], float]) -> None:
        self._db = db
        self._photos = photos
        self._clock = clock

    def reserve(self, epoch: int) -> int:
        """The next number of this epoch, from 1; it is used up even if no result follows.

        Raises:
            AnswerError: all numbers of this epoch are used.
            EnvironmentFault: the disk does not take it.
        """
        with self._db.transaction() as connection:
            row = connection.execute(
                "SELECT last FROM numbers WHERE epoch = ?", (epoch,)
            ).fetchone()
            number = 1 if row is None else int(row["last"]) + 1
            if number > LAST_NUMBER:
                raise AnswerError(f"epoch {epoch}: all result numbers are used: enrol a new epoch")
            connection.execute(
                "INSERT INTO numbers (epoch, last) VALUES (?, ?)"
                " ON CONFLICT (epoch) DO UPDATE SET last = excluded.last",
                (epoch, number),
            )
        return number

    def add_result(
        self,
        record: bytes,
        *,
        number: int,
        epoch: int,
        evidence: Sequence[bytes] = (),
        photos: Sequence[str] = (),
    ) -> bytes:
        """Keep a record and queue it, the evidence of its sheets (CBOR) and its photos; the id.

        All in one transaction. What the outbox already has is not queued again, and adding the
        same record again changes nothing.

        Raises:
            AnswerError: the number was not reserved or carries another record, or a photo was
                not kept.
            EnvironmentFault: the disk does not take it; then none of it is kept.
        """
        for sha in photos:
            if not self._photos.has(sha):
                raise AnswerError(f"photo {sha}: not in this box; keep it before the result")
        id = record_id(record)
        with self._db.transaction() as connection:
            if not _is_free(self._db, id, epoch, number):
                return id
            connection.execute(
                "INSERT INTO results (id, epoch, number, record, made_at) VALUES (?, ?, ?, ?, ?)",
                (id, epoch, number, record, self._clock()),
            )
            enqueue(connection, id, ItemKind.RESULT, record)
            for leaf in evidence:
                enqueue(connection, hashlib.sha256(leaf).digest(), ItemKind.EVIDENCE, leaf)
            for sha in photos:
                enqueue(connection, bytes.fromhex(sha), ItemKind.PHOTO, None)
        return id

    def newest(self) -> Result | None:
        """The result that holds: the highest (epoch, number), None before the first."""
        rows = self._db.query("SELECT * FROM results ORDER BY epoch DESC, number DESC LIMIT 1")
        return Result(**dict(rows[0])) if rows else None

    def list(self) -> tuple[Result, ...]:
        """Every result, the oldest first."""
        rows = self._db.query("SELECT * FROM results ORDER BY epoch, number")
        return tuple(Result(**dict(row)) for row in rows)


def _is_free(db: Database, id: bytes, epoch: int, number: int) -> bool:
    """Whether the number may take this record; False if it already carries the same one."""
    last = db.query("SELECT last FROM numbers WHERE epoch = ?", (epoch,))
    if not last or not 1 <= number <= last[0]["last"]:
        raise AnswerError(f"result number {number} of epoch {epoch}: reserve it first")
    taken = db.query(
        "SELECT id FROM results WHERE id = ? OR (epoch = ? AND number = ?)", (id, epoch, number)
    )
    if not taken:
        return True
    if [row["id"] for row in taken] != [id]:
        raise AnswerError(f"result number {number} of epoch {epoch}: taken by another record")
    return False
