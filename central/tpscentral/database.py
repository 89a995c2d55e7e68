"""The centre's database, SQLite or PostgreSQL: what is committed is on the disk.

SQLite lets one transaction write at a time. PostgreSQL lets many; those who take in results claim
the TPS that they touch (`claim`), all other changes are told apart by the version of a row.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from psycopg import Error as PsycopgError
from psycopg import IsolationLevel
from sqlalchemy import Connection, Engine, Table, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError, SQLAlchemyError
from tpsbox.errors import EnvironmentFault, UsageError

from tpscentral.migrations import check_version, migrate

BUSY_MS = 10_000
PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # In WAL mode only FULL keeps a committed transaction through a power cut.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {BUSY_MS}",
)
POSTGRESQL = "postgresql+psycopg"
CONNECT_SECONDS = 10
WRITES = "tps_writes"
"""Execution option of connections that may write."""
POOL = 5
"""Connections that readers keep open, and writers; twice as many for a moment."""
FRESH_SECONDS = 2.0
"""A connection that was in use so short a time ago is not asked whether it still lives."""


class Database:
    """Transactions on the centre's database; safe to share between threads."""

    def __init__(self, place: str | Path) -> None:
        """Open a SQLite file by its path, or PostgreSQL by its URL.

        A SQLite file is made if there is none, and brought up to date. A PostgreSQL database has
        its tables from `tpscentral init` or `tpscentral migrate`.

        Raises:
            UsageError: the URL is not of PostgreSQL.
            AnswerError: PostgreSQL has older or newer tables than this program.
            EnvironmentFault: it cannot be opened or written.
        """
        self._open(place)
        if self.is_sqlite:
            self.migrate()
        else:
            with self.read() as connection:
                check_version(connection)

    def _open(self, place: str | Path) -> None:
        # Readers of PostgreSQL have connections of their own, which were told once what they are;
        # to tell a connection anew for each page cost more than the page's questions.
        engine = _sqlite(place) if isinstance(place, Path) else _postgresql(place, reads=False)
        self._writing = engine.execution_options(**{WRITES: True})
        self._reading = engine if isinstance(place, Path) else _postgresql(place, reads=True)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of this machine alone."""
        return self._reading.dialect.name == "sqlite"

    def migrate(self) -> None:
        """Make the tables, or bring them up to date.

        Raises:
            AnswerError: a newer program has made them.
            EnvironmentFault: the database does not take it.
        """
        with self.write() as connection:
            migrate(connection)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may write, committed at the end of the block.

        On SQLite it is the only one that writes.

        Raises:
            EnvironmentFault: the database cannot take it (disk full, locked, damaged, away).
        """
        with _faults(), self._writing.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database and writes nothing.

        Raises:
            EnvironmentFault: the database cannot be read.
        """
        with _faults(), self._reading.connect() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections; an open transaction is given up."""
        self._reading.dispose()
        self._writing.dispose()

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def migrated(place: str | Path) -> Database:
    """Open a database, with its tables made or brought up to date on either engine.

    Raises:
        As `Database`.
    """
    database = Database.__new__(Database)
    database._open(place)
    database.migrate()
    return database


def may_write(connection: Connection) -> bool:
    """Whether the connection is one of `Database.write`."""
    return bool(connection.get_execution_options().get(WRITES))


def insert_missing(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insertion that passes over rows whose key is there already."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def claim(connection: Connection, tps: Iterable[str]) -> None:
    """Keep others who claim any of these TPS waiting until the transaction ends.

    What is no code of a TPS is passed over: nobody else works on it.

    On SQLite nobody else writes anyway. PostgreSQL has room for 6,400 claims at a time unless
    max_locks_per_transaction is raised.
    """
    if connection.dialect.name == "sqlite":
        return
    # In one order for everybody, so that no two wait for each other.
    keys = sorted({int(kode) for kode in tps if kode.isascii() and kode.isdigit()})
    query = text("SELECT pg_advisory_xact_lock(k) FROM unnest(CAST(:keys AS bigint[])) AS k")
    connection.execute(query, {"keys": keys})


def _sqlite(path: Path) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)))
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _postgresql(place: str, *, reads: bool) -> Engine:
    try:
        url = make_url(place)
    except ArgumentError as error:
        # The text itself may hold a password.
        raise UsageError(f"database: {_URL_WANTED}") from error
    if url.get_backend_name() != "postgresql":
        raise UsageError(f"database: {_URL_WANTED}, not {url.get_backend_name()[:20]}")
    engine = create_engine(
        url.set(drivername=POSTGRESQL),
        pool_size=POOL,
        max_overflow=POOL,
        connect_args={"connect_timeout": CONNECT_SECONDS},
    )
    if reads:
        event.listen(engine, "connect", _reads_only)
    event.listen(engine, "checkin", _used)
    event.listen(engine, "checkout", _lives)
    return engine


_URL_WANTED = "its URL must be like postgresql://user:password@host/name"


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error)
        raise EnvironmentFault(f"database: {cause.splitlines()[0] if cause else error}") from error


def _reads_only(connection: Any, _record: object) -> None:
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.read_only = True


def _used(_connection: object, record: Any) -> None:
    record.info["used"] = time.monotonic()


def _lives(connection: Any, record: Any, _proxy: object) -> None:
    """A server that was restarted has closed what the pool holds; the pool then makes a new one."""
    if time.monotonic() - record.info.get("used", time.monotonic()) < FRESH_SECONDS:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except PsycopgError as error:
        raise DisconnectionError from error


def _prepare(connection: Any, _record: object) -> None:
    # The driver would begin transactions by its own rules; ours are begun in _begin.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Connection) -> None:
    mode = "IMMEDIATE" if may_write(connection) else "DEFERRED"
    connection.exec_driver_sql(f"BEGIN {mode}")
