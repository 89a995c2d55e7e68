"""Both engines hold the same tables; a database of another version is refused in one line."""

import sqlite3

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, select, text
from tpsbox.errors import AnswerError, EnvironmentFault, UsageError
from tpscentral import migrations
from tpscentral.cli import main
from tpscentral.database import Database, migrated
from tpscentral.folder import DATABASE_VARIABLE
from tpscentral.schema import journal, metadata, statuses

ROW = {"at": 1, "account": "a", "action": "lihat", "target": "t", "detail": "", "before": "0"}


def test_the_steps_lead_to_the_schema(centre):
    with centre.database.write() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_newest_step_is_the_version_that_opening_compares_with():
    folder = ScriptDirectory(str(migrations.__path__[0]))
    assert folder.get_current_head() == migrations.HEAD


@pytest.mark.parametrize("change", ["UPDATE journal SET detail = 'x'", "DELETE FROM journal"])
def test_the_database_itself_keeps_the_journal(centre, change):
    with centre.database.write() as connection:
        connection.execute(insert(journal).values(hash="1", **ROW))
    with (
        pytest.raises(EnvironmentFault, match="only added to"),
        centre.database.write() as connection,
    ):
        connection.execute(text(change))
    with centre.database.read() as connection:
        assert connection.scalars(select(journal.c.detail)).all() == [""]


def test_what_is_read_is_one_state_and_nothing_is_written(centre):
    row = {"tps": "6302042001001", "word": "online", "changed_at": 1}
    with centre.database.read() as connection:
        assert connection.execute(select(statuses)).all() == []
        with centre.database.write() as other:
            other.execute(insert(statuses).values(**row))
        assert connection.execute(select(statuses)).all() == []
    with centre.database.read() as connection:
        assert len(connection.execute(select(statuses)).all()) == 1


def set_version(database, word):
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :word"), {"word": word})


def test_postgresql_of_an_older_or_newer_program_is_refused(postgres):
    url = postgres.new()
    database = Database(url)
    for word, told in (("0000", "tpscentral migrate"), ("9999", "newer program")):
        set_version(database, word)
        with pytest.raises(AnswerError, match=told):
            Database(url)
    with pytest.raises(AnswerError, match="newer program"):
        database.migrate()
    database.close()


def test_a_connection_that_the_server_has_closed_is_replaced(postgres, monkeypatch):
    url = postgres.new()
    database = Database(url)
    with database.write() as connection:
        name = connection.scalar(text("SELECT current_database()"))
    monkeypatch.setattr("tpscentral.database.FRESH_SECONDS", 0.0)
    ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    assert len(postgres.control.execute(ending, [name]).fetchall()) == 2
    with database.read() as connection:
        assert connection.execute(select(statuses)).all() == []
    with database.write() as connection:
        connection.execute(insert(statuses).values(tps="1", word="online", changed_at=1))
    database.close()


def test_a_reader_of_postgresql_cannot_write(postgres):
    database = Database(postgres.new())
    row = {"tps": "1", "word": "online", "changed_at": 1}
    with (
        pytest.raises(EnvironmentFault, match="read-only"),
        database.read() as connection,
    ):
        connection.execute(insert(statuses).values(**row))
    database.close()


def test_migrate_makes_the_tables_of_an_empty_postgresql(postgres, tmp_path, monkeypatch, capsys):
    root = tmp_path / "data"
    election = ["--election", "pilkada-2024-kotabaru"]
    assert main(["init", "--data", str(root), *election]) == 0
    empty = "kosong"
    postgres.control.execute(f"CREATE DATABASE {empty}")
    url = postgres.server.url(empty)
    monkeypatch.setenv(DATABASE_VARIABLE, url)
    assert main(["tally", "--once", "--data", str(root)]) == 1
    told = capsys.readouterr().err
    assert "tpscentral migrate" in told and url not in told
    assert main(["migrate", "--data", str(root)]) == 0
    assert main(["migrate", "--data", str(root)]) == 0
    assert main(["tally", "--once", "--data", str(root)]) == 0
    # Who migrates uses the same tables as who starts with `init`.
    Database(url).close()


def test_init_keeps_the_address_of_postgresql_in_a_private_file(postgres, tmp_path, monkeypatch):
    url, root = postgres.new(), tmp_path / "data"
    monkeypatch.setenv(DATABASE_VARIABLE, url)
    assert main(["init", "--data", str(root), "--election", "pilkada-2024-kotabaru"]) == 0
    monkeypatch.delenv(DATABASE_VARIABLE)
    assert (root / "keys" / "database.url").stat().st_mode & 0o777 == 0o600
    assert not (root / "central.db").exists()
    assert url not in (root / "config.json").read_text()
    assert main(["tally", "--once", "--data", str(root)]) == 0


@pytest.mark.parametrize("url", ["mysql://a:geheim@b/c", "postgresql", "geheim@@://", ""])
def test_what_is_no_address_of_postgresql_is_refused_without_repeating_it(url):
    with pytest.raises(UsageError) as told:
        Database(url)
    assert "postgresql://" in str(told.value) and "geheim" not in str(told.value)


def test_a_server_that_does_not_answer_is_one_line_without_the_password(tmp_path):
    with pytest.raises(EnvironmentFault) as told:
        Database(f"postgresql://a:geheim@/x?host={tmp_path}")
    assert "geheim" not in str(told.value) and "\n" not in str(told.value)


def test_a_file_with_tables_of_others_is_left_alone(tmp_path):
    path = tmp_path / "central.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE results (id TEXT)")
    with pytest.raises(AnswerError, match="not of this program"):
        migrated(path)
    with sqlite3.connect(path) as connection:
        [[count]] = connection.execute("SELECT count(*) FROM sqlite_master")
    assert count == 1
