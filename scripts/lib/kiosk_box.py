"""A kiosk with a simulated board, a clock that is moved by hand, and a disk that can be full."""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from kiosk_photos import ELECTION, TPS, picture_of
from tpsbox.board.ports import Outcome
from tpsbox.board.simulated import open_simulated
from tpsbox.board.spooled import PressFile, quiet_faults, read_answer, spool_press, write_faults
from tpsbox.forms.election import load_election
from tpsbox.kiosk.eye import Refused, Seen, eye
from tpsbox.kiosk.kiosk import Kiosk
from tpsbox.kiosk.reader import RUN, Reader
from tpsbox.reading.model import load_model
from tpsbox.store.files import Disk
from tpsbox.store.store import Store

START = 1_700_000_000.0


class FullDisk(Disk):
    """Takes nothing while `full`."""

    def __init__(self) -> None:
        self.full = False

    def write(self, fd: int, data: bytes) -> None:
        """See `Disk.write`."""
        self._check()
        super().write(fd, data)

    def commit(self, connection: sqlite3.Connection) -> None:
        """See `Disk.commit`."""
        self._check()
        super().commit(connection)

    def _check(self) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class LogBytes(logging.Handler):
    """Counts what would go to the journal."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        self.lines = self.bytes = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count one line."""
        self.lines += 1
        self.bytes += len(self.format(record).encode()) + 1


class Box:
    """One box from its start on; `now` is moved by whoever uses it."""

    def __init__(self, data: Path) -> None:
        self.now = 0.0
        self.clock_off = 0.0
        self.folder = data / "simulated"
        self.disk = FullDisk()
        election = load_election(ELECTION)
        with Store(data) as store:
            store.identity.create(TPS, ELECTION, election.package)
        self.store = Store(data, clock=self.wall, disk=self.disk, sweep=True)
        self.store.events.add(RUN)
        model = load_model()
        see = eye(election.forms, model)

        @cache
        def look(picture: bytes) -> Seen | Refused:
            return see(picture)

        self.board = open_simulated(self.folder, self.wall)
        self.reader = Reader(self.store, lambda jpeg: look(picture_of(jpeg)))
        self.kiosk = Kiosk(
            self.store,
            election,
            self.board,
            self.reader,
            model.sha256,
            wall=self.wall,
            monotonic=lambda: self.now,
        )
        self.kiosk.start()

    def wall(self) -> float:
        """Unix seconds by the box's clock."""
        return START + self.now + self.clock_off

    def press(self, press: PressFile, jpeg: bytes | None, count: int = 1) -> Outcome | None:
        """Press so many times at once; what came of the first one."""
        names = [spool_press(self.folder, press, jpeg) for _ in range(count)]
        pressed = self.board.button.wait(0)
        if pressed is not None:
            self.kiosk.press(pressed)
        self.reader.read_all()
        self.kiosk.tick()
        outcomes = [read_answer(self.folder, name) for name in names]
        return outcomes[0]

    def pass_time(self, seconds: float, turns: int) -> None:
        """Let time go by in so many turns of the loop."""
        for _ in range(turns):
            self.now += seconds / turns
            self.reader.read_all()
            self.kiosk.tick()

    def fail(self, **faults: Any) -> None:
        """Change what fails (see `Faults`)."""
        write_faults(self.folder, msgspec.structs.replace(quiet_faults(self.folder), **faults))

    def close(self) -> None:
        """Put it away."""
        self.board.close()
        self.store.close()
