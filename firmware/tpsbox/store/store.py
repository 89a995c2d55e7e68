"""The whole of what a box keeps, behind one name.

    with Store(Path("/var/lib/tpsbox"), sweep=True) as store:
        sha = store.photos.keep(jpeg)                       # on the medium when it returns
        sheet = store.sheets.add_photo(sha, taken_at, Clock.RTC)
        store.sheets.set_reading(sheet, contest=..., form=..., page=..., reading=..., evidence=...)
        store.words.add("ppwp", "suara_sah", "confirm", 212)
        number = store.results.reserve(epoch)               # never given twice
        store.results.add_result(record, number=number, epoch=epoch, evidence=[...], photos=[sha])
        store.outbox.summary(); store.links.list(); store.events.add("result", {"number": number})

Two processes may have it open at once (one that keeps, one that carries); threads may share it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from random import SystemRandom
from types import TracebackType

from tpsbox.errors import EnvironmentFault
from tpsbox.store.db import Database
from tpsbox.store.events import Events
from tpsbox.store.files import Disk, put_folder
from tpsbox.store.identity import Identity
from tpsbox.store.linkstate import LinkStates
from tpsbox.store.outbox import Outbox
from tpsbox.store.photos import Photos
from tpsbox.store.results import Results
from tpsbox.store.sheets import Sheets
from tpsbox.store.words import Words

DATABASE = "tpsbox.db"

_KEPT = ("sheets", "words", "numbers", "outbox", "events")

_RANDOM = SystemRandom()


class Store:
    """DATA/tpsbox.db, DATA/photos/ and DATA/identity/, opened together."""

    def __init__(
        self,
        folder: Path,
        *,
        clock: Callable[[], float] = time.time,
        random: Callable[[], float] = _RANDOM.random,
        disk: Disk | None = None,
        sweep: bool = False,
    ) -> None:
        """Open or create the store.

        `sweep` removes half-written files that a cut left: only for the process that keeps
        photos, at its start. `clock` gives unix seconds, `random` numbers from 0 to 1.

        Raises:
            EnvironmentFault: the disk is full, read-only or damaged, or the database of a box that
                has an identity is gone.
        """
        disk = disk or Disk()
        self.folder = folder
        put_folder(disk, folder)
        self.photos = Photos(folder / "photos", disk)
        self.identity = Identity(folder / "identity", disk)
        if self.identity.exists() and not (folder / DATABASE).exists():
            # A new one would give result numbers a second time.
            raise EnvironmentFault(
                f"{folder / DATABASE}: gone: keep the card and change to the spare box"
            )
        if sweep:
            self.photos.sweep()
            self.identity.sweep()
        self._db = Database(folder / DATABASE, disk)
        self.sheets = Sheets(self._db)
        self.words = Words(self._db, clock)
        self.results = Results(self._db, self.photos, clock)
        self.outbox = Outbox(self._db, random)
        self.events = Events(self._db, clock, lambda: self.identity.owner().tps)
        self.links = LinkStates(self._db, clock)

    def used(self) -> bool:
        """Whether a box has kept anything here, be it one photo or one line of the audit log."""
        rows = any(self._db.query(f"SELECT 1 FROM {table} LIMIT 1") for table in _KEPT)
        return rows or any(self.photos.folder.rglob("*.jpg"))

    def changes(self) -> int:
        """A number that differs after another process has committed something."""
        return self._db.changes()

    def close(self) -> None:
        """Close the database; nothing is lost without it."""
        self._db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
