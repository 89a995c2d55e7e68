"""Disks that fail on purpose, a morning's work to do on them, and what must hold afterwards."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

from tpsbox.record.statement import Clock
from tpsbox.store.files import Disk
from tpsbox.store.outbox import ItemKind
from tpsbox.store.store import Store

TPS = "6302042001001"
SHEETS = (b"\xff\xd8 first sheet" * 40, b"\xff\xd8 second sheet" * 40)


class FaultyDisk(Disk):
    """Calls `fault` in place of the n-th call; a write has put down half of its bytes by then."""

    def __init__(self, n: int, fault: Callable[[], None]) -> None:
        self.left = n
        self.fault = fault

    @property
    def hit(self) -> bool:
        return self.left <= 0

    def mend(self) -> None:
        self.left = 0

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.fault()

    def make_folder(self, path: Path) -> None:
        self.step()
        super().make_folder(path)

    def write(self, fd: int, data: bytes) -> None:
        half = len(data) // 2
        super().write(fd, data[:half])
        self.step()
        super().write(fd, data[half:])

    def sync(self, fd: int) -> None:
        self.step()
        super().sync(fd)

    def rename(self, old: Path, new: Path) -> None:
        self.step()
        super().rename(old, new)

    def sync_folder(self, path: Path) -> None:
        self.step()
        super().sync_folder(path)

    def commit(self, connection: sqlite3.Connection) -> None:
        self.step()
        super().commit(connection)


def full() -> None:
    """What the system says when the disk is full."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class Cut(BaseException):
    """The power is gone: nothing may catch this and go on."""


def cut() -> None:
    raise Cut


class PowerCutDisk(FaultyDisk):
    """Loses what was not synced when the power goes: bytes of files, names in folders."""

    def __init__(self, n: int) -> None:
        super().__init__(n, cut)
        self._unsynced: set[Path] = set()
        self._renamed: list[tuple[Path, Path]] = []
        self._made: list[Path] = []

    def make_folder(self, path: Path) -> None:
        super().make_folder(path)
        self._made.append(path)

    def write(self, fd: int, data: bytes) -> None:
        self._unsynced.add(_path(fd))
        super().write(fd, data)

    def sync(self, fd: int) -> None:
        super().sync(fd)
        self._unsynced.discard(_path(fd))

    def rename(self, old: Path, new: Path) -> None:
        super().rename(old, new)
        self._renamed.append((old, new))
        if old in self._unsynced:
            self._unsynced.add(new)

    def sync_folder(self, path: Path) -> None:
        super().sync_folder(path)
        self._renamed = [pair for pair in self._renamed if pair[1].parent != path]
        self._made = [made for made in self._made if made.parent != path]

    def lose(self) -> None:
        """Put the folder into the worst state that the medium may be in now."""
        for path in self._unsynced:
            if path.is_file():
                os.truncate(path, path.stat().st_size // 3)
        for old, new in reversed(self._renamed):
            new.rename(old)
        for folder in reversed(self._made):
            shutil.rmtree(folder, ignore_errors=True)


def work(store: Store, say: Callable[[str], None]) -> None:
    """Keep two sheets, read them, say a word, make a result; `say` each thing once it is kept."""
    if not store.identity.exists():
        request = store.identity.create(TPS, "uji", b"\x01\x02\x03\x04")
        say(f"key {request.public_key}")
    photos, leaves = [], []
    for page, jpeg in enumerate(SHEETS, start=1):
        photos.append(store.photos.keep(jpeg))
        say(f"photo {photos[-1]}")
        sheet = store.sheets.add_photo(photos[-1], 1.0, Clock.RTC)
        say(f"sheet {sheet} {photos[-1]}")
        leaves.append(f"evidence of page {page}".encode())
        store.sheets.set_reading(
            sheet,
            contest="ppwp",
            form="ppwp-2024",
            page=page,
            reading=b"{}",
            evidence=leaves[-1],
        )
        say(f"reading {sheet} {page}")
    say(f"word {store.words.add('ppwp', 'suara_sah', 'confirm', 212)}")
    number = store.results.reserve(1)
    say(f"number {number}")
    record = f"record {number}".encode()
    id = store.results.add_result(record, number=number, epoch=1, evidence=leaves, photos=photos)
    say(f"result {number} {id.hex()}")
    say(f"event {store.events.add('result', {'number': number}).n}")


def check(store: Store, said: list[str]) -> None:
    """Everything said is there, nothing is there by half, nothing twice."""
    for line in said:
        what, *words = line.split()
        assert _CHECKS[what](store, *words), line
    assert not list(store.folder.rglob("*.part")), "leftovers"
    for path in store.photos.folder.rglob("*.jpg"):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem
    for sheet in store.sheets.list():
        assert store.photos.has(sheet.photo), "a row without its photo"
    _check_results(store)
    if store.identity.exists():
        assert store.identity.request().tps == TPS
        store.events.verify()
        used = [int(line.split()[1]) for line in said if line.startswith("number")]
        assert store.results.reserve(1) > max(used, default=0), "a number given twice"


def _check_results(store: Store) -> None:
    items = store.outbox.list()
    results = store.results.list()
    assert len({item.id for item in items}) == len(items)
    assert {item.id for item in items if item.kind is ItemKind.RESULT} == {r.id for r in results}
    expected = 2 if results else 0
    for kind in (ItemKind.EVIDENCE, ItemKind.PHOTO):
        assert sum(item.kind is kind for item in items) == expected, f"{kind} by half or twice"
    numbers = [result.number for result in results]
    assert len(set(numbers)) == len(numbers)


_CHECKS: dict[str, Callable[..., bool]] = {
    "key": lambda s, key: s.identity.request().public_key == key,
    "photo": lambda s, sha: s.photos.read(sha) in SHEETS,
    "sheet": lambda s, id, sha: s.sheets.get(int(id)).photo == sha,
    "reading": lambda s, id, page: s.sheets.get(int(id)).page == int(page),
    "word": lambda s, id: [w.value for w in s.words.list() if w.id == int(id)] == [212],
    "number": lambda s, number: True,
    "result": lambda s, number, id: (
        [r.id.hex() for r in s.results.list() if r.number == int(number)] == [id]
    ),
    "event": lambda s, n: s.events.head()[0] >= int(n),
}


def _path(fd: int) -> Path:
    return Path(f"/proc/self/fd/{fd}").readlink()
