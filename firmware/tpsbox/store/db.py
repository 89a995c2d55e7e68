"""The one SQLite file: opened the same way every time, brought up to date by numbered scripts."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from tpsbox.errors import EnvironmentFault
from tpsbox.store.files import Disk, disk_faults

BUSY_TIMEOUT_MS = 10_000
"""How long one process waits for the other; a commit takes milliseconds even on a slow card."""

BUSY_PAUSE = 0.01
"""Seconds between two tries where SQLite itself does not wait."""

PRAGMAS = {
    "busy_timeout": BUSY_TIMEOUT_MS,
    "journal_mode": "wal",
    "synchronous": 2,  # FULL: with WAL and NORMAL a power cut takes back what was committed
    "foreign_keys": 1,
}

_ADVICE = {
    sqlite3.SQLITE_FULL: "the disk is full: free space on it",
    sqlite3.SQLITE_READONLY: "it is read-only: check the disk and mount it for writing",
    sqlite3.SQLITE_CORRUPT: "it is damaged: keep the card and change to the spare box",
    sqlite3.SQLITE_NOTADB: "it is damaged: keep the card and change to the spare box",
    sqlite3.SQLITE_IOERR: "the disk fails: replace the card",
    sqlite3.SQLITE_BUSY: "another program holds it: stop that one",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: check the folder and its permissions",
}

Parameters = Iterable[object] | dict[str, object]


class Database:
    """One connection to the store's file, safe to share between the threads of a process."""

    def __init__(self, path: Path, disk: Disk) -> None:
        """Open, set the pragmas, migrate.

        Raises:
            EnvironmentFault: the disk is full, read-only or damaged, or the file is of a newer
                program.
        """
        self.path = path
        self._disk = disk
        self._lock = threading.RLock()
        with self._faults():
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            try:
                self._connection.row_factory = sqlite3.Row
                for name, value in PRAGMAS.items():
                    self._set(name, value)
                self._migrate()
            except BaseException:
                self._connection.close()
                raise
        with disk_faults(path):
            disk.sync_folder(path.parent)

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: all of it is on the medium at the end, or none of it ever.

        Raises:
            EnvironmentFault: the disk does not take it.
        """
        with self._lock, self._faults():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._disk.commit(self._connection)
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def query(self, sql: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """All rows of a SELECT or PRAGMA.

        Raises:
            EnvironmentFault: the disk fails.
        """
        with self._lock, self._faults():
            return self._connection.execute(sql, _bind(parameters)).fetchall()

    def changes(self) -> int:
        """A number that differs after another process has committed something."""
        return int(self.query("PRAGMA data_version")[0][0])

    def _set(self, name: str, value: object) -> None:
        """Set a pragma; SQLite does not wait by itself for another that makes a new file WAL."""
        until = time.monotonic() + BUSY_TIMEOUT_MS / 1000
        while True:
            try:
                self._connection.execute(f"PRAGMA {name} = {value}")
                return
            except sqlite3.OperationalError as error:
                busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                if not busy or time.monotonic() >= until:
                    raise
            time.sleep(BUSY_PAUSE)

    def _migrate(self) -> None:
        scripts = _scripts()
        if self._version() == len(scripts):
            return
        with self.transaction() as connection:
            version = self._version()  # again: the other process may have been quicker
            if version > len(scripts):
                raise EnvironmentFault(f"{self.path}: written by a newer program: install that one")
            for script in scripts[version:]:
                for statement in _statements(script):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(scripts)}")

    def _version(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    def _behind(self, code: int) -> int:
        """What SQLite does not say of a file that it cannot open or map: a locked or full disk."""
        try:
            disk = os.statvfs(self.path.parent)
        except OSError:
            return code
        if disk.f_flag & os.ST_RDONLY:
            return sqlite3.SQLITE_READONLY
        return code if disk.f_bavail else sqlite3.SQLITE_FULL

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            with disk_faults(self.path):
                yield
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
            raise  # a mistake in this program, not in the disk
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
            if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN):
                code = self._behind(code)
            advice = _ADVICE.get(code, f"the database says {error}: run tpsbox doctor")
            raise EnvironmentFault(f"{self.path}: {advice}") from error


def _scripts() -> list[str]:
    folder = resources.files("tpsbox.store") / "migrations"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(folder / name).read_text(encoding="utf-8") for name in names]


def _statements(script: str) -> Iterator[str]:
    """The statements of a script one by one: `executescript` would commit in between."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _bind(parameters: Parameters) -> tuple[object, ...] | dict[str, object]:
    return parameters if isinstance(parameters, dict) else tuple(parameters)
