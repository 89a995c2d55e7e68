"""A card whose power goes at a random call, and which may then hold any part of what was unsynced.

What was written and not synced is kept, cut short or holed by the sector; names that no sync of
their folder has fixed are kept or lost; of a COMMIT that has not returned any sectors of the log
may be there. What SQLite does before a COMMIT returns (PRAGMA synchronous=FULL) counts as synced.
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
from pathlib import Path
from random import Random

from tpsbox.store.store import DATABASE

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests" / "store"))

from store_faults import Cut, FaultyDisk

SECTOR = 512
LOG = f"{DATABASE}-wal"
SHARED_MEMORY = f"{DATABASE}-shm"


class CutDisk(FaultyDisk):
    """The power goes at the `n`-th call; `medium` is then what the card holds of `folder`."""

    def __init__(self, n: int, folder: Path, medium: Path, dice: Random) -> None:
        super().__init__(n, self._power_off)
        self._folder, self.medium, self._dice = folder, medium, dice
        self._unsynced: set[Path] = set()
        self._renames: list[tuple[Path, Path, bytes | None]] = []
        self._made: list[Path] = []
        self._database_named = (folder / DATABASE).exists()
        self._log: bytes | None = None

    def make_folder(self, path: Path) -> None:
        """The name may be lost until its parent is synced."""
        super().make_folder(path)
        self._made.append(path)

    def write(self, fd: int, data: bytes) -> None:
        """The bytes may be lost until the file is synced."""
        self._unsynced.add(Path(f"/proc/self/fd/{fd}").readlink())
        super().write(fd, data)

    def sync(self, fd: int) -> None:
        """The bytes are safe."""
        super().sync(fd)
        self._unsynced.discard(Path(f"/proc/self/fd/{fd}").readlink())

    def rename(self, old: Path, new: Path) -> None:
        """It may be undone until its folder is synced."""
        replaced = new.read_bytes() if new.is_file() else None
        super().rename(old, new)
        self._renames.append((old, new, replaced))
        if old in self._unsynced:
            self._unsynced.add(new)

    def sync_folder(self, path: Path) -> None:
        """The names in the folder are safe."""
        super().sync_folder(path)
        self._renames = [entry for entry in self._renames if entry[1].parent != path]
        self._made = [made for made in self._made if made.parent != path]
        if path == self._folder:
            self._database_named = (path / DATABASE).exists()

    def commit(self, connection: sqlite3.Connection) -> None:
        """Two calls: before anything of it was written, and before it returns."""
        self.step()
        database, log = self._folder / DATABASE, self._folder / LOG
        watched = self.left == 1
        before = (_bytes(database), _bytes(log)) if watched else None
        connection.execute("COMMIT")
        # Pages that moved into the database prove that the log was synced before.
        if before is not None and _bytes(database) == before[0]:
            self._log = before[1]
        self.step()
        self._log = None

    def _power_off(self) -> None:
        # What runs from here on, as the exception unwinds, changes the old folder only.
        if self._folder.exists():
            shutil.copytree(self._folder, self.medium)
            self._lose_bytes()
            self._lose_names()
        (self.medium / SHARED_MEMORY).unlink(missing_ok=True)
        raise Cut

    def _lose_bytes(self) -> None:
        for path in sorted(self._unsynced):
            copy = self._on_medium(path)
            if copy.is_file():
                copy.write_bytes(self._mixed(b"", copy.read_bytes()))
        if self._log is not None:
            log = self.medium / LOG
            log.write_bytes(self._mixed(self._log, log.read_bytes()))

    def _lose_names(self) -> None:
        for old, new, replaced in reversed(self._renames):
            if self._dice.random() < 0.5 and self._on_medium(new).exists():
                self._on_medium(new).rename(self._on_medium(old))
                if replaced is not None:
                    self._on_medium(new).write_bytes(replaced)
        for made in reversed(self._made):
            if self._dice.random() < 0.5:
                shutil.rmtree(self._on_medium(made), ignore_errors=True)
        if not self._database_named:
            for name in (LOG, DATABASE):
                if self._dice.random() < 0.5:
                    (self.medium / name).unlink(missing_ok=True)

    def _mixed(self, before: bytes, after: bytes) -> bytes:
        """Any sectors of `after` on top of `before`, and any length between the two."""
        length = self._dice.choice((len(before), len(after), self._dice.randint(0, len(after))))
        length = max(length, len(before))
        chance = self._dice.random()
        mixed = bytearray(before.ljust(length, b"\0")[:length])
        for start in range(0, length, SECTOR):
            if self._dice.random() < chance:
                sector = after[start : start + SECTOR][: length - start]
                mixed[start : start + len(sector)] = sector
        return bytes(mixed)

    def _on_medium(self, path: Path) -> Path:
        return self.medium / path.relative_to(self._folder)


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""
