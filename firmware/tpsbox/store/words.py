"""What officers said about a number: append-only, so that nobody can unsay it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from tpsbox.errors import InputError
from tpsbox.store.db import Database

WordKind = Literal["confirm", "correct"]


class SpokenWord(msgspec.Struct, frozen=True):
    """`confirm`: this person said "sesuai" to `value`. `correct`: this person typed `value`.

    A value of None is an empty box on paper, which is not zero. `said_at` is in unix seconds.
    """

    id: int
    contest: str
    field: str
    kind: WordKind
    value: int | None
    said_at: float


class Words:
    """The table of words."""

    def __init__(self, db: Database, clock: Callable[[], float]) -> None:
        self._db = db
        self._clock = clock

    def add(self, contest: str, field: str, kind: WordKind, value: int | None) -> int:
        """Keep a word; its id.

        Raises:
            InputError: the value is not 0..999 or None.
            EnvironmentFault: the disk does not take it.
        """
        if value is not None and not 0 <= value <= 999:
            raise InputError(f"{field}: {value} does not fit three boxes")
        with self._db.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO words (contest, field, kind, value, said_at) VALUES (?, ?, ?, ?, ?)",
                (contest, field, kind, value, self._clock()),
            )
        return int(cursor.lastrowid or 0)

    def list(self, contest: str | None = None) -> tuple[SpokenWord, ...]:
        """Every word in the order in which it was said, of one contest or of all."""
        rows = self._db.query(
            "SELECT * FROM words WHERE :contest IS NULL OR contest = :contest ORDER BY id",
            {"contest": contest},
        )
        return tuple(msgspec.convert(dict(row), SpokenWord) for row in rows)
