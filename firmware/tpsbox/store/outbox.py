"""What has to reach the centre and how far each item got; nothing is ever deleted.

queued -> handed (a link took it) -> broker_ack (a broker took it) -> stored | refused | conflict.
Only a verified receipt of the centre makes the last step; `stored` is final.
An open item that a kecamatan took is shown as `at_kecamatan`, and stays due for every link.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from enum import StrEnum

import msgspec

from tpsbox.errors import InputError
from tpsbox.record.receipt import PREFIX_BYTES, RECEIPT_BYTES, ReceiptKind
from tpsbox.record.short_receipt import SHORT_BYTES
from tpsbox.store.backoff import LONGEST_WAIT, wait_after
from tpsbox.store.db import Database

RECEIPT_WAIT = 30.0
"""Seconds until an item without a receipt is due again; doubles with every attempt."""


class ItemKind(StrEnum):
    """What an item is, in the order in which things are sent."""

    RESULT = "result"
    EVIDENCE = "evidence"
    PHOTO = "photo"


class ItemState(StrEnum):
    """How far an item got."""

    QUEUED = "queued"
    HANDED = "handed"
    BROKER_ACK = "broker_ack"
    AT_KECAMATAN = "at_kecamatan"
    """A kecamatan without a network took it; as due as if it had not."""
    STORED = "stored"
    REFUSED = "refused"
    CONFLICT = "conflict"


_ANSWERS = {
    ReceiptKind.STORED: ItemState.STORED,
    ReceiptKind.REFUSED: ItemState.REFUSED,
    ReceiptKind.CONFLICT: ItemState.CONFLICT,
}


class Item(msgspec.Struct, frozen=True):
    """One thing to send: `id` is the SHA-256 of its bytes (32 bytes), `next_at` unix seconds.

    `body` is None for a photo: its bytes are the file of that hash.
    """

    sequence: int
    id: bytes
    kind: ItemKind
    body: bytes | None
    state: ItemState
    attempts: int
    next_at: float
    last_error: str
    receipt: bytes | None


class Summary(msgspec.Struct, frozen=True):
    """Counts of items per kind and state (only those above zero) and the newest result's state."""

    counts: dict[ItemKind, dict[ItemState, int]]
    newest_result: ItemState | None
    last_error: str


class Outbox:
    """The table of items to send. Times are unix seconds, handed in by the caller."""

    def __init__(self, db: Database, random: Callable[[], float]) -> None:
        self._db = db
        self._random = random

    def enqueue(self, id: bytes, kind: ItemKind, body: bytes | None) -> None:
        """Queue an item by its id; one that is already there stays as it is.

        Raises:
            InputError: the id is not 32 bytes, or a body is missing or too much.
            EnvironmentFault: the disk does not take it.
        """
        with self._db.transaction() as connection:
            enqueue(connection, id, kind, body)

    def due(self, now: float, limit: int) -> tuple[Item, ...]:
        """What to send now: results (newest first), then evidence, then photos (oldest first).

        While a result is queued or the newest one is unanswered nothing else is due, and no
        photo while evidence is queued: a thin link is never filled with what can wait. An item
        whose time lies further ahead than any wait was queued under a wrong clock and is due.
        """
        rows = self._db.query(_DUE, {"now": now, "horizon": now + LONGEST_WAIT, "limit": limit})
        return tuple(_item(row) for row in rows)

    def due_result(self, now: float) -> Item | None:
        """The newest result if it is to be sent now: all that a link is given that is dear."""
        rows = self._db.query(
            "SELECT * FROM outbox"
            " WHERE sequence = (SELECT max(sequence) FROM outbox WHERE kind = 'result')"
            " AND state IN ('queued', 'handed', 'broker_ack')"
            " AND (next_at <= :now OR next_at > :horizon)",
            {"now": now, "horizon": now + LONGEST_WAIT},
        )
        return _item(rows[0]) if rows else None

    def unsigned(self) -> tuple[Item, ...]:
        """The results with no more than a short receipt, the newest first: worth asking again."""
        rows = self._db.query(
            "SELECT * FROM outbox WHERE kind = 'result' AND length(receipt) = ?"
            " ORDER BY sequence DESC",
            (SHORT_BYTES,),
        )
        return tuple(_item(row) for row in rows)

    def hand(self, id: bytes, now: float) -> None:
        """A link took the item; without a receipt it is due again after a while."""
        with self._db.transaction() as connection:
            row = _open_row(connection, id)
            if row is not None:
                attempts = row["attempts"] + 1
                connection.execute(
                    "UPDATE outbox SET state = 'handed', attempts = ?, next_at = ? WHERE id = ?",
                    (attempts, now + self._receipt_wait(attempts), id),
                )

    def broker_ack(self, id: bytes, now: float) -> None:
        """A broker took the item, which proves nothing; the wait for the receipt starts."""
        with self._db.transaction() as connection:
            row = _open_row(connection, id)
            if row is not None and row["state"] == ItemState.HANDED:
                connection.execute(
                    "UPDATE outbox SET state = 'broker_ack', next_at = ? WHERE id = ?",
                    (now + self._receipt_wait(row["attempts"]), id),
                )

    def fail(self, id: bytes, error: str, now: float) -> None:
        """The item did not get through; it is due again after a growing wait (2 s .. 5 min)."""
        with self._db.transaction() as connection:
            row = _open_row(connection, id)
            if row is not None:
                connection.execute(
                    "UPDATE outbox SET state = 'queued', last_error = ?, next_at = ? WHERE id = ?",
                    (error, now + wait_after(row["attempts"], self._random), id),
                )

    def recall(self, *, taken: bool = False) -> None:
        """What was handed to a link that is gone is due at once; call when a link opens.

        `taken`: also what its broker took, for a receipt that cannot come on another link.
        """
        states = "('handed', 'broker_ack')" if taken else "('handed')"
        with self._db.transaction() as connection:
            connection.execute(
                f"UPDATE outbox SET state = 'queued', next_at = 0 WHERE state IN {states}"
            )

    def store_receipt(self, id: bytes, kind: ReceiptKind, receipt: bytes) -> None:
        """The centre's answer, already verified against the whole id; `stored` is never undone.

        A signed answer takes the place of a short one that said the same.

        Raises:
            InputError: no such item.
            EnvironmentFault: the disk does not take it.
        """
        with self._db.transaction() as connection:
            row = connection.execute(
                "SELECT state, length(receipt) AS size FROM outbox WHERE id = ?", (id,)
            ).fetchone()
            if row is None:
                raise InputError(f"receipt for {id.hex()}: this box never sent that")
            better = row["size"] == SHORT_BYTES and len(receipt) == RECEIPT_BYTES
            if row["state"] != ItemState.STORED or (better and kind is ReceiptKind.STORED):
                connection.execute(
                    "UPDATE outbox SET state = ?, receipt = ? WHERE id = ?",
                    (_ANSWERS[kind], receipt, id),
                )

    def take_kecamatan_receipt(self, id: bytes, receipt: bytes) -> None:
        """A kecamatan has the item; its receipt is already verified against the whole id.

        The item stays due, and one that the centre has answered stays as it is.

        Raises:
            InputError: no such item.
            EnvironmentFault: the disk does not take it.
        """
        with self._db.transaction() as connection:
            if connection.execute("SELECT 1 FROM outbox WHERE id = ?", (id,)).fetchone() is None:
                raise InputError(f"receipt for {id.hex()}: this box never sent that")
            connection.execute(
                "INSERT INTO at_kecamatan (id, receipt) VALUES (?, ?)"
                " ON CONFLICT (id) DO UPDATE SET receipt = excluded.receipt",
                (id, receipt),
            )

    def get(self, id: bytes) -> Item | None:
        """The item of that id."""
        rows = self._db.query(f"{_SHOWN} WHERE outbox.id = ?", (id,))
        return _item(rows[0]) if rows else None

    def by_prefix(self, prefix: bytes) -> tuple[bytes, ...]:
        """The whole ids that begin with the 8 bytes of a receipt."""
        rows = self._db.query(
            "SELECT id FROM outbox WHERE substr(id, 1, ?) = ?", (PREFIX_BYTES, prefix)
        )
        return tuple(row["id"] for row in rows)

    def list(self) -> tuple[Item, ...]:
        """Every item in the order of queueing."""
        return tuple(_item(row) for row in self._db.query(f"{_SHOWN} ORDER BY sequence"))

    def last_sequence(self) -> int:
        """A number that grows with every new item."""
        return int(self._db.query("SELECT coalesce(max(sequence), 0) FROM outbox")[0][0])

    def summary(self) -> Summary:
        """How many items are where, for people and lights."""
        counts: dict[ItemKind, dict[ItemState, int]] = {kind: {} for kind in ItemKind}
        for row in self._db.query(f"SELECT kind, shown, count(*) FROM ({_SHOWN}) GROUP BY 1, 2"):
            counts[ItemKind(row[0])][ItemState(row[1])] = row[2]
        newest = self._db.query(f"{_SHOWN} WHERE kind = 'result' ORDER BY sequence DESC LIMIT 1")
        state = ItemState(newest[0]["shown"]) if newest else None
        return Summary(counts, state, newest[0]["last_error"] if newest else "")

    def _receipt_wait(self, attempts: int) -> float:
        return wait_after(attempts, self._random, first=RECEIPT_WAIT)


def enqueue(connection: sqlite3.Connection, id: bytes, kind: ItemKind, body: bytes | None) -> None:
    """Queue an item within the caller's transaction; one that is already there stays as it is.

    Raises:
        InputError: the id is not 32 bytes, or a body is missing or too much.
    """
    if len(id) != 32 or (kind is ItemKind.PHOTO) != (body is None):
        raise InputError(f"{kind} {id.hex()[:64]}: 32 bytes of id and, but for photos, a body")
    connection.execute(
        "INSERT INTO outbox (id, kind, body) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
        (id, kind, body),
    )


_SHOWN = """
SELECT outbox.*, CASE
    WHEN state IN ('queued', 'handed', 'broker_ack') AND at_kecamatan.id IS NOT NULL
    THEN 'at_kecamatan' ELSE state END AS shown
FROM outbox LEFT JOIN at_kecamatan ON at_kecamatan.id = outbox.id
"""

_DUE = """
WITH
open AS (
    SELECT sequence, state, next_at,
        CASE kind WHEN 'result' THEN 0 WHEN 'evidence' THEN 1 ELSE 2 END AS rank
    FROM outbox WHERE state IN ('queued', 'handed', 'broker_ack')
),
gate AS (
    SELECT min(
        coalesce((SELECT min(rank) FROM open WHERE state = 'queued'), 2),
        coalesce((
            SELECT CASE WHEN state IN ('queued', 'handed', 'broker_ack') THEN 0 ELSE 2 END
            FROM outbox WHERE kind = 'result' ORDER BY sequence DESC LIMIT 1
        ), 2)
    ) AS highest
),
chosen AS (
    SELECT sequence, rank, CASE rank WHEN 0 THEN -sequence ELSE sequence END AS turn
    FROM open, gate
    WHERE rank <= highest AND (next_at <= :now OR next_at > :horizon)
    ORDER BY rank, turn
    LIMIT :limit
)
SELECT outbox.* FROM chosen JOIN outbox USING (sequence) ORDER BY rank, turn
"""


def _open_row(connection: sqlite3.Connection, id: bytes) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        "SELECT state, attempts FROM outbox"
        " WHERE id = ? AND state IN ('queued', 'handed', 'broker_ack')",
        (id,),
    ).fetchone()
    return row


def _item(row: sqlite3.Row) -> Item:
    plain = dict(row)
    plain["state"] = plain.pop("shown", plain["state"])
    return msgspec.convert(plain, Item, builtin_types=(bytes,))
