"""What was photographed: one row a press, committed before anything reads the photo."""

from __future__ import annotations

import sqlite3
from typing import Literal

import msgspec

from tpsbox.errors import InputError
from tpsbox.record.statement import Clock
from tpsbox.store.db import Database

SheetKind = Literal["sheet", "attachment"]
SheetStatus = Literal["taken", "read", "rejected"]


class Sheet(msgspec.Struct, frozen=True):
    """One press: `photo` is the hash in hex, `taken_at` unix seconds of the quality `clock`.

    `taken`: kept, not read yet. `read`: `contest`, `form`, `page` are known, `reading` is JSON.
    `rejected`: `reason` says why. `sharpness` and `evidence` (CBOR) are None until known.
    """

    id: int
    photo: str
    kind: SheetKind
    contest: str | None
    form: str | None
    page: int | None
    sharpness: float | None
    taken_at: float
    clock: Clock
    status: SheetStatus
    reason: str
    reading: bytes | None
    evidence: bytes | None


class Sheets:
    """The table of photographed sheets and attachments."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add_photo(
        self, photo: str, taken_at: float, clock: Clock, kind: SheetKind = "sheet"
    ) -> int:
        """Write down that a kept photo (SHA-256 in hex) was taken; the row's id.

        Raises:
            EnvironmentFault: the disk does not take it.
        """
        with self._db.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO sheets (photo, kind, taken_at, clock, status)"
                " VALUES (?, ?, ?, ?, 'taken')",
                (photo, kind, taken_at, int(clock)),
            )
        return int(cursor.lastrowid or 0)

    def set_reading(
        self,
        id: int,
        *,
        contest: str,
        form: str,
        page: int,
        reading: bytes,
        evidence: bytes | None = None,
        sharpness: float | None = None,
    ) -> None:
        """What the machine read (JSON) and its evidence (CBOR); replaces an earlier reading.

        Raises:
            InputError: no such row.
            EnvironmentFault: the disk does not take it.
        """
        self._update(
            "UPDATE sheets SET status = 'read', reason = '', contest = :contest, form = :form,"
            " page = :page, reading = :reading, evidence = :evidence, sharpness = :sharpness"
            " WHERE id = :id",
            {
                "id": id,
                "contest": contest,
                "form": form,
                "page": page,
                "reading": reading,
                "evidence": evidence,
                "sharpness": sharpness,
            },
        )

    def reject(self, id: int, reason: str, sharpness: float | None = None) -> None:
        """The photo cannot be read, and why; it is kept all the same.

        Raises:
            InputError: no such row.
            EnvironmentFault: the disk does not take it.
        """
        self._update(
            "UPDATE sheets SET status = 'rejected', reason = :reason, sharpness = :sharpness"
            " WHERE id = :id",
            {"id": id, "reason": reason, "sharpness": sharpness},
        )

    def get(self, id: int) -> Sheet:
        """The row of that id.

        Raises:
            InputError: no such row.
        """
        rows = self._db.query("SELECT * FROM sheets WHERE id = ?", (id,))
        if not rows:
            raise InputError(f"sheet {id}: no such photo in this box")
        return _sheet(rows[0])

    def list(
        self,
        contest: str | None = None,
        page: int | None = None,
        *,
        kind: SheetKind | None = None,
        status: SheetStatus | None = None,
    ) -> tuple[Sheet, ...]:
        """Every row, in the order of the presses; each argument given narrows the choice.

        `status="taken"` finds what a cut left unread.
        """
        rows = self._db.query(
            "SELECT * FROM sheets WHERE (:contest IS NULL OR contest = :contest)"
            " AND (:page IS NULL OR page = :page) AND (:kind IS NULL OR kind = :kind)"
            " AND (:status IS NULL OR status = :status) ORDER BY id",
            {"contest": contest, "page": page, "kind": kind, "status": status},
        )
        return tuple(_sheet(row) for row in rows)

    def _update(self, sql: str, parameters: dict[str, object]) -> None:
        with self._db.transaction() as connection:
            if connection.execute(sql, parameters).rowcount != 1:
                raise InputError(f"sheet {parameters['id']}: no such photo in this box")


def _sheet(row: sqlite3.Row) -> Sheet:
    return msgspec.convert(dict(row), Sheet, builtin_types=(bytes,))
