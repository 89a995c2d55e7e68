import os
import sqlite3
import subprocess
import sys
import threading
from importlib import resources
from pathlib import Path
from types import SimpleNamespace

import pytest
from tpsbox.errors import EnvironmentFault
from tpsbox.store.db import Database
from tpsbox.store.files import Disk
from tpsbox.store.store import DATABASE, Store

WANTED = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
SCRIPTS = sorted(
    Path(str(resources.files("tpsbox.store") / "migrations")).glob("*.sql"), key=lambda p: p.name
)


def pragmas(db: Database) -> dict[str, object]:
    return {name: db.query(f"PRAGMA {name}")[0][0] for name in WANTED}


def test_every_open_has_the_pragmas_that_survive_a_power_cut(tmp_path):
    path = tmp_path / "a.db"
    first = Database(path, Disk())
    assert pragmas(first) == WANTED
    second = Database(path, Disk())
    assert pragmas(second) == WANTED
    first.close()
    second.close()
    third = Database(path, Disk())
    assert pragmas(third) == WANTED
    third.close()


def test_migrations_run_once_and_count_up(tmp_path):
    path = tmp_path / "a.db"
    Database(path, Disk()).close()
    db = Database(path, Disk())
    assert db.query("PRAGMA user_version")[0][0] == len(SCRIPTS)
    db.close()


def test_a_file_of_an_older_program_gets_what_is_new_and_keeps_what_it_has(tmp_path):
    path = tmp_path / "a.db"
    with sqlite3.connect(path) as plain:
        plain.executescript(SCRIPTS[0].read_text())
        plain.execute("PRAGMA user_version = 1")
        plain.execute("INSERT INTO numbers VALUES (1, 7)")
    plain.close()
    db = Database(path, Disk())
    assert db.query("SELECT last FROM numbers")[0]["last"] == 7
    assert db.query("SELECT count(*) FROM at_kecamatan")[0][0] == 0
    db.close()


def test_a_migration_cut_before_its_commit_leaves_an_empty_file(tmp_path):
    class Cut(Disk):
        def commit(self, connection: sqlite3.Connection) -> None:
            raise KeyboardInterrupt

    path = tmp_path / "a.db"
    with pytest.raises(KeyboardInterrupt):
        Database(path, Cut())
    with sqlite3.connect(path) as plain:
        assert plain.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)
    plain.close()
    Database(path, Disk()).close()


def test_a_file_of_a_newer_program_is_refused(tmp_path):
    path = tmp_path / "a.db"
    with sqlite3.connect(path) as plain:
        plain.execute("PRAGMA user_version = 99")
    plain.close()
    with pytest.raises(EnvironmentFault, match="newer program"):
        Database(path, Disk())


def test_a_damaged_file_is_one_clear_line(tmp_path):
    path = tmp_path / "a.db"
    path.write_bytes(b"not a database at all, " * 400)
    with pytest.raises(EnvironmentFault, match=r"a\.db: it is damaged") as caught:
        Database(path, Disk())
    assert "\n" not in str(caught.value)


def test_a_folder_in_place_of_the_file_is_one_clear_line(tmp_path):
    with pytest.raises(EnvironmentFault, match="cannot be opened"):
        Database(tmp_path, Disk())


def test_a_damaged_page_found_later_is_one_clear_line(tmp_path):
    path = tmp_path / "a.db"
    db = Database(path, Disk())
    (page,) = db.query("SELECT rootpage FROM sqlite_schema WHERE name = 'outbox'")[0]
    (size,) = db.query("PRAGMA page_size")[0]
    db.close()
    whole = bytearray(path.read_bytes())
    whole[(page - 1) * size : page * size] = b"\xff" * size
    path.write_bytes(whole)
    db = Database(path, Disk())
    with pytest.raises(EnvironmentFault, match="it is damaged"):
        db.query("SELECT * FROM outbox")
    db.close()


@pytest.mark.parametrize(
    ("flags", "free", "said"),
    [(os.ST_RDONLY, 9, "it is read-only"), (0, 0, "the disk is full"), (0, 9, "the disk fails")],
)
def test_what_sqlite_calls_a_failing_disk_may_be_a_full_or_locked_one(
    tmp_path, monkeypatch, flags, free, said
):
    db = Database(tmp_path / "a.db", Disk())
    disk = SimpleNamespace(f_flag=flags, f_bavail=free)
    monkeypatch.setattr("tpsbox.store.db.os.statvfs", lambda path: disk)
    fault = sqlite3.OperationalError("disk I/O error")
    fault.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    with pytest.raises(EnvironmentFault, match=said), db.transaction():
        raise fault
    db.close()


def test_a_failed_transaction_leaves_nothing_and_the_next_one_works(tmp_path):
    db = Database(tmp_path / "a.db", Disk())
    with pytest.raises(RuntimeError), db.transaction() as connection:
        connection.execute("INSERT INTO links VALUES ('mqtt', 'online', 0, '')")
        raise RuntimeError
    assert db.query("SELECT * FROM links") == []
    with db.transaction() as connection:
        connection.execute("INSERT INTO links VALUES ('mqtt', 'online', 0, '')")
    assert len(db.query("SELECT * FROM links")) == 1
    db.close()


WRITER = """
import sys
from pathlib import Path
from tpsbox.store.store import Store
with Store(Path(sys.argv[1])) as store:
    for field in range(100):
        store.words.add(sys.argv[2], str(field), "correct", field)
"""


def test_two_processes_create_and_write_one_store_at_once(tmp_path):
    command = [sys.executable, "-c", WRITER, str(tmp_path / "data")]
    writers = [subprocess.Popen([*command, name]) for name in ("kiosk", "uplink")]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    with Store(tmp_path / "data") as store:
        for name in ("kiosk", "uplink"):
            assert [word.value for word in store.words.list(name)] == list(range(100))


def test_a_file_that_another_process_is_just_making_is_waited_for(tmp_path):
    path = tmp_path / "a.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    later = threading.Timer(0.2, lambda: other.execute("ROLLBACK"))
    later.start()
    db = Database(path, Disk())
    assert pragmas(db) == WANTED
    later.join()
    db.close()
    other.close()


def test_one_process_sees_that_another_has_committed(tmp_path):
    with Store(tmp_path / "data") as kiosk, Store(tmp_path / "data") as uplink:
        before = uplink.changes()
        assert uplink.changes() == before
        kiosk.words.add("ppwp", "suara_sah", "confirm", 1)
        assert uplink.changes() != before


def test_threads_share_one_store(tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    with Store(tmp_path / "data") as store, ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda _: store.results.reserve(1), range(40)))
    assert sorted(numbers) == list(range(1, 41))


@pytest.mark.parametrize(
    "table", ["words", "results", "events", "outbox"], ids="{} is append-only".format
)
def test_rows_cannot_be_deleted_even_by_hand(tmp_path: Path, table: str):
    with Store(tmp_path / "data", random=lambda: 0.0) as store:
        store.identity.create("6302042001001", "uji", b"\x01\x02\x03\x04")
        store.events.add("start")
        store.words.add("ppwp", "suara_sah", "confirm", 1)
        store.results.add_result(b"r" * 100, number=store.results.reserve(1), epoch=1)
    with sqlite3.connect(tmp_path / "data" / DATABASE) as plain:
        with pytest.raises(sqlite3.IntegrityError, match=r"never"):
            plain.execute(f"DELETE FROM {table}")
        if table != "outbox":
            column = {"words": "value", "results": "record", "events": "data"}[table]
            with pytest.raises(sqlite3.IntegrityError, match=r"never"):
                plain.execute(f"UPDATE {table} SET {column} = NULL")
    plain.close()
