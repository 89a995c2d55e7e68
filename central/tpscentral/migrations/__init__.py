"""The database's tables as they were made and changed, step by step, by Alembic.

A change of `tpscentral.schema` needs a new file in `versions/`; a test compares what all the files
lead to with the schema. `HEAD` names the last one, so that opening a database that is up to date
costs one query and not the loading of Alembic.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from tpsbox.errors import AnswerError

HEAD = "0001"
"""The version of the tables that this program knows."""
_TABLE = "alembic_version"


def version(connection: Connection) -> str | None:
    """The version of the tables in a database, None if it has none yet.

    Raises:
        AnswerError: it has tables that no version of this program has made.
    """
    tables = inspect(connection).get_table_names()
    if _TABLE in tables:
        return str(connection.scalar(text(f"SELECT version_num FROM {_TABLE}")))
    if tables:
        raise AnswerError("database: has tables that are not of this program; name an empty one")
    return None


def check_version(connection: Connection) -> None:
    """The tables are exactly those that this program knows.

    Raises:
        AnswerError: they are older, newer, or not there.
    """
    found = version(connection)
    if found == HEAD:
        return
    if found is None or found < HEAD:
        raise AnswerError(
            f"database: its tables are of version {found or 'none'} and this program needs "
            f"{HEAD}; stop all workers and run `tpscentral migrate`"
        )
    raise AnswerError(f"database: a newer program has made its tables (version {found})")


def migrate(connection: Connection) -> None:
    """Make the tables, or bring them up to date, within the connection's transaction.

    Raises:
        AnswerError: a newer program, or none of ours, has made them.
    """
    found = version(connection)
    if found == HEAD:
        return
    if found is not None and found > HEAD:
        check_version(connection)
    # Loaded only where it is needed: it takes longer than everything else at the start.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
