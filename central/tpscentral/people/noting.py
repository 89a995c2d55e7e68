"""Notes of what many people look at, at the same time: one transaction for all who wait.

Each row of the journal stands on the one before, so rows are written one after the other; a
transaction for each would let every page wait for the disk in turn.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from tpscentral.database import Database
from tpscentral.people.journal import Note, check_note, write_all


@dataclass(eq=False)
class _Waiting:
    """A note and what became of it."""

    note: Note
    done: bool = False
    error: Exception | None = None


class Notes:
    """Writes to the journal for all threads of a process."""

    def __init__(self, database: Database) -> None:
        """Write to that database."""
        self._database = database
        self._pending: list[_Waiting] = []
        self._lock, self._turn = threading.Lock(), threading.Lock()

    def add(self, note: Note) -> None:
        """Write a note; it is on the disk when this returns.

        Raises:
            EnvironmentFault: the database does not take it.
            InputError: a word of it is too long.
        """
        check_note(note)  # alone: it spoils nobody else's
        mine = _Waiting(note)
        with self._lock:
            self._pending.append(mine)
        with self._turn:
            # Whoever had the turn before may have written this one with its own.
            if not mine.done:
                self._write()
        if mine.error is not None:
            raise mine.error

    def _write(self) -> None:
        with self._lock:
            batch, self._pending = self._pending, []
        error: Exception | None = None
        try:
            with self._database.write() as connection:
                write_all(connection, [waiting.note for waiting in batch])
        except Exception as fault:  # each who waits for it is told
            error = fault
        for waiting in batch:
            waiting.done, waiting.error = True, error
