"""The centre of the fleet's run: PostgreSQL and workers as they are shipped, killed on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random

import psycopg
from faults_programs import BenchError, Program, process_seconds
from fleet_records import Signed, tps_code, write_election
from ports import free_port
from postgres_server import PostgresServer
from tpsbox.record.enrolment import Broker
from tpscentral.database import Database
from tpscentral.folder import DATABASE_VARIABLE, Folder
from tpscentral.setup import create
from tpscentral.tally import tally
from tpscentral.wilayah import Ground, fill

ENROLLED_AT = 1_732_600_000
READY = "connection: ready"
"""What a worker logs once its subscriptions stand."""
START_SECONDS = 300.0


class FleetCentre:
    """A centre for the whole country below one folder."""

    def __init__(self, root: Path, workers: int) -> None:
        """Make and start the database, and the centre's folder with its tables."""
        self._root = root
        self._workers = workers
        self._database_before = 0.0
        self.postgres = PostgresServer(root)
        self.postgres.start()
        os.environ[DATABASE_VARIABLE] = self.postgres.url()
        try:
            broker = Broker("127.0.0.1", free_port())
            self.folder: Folder = create(root / "centre", broker, [str(write_election(root))])
        finally:
            del os.environ[DATABASE_VARIABLE]
        [self.election] = self.folder.elections.values()
        command = [Path(sys.executable).parent / "tpscentral", "ingest"]
        options = ["--data", self.folder.root, "--workers", workers]
        self.program = Program([*command, *options], root / "ingest.log")

    def expect(self, count: int) -> None:
        """Enter so many TPS, each with a row per contest that waits."""
        desa: dict[str, list[int]] = {}
        for number in range(count):
            tps = tps_code(number)
            desa.setdefault(tps[:10], []).append(int(tps[10:]))
        database = Database(self.folder.database)
        with database.write() as connection:
            fill(connection, Ground({}, desa), self.election)
        database.close()

    def enrol(self, boxes: Iterable[Signed]) -> None:
        """Enter the boxes' keys."""
        package = self.election.package.hex()
        columns = "tps, epoch, package, public_key, agreement_key, serial, enrolled_at"
        with (
            psycopg.connect(self.postgres.url()) as connection,
            connection.cursor() as cursor,
            cursor.copy(f"COPY enrolments ({columns}) FROM STDIN") as copy,
        ):
            for box in boxes:
                key = box.key.hex()
                copy.write_row((box.tps, 1, package, key, "0" * 64, "armada", ENROLLED_AT))
        with psycopg.connect(self.postgres.url(), autocommit=True) as connection:
            connection.execute("ANALYZE")

    def start(self) -> None:
        """Start the workers and wait until each has its subscriptions.

        Raises:
            BenchError: they do not come up.
        """
        self.program.start()
        end = time.monotonic() + START_SECONDS
        while self.program.log.read_text(errors="replace").count(READY) < self._workers:
            self.program.check()
            if time.monotonic() > end:
                raise BenchError(f"the workers did not come up within {START_SECONDS:.0f} s")
            time.sleep(0.1)

    def kill_worker(self, dice: Random) -> str:
        """Kill one worker outright; the keeper starts it again."""
        keeper = subprocess.run(
            ["pgrep", "-f", f"ingest --data {self.folder.root} --worker [0-9]"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        workers = [int(word) for word in keeper.stdout.split()]
        if not workers:
            raise BenchError("no worker runs that could be killed")
        chosen = dice.choice(workers)
        os.kill(chosen, signal.SIGKILL)
        return "a worker was killed"

    def kill_database(self) -> str:
        """Take the database down as a power cut would, and start it again."""
        self._database_before += self._database_now()
        self.postgres.stop("immediate")
        started = time.monotonic()
        self.postgres.start()
        return f"the database was killed; it was back in {time.monotonic() - started:.1f} s"

    def database_seconds(self) -> float:
        """Time of the processor that the database has used so far, restarts included."""
        return self._database_before + self._database_now()

    def _database_now(self) -> float:
        postmaster = int((self.postgres.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        return sum(process_seconds(int(pid)) for pid in [postmaster, *children])

    def results(self) -> Iterator[tuple[bytes, str]]:
        """Id and state of every row that is kept."""
        with psycopg.connect(self.postgres.url()) as connection:
            for id, state in connection.execute("SELECT id, state FROM results"):
                yield bytes.fromhex(id), state

    def counted(self) -> int:
        """How many results count already."""
        query = "SELECT count(*) FROM results WHERE tally <> 'waiting'"
        return int(self._number(query))

    def count_some(self, seconds: float) -> tuple[int, float]:
        """Let results count in this one process for a while; how many, and in how many seconds."""
        database = Database(self.folder.database)
        start, done = time.monotonic(), 0
        while time.monotonic() - start < seconds:
            some = tally(database, self.folder.elections)
            if not some:
                break
            done += some
        took = time.monotonic() - start
        database.close()
        return done, took

    def sizes(self) -> dict[str, int]:
        """Bytes of the tables with their indexes, the largest first."""
        query = (
            "SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r' AND "
            "relnamespace = 'public'::regnamespace ORDER BY 2 DESC LIMIT 6"
        )
        with psycopg.connect(self.postgres.url()) as connection:
            return {name: int(size) for name, size in connection.execute(query)}

    def close(self) -> None:
        """Stop everything."""
        self.program.stop()
        self.postgres.remove()

    def _number(self, query: str) -> int:
        with psycopg.connect(self.postgres.url()) as connection:
            row = connection.execute(query).fetchone()  # type: ignore[arg-type]
        return int(row[0]) if row else 0
