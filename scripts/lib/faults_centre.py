"""The centre that the fault loops count at: its folder, its database, what it holds by content."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from ports import free_port
from sqlalchemy import select
from tpsbox.record.enrolment import Broker
from tpsbox.store.store import Store
from tpscentral.database import Database
from tpscentral.enrol import enrol
from tpscentral.folder import Folder, open_folder
from tpscentral.intake import Intake
from tpscentral.schema import evidence, photos, results
from tpscentral.setup import create

ELECTION = """\
name = "gangguan"
title = "Pemilu gangguan"
date = "2024-02-14"
tps_limit = 300
[[contest]]
key = "ppwp"
title = "Presiden dan Wakil Presiden"
form = "ppwp-2024"
paslon = [{nomor = 1, nama = "Satu"}, {nomor = 2, nama = "Dua"}, {nomor = 3, nama = "Tiga"}]
"""
"""An election that lists no TPS, so any number of boxes can be enrolled."""


def new_centre(root: Path, host: str = "127.0.0.1", port: int | None = None) -> Folder:
    """A new centre's folder below `root`, whose broker is to listen at `host`."""
    root.mkdir(parents=True, exist_ok=True)
    election = root / "gangguan.toml"
    election.write_text(ELECTION, encoding="utf-8")
    broker = Broker(host, port or free_port())
    return create(root / "centre", broker, [str(election)])


def tps_code(number: int) -> str:
    """13 digits for the `number`-th box, from 0."""
    return f"{6302042001 + number // 999:010d}{number % 999 + 1:03d}"


class Held:
    """What the centre's database holds; opened anew in every process that looks."""

    def __init__(self, root: Path) -> None:
        self.folder = open_folder(root)
        self.database = Database(self.folder.database)
        [self.election] = self.folder.elections.values()

    def intake(self) -> Intake:
        """A desk that takes messages in this process."""
        return Intake(self.folder, self.database, time.time)

    def enrol(self, store: Store) -> None:
        """Give a box that has an identity its enrolment; a second box takes the first one's place.

        Raises:
            EnvironmentFault: a disk does not take it.
        """
        request = store.identity.request()
        answer = enrol(self.folder, self.database, request, int(time.time()), replace=True)
        store.identity.install(answer)

    def committed(self) -> set[bytes]:
        """The ids of everything that is committed now."""
        with self.database.read() as connection:
            columns = (results.c.id, evidence.c.sha, photos.c.sha)
            return {
                bytes.fromhex(id) for column in columns for id in connection.scalars(select(column))
            }

    def lacks(self, ids: Iterable[bytes]) -> set[bytes]:
        """Which of a few ids are not committed now."""
        wanted = {id.hex() for id in ids}
        with self.database.read() as connection:
            for column in (results.c.id, evidence.c.sha, photos.c.sha):
                found = connection.scalars(select(column).where(column.in_(wanted)))
                wanted -= set(found)
        return {bytes.fromhex(id) for id in wanted}

    def contents(self, tps: Iterable[str] | None = None) -> list[bytes]:
        """Every record, evidence and photo (its file's bytes), as often as it is there."""
        chosen = None if tps is None else list(tps)
        found: list[bytes] = []
        with self.database.read() as connection:
            for column in (results.c.record, evidence.c.body, photos.c.path):
                query = select(column)
                if chosen is not None:
                    query = query.where(column.table.c.tps.in_(chosen))
                for value in connection.scalars(query):
                    is_path = isinstance(value, str)
                    found.append((self.folder.photos / value).read_bytes() if is_path else value)
        return found

    def numbers_used_twice(self) -> int:
        """Results that came under a number which another result has."""
        with self.database.read() as connection:
            query = select(results.c.id).where(results.c.state == "conflict")
            return len(connection.scalars(query).all())

    def close(self) -> None:
        """Close the database."""
        self.database.close()
