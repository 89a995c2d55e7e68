"""The centre's database: one writer at a time, and what is committed is on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from tpsbox.errors import EnvironmentFault

from tpscentral.schema import metadata

BUSY_MS = 10_000
PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # In WAL mode only FULL keeps a committed transaction through a power cut.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {BUSY_MS}",
)


class Database:
    """Transactions on the centre's database; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Open the file, a new one if there is none, and make the tables that are missing.

        Raises:
            EnvironmentFault: it cannot be opened or written.
        """
        self._engine = create_engine(URL.create("sqlite", database=str(path)))
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "begin", _begin)
        with self.write() as connection:
            metadata.create_all(connection)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is alone in writing, committed at the end of the block.

        Raises:
            EnvironmentFault: the database cannot take it (disk full, locked, damaged).
        """
        with _faults(), self._engine.execution_options(begin="IMMEDIATE").begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database and writes nothing.

        Raises:
            EnvironmentFault: the database cannot be read.
        """
        with _faults(), self._engine.connect() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections; an open transaction is given up."""
        self._engine.dispose()


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        raise EnvironmentFault(f"database: {cause}") from error


def _prepare(connection: Any, _record: object) -> None:
    # The driver would begin transactions by its own rules; ours are begun in _begin.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Connection) -> None:
    mode = connection.get_execution_options().get("begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
