"""A centre for each test, on SQLite and on PostgreSQL.

Every test that takes the fixture `centre` or `engine` runs on both, except those of files in
`ONE_ENGINE`: they try the network around the database, and SQLite stands for either.
"""

from pathlib import Path

import central_samples
import psycopg
import pytest
from central_samples import Centre

ENGINES = ("sqlite", "postgresql")
ONE_ENGINE = (
    "test_assembly.py",
    "test_chirpstack.py",
    "test_coming_in.py",
    "test_end_to_end.py",
    "test_gate.py",
    "test_lorawan_client.py",
    "test_lorawan_end_to_end.py",
    "test_serving.py",
    "test_sim7600_end_to_end.py",
    "test_uploads.py",
    "test_workers.py",
)
TEMPLATE = "tps_template"
# Nothing of a test outlives it, so nothing needs to reach the disk.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "32MB",
}


class Postgres:
    """The server of a test session; each database is a copy of one whose tables are made."""

    def __init__(self):
        from postgres_server import PostgresServer
        from tpscentral.database import migrated

        self.server = PostgresServer(settings=SETTINGS)
        self.server.start()
        self.count, self.dropped = 0, 0
        self.control = psycopg.connect(self.server.url(), autocommit=True)
        self.control.execute(f"CREATE DATABASE {TEMPLATE}")
        migrated(self.server.url(TEMPLATE)).close()

    def new(self):
        self.count += 1
        name = f"tps_{self.count}"
        self.control.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
        return self.server.url(name)

    def drop(self):
        """Of a thousand tests each leaves hundreds of files: none is kept longer than its test."""
        for number in range(self.dropped + 1, self.count + 1):
            self.control.execute(f"DROP DATABASE tps_{number} WITH (FORCE)")
        self.dropped = self.count

    def close(self):
        self.control.close()
        self.server.remove()


def pytest_generate_tests(metafunc):
    if "engine" in metafunc.fixturenames:
        one = Path(metafunc.module.__file__).name in ONE_ENGINE
        metafunc.parametrize("engine", ENGINES[:1] if one else ENGINES, indirect=True)


@pytest.fixture(scope="session")
def postgres():
    server = Postgres()
    yield server
    server.close()


@pytest.fixture
def engine(request, monkeypatch):
    """Where new centres have their database; the word itself."""
    if request.param == "sqlite":
        yield request.param
        return
    server = request.getfixturevalue("postgres")
    monkeypatch.setattr(central_samples, "new_database", server.new)
    yield request.param
    server.drop()


@pytest.fixture
def centre(engine, tmp_path):
    made = Centre(tmp_path / "centre")
    yield made
    made.database.close()


@pytest.fixture
def box(centre):
    return centre.enrol()
