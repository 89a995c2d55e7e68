import hashlib
import os

import pytest
from tpsbox.errors import AnswerError, EnvironmentFault, InputError
from tpsbox.store.files import Disk, put_file
from tpsbox.store.photos import Photos
from tpsbox.store.store import Store

JPEG = b"\xff\xd8" + b"photo" * 500


def test_a_photo_is_kept_under_its_hash(store):
    sha = store.photos.keep(JPEG)
    assert sha == hashlib.sha256(JPEG).hexdigest()
    path = store.photos.path(sha)
    assert path == store.folder / "photos" / sha[:2] / f"{sha}.jpg"
    assert path.read_bytes() == JPEG == store.photos.read(sha)
    assert path.stat().st_mode & 0o777 == 0o600


def test_keeping_twice_is_keeping_once(store):
    sha = store.photos.keep(JPEG)
    inode = store.photos.path(sha).stat().st_ino
    assert store.photos.keep(JPEG) == sha
    assert store.photos.path(sha).stat().st_ino == inode


def test_a_damaged_photo_is_noticed_and_can_be_kept_again(store):
    sha = store.photos.keep(JPEG)
    store.photos.path(sha).write_bytes(JPEG[:-1])
    with pytest.raises(EnvironmentFault, match="changed since it was kept"):
        store.photos.read(sha)
    assert store.photos.keep(JPEG) == sha
    assert store.photos.read(sha) == JPEG


def test_a_card_that_gives_back_other_bytes_is_noticed(tmp_path):
    class Lying(Disk):
        def write(self, fd: int, data: bytes) -> None:
            os.write(fd, data[:-1] + b"!")

    photos = Photos(tmp_path / "photos", Lying())
    with pytest.raises(EnvironmentFault, match="other bytes"):
        photos.keep(JPEG)
    assert [path for path in photos.folder.rglob("*") if path.is_file()] == []


def test_missing_and_malformed_names(store):
    with pytest.raises(AnswerError, match="not in this box"):
        store.photos.read("0" * 64)
    for name in ("", "0" * 63, "A" * 64, "../" + "0" * 61):
        with pytest.raises(InputError, match="64 hex digits"):
            store.photos.path(name)
    with pytest.raises(InputError, match="no bytes"):
        store.photos.keep(b"")


def test_leftovers_are_swept_by_the_keeper_alone(store):
    sha = store.photos.keep(JPEG)
    leftover = store.photos.path(sha).with_name("x.jpg.00.part")
    leftover.write_bytes(b"half")
    Store(store.folder).close()
    assert leftover.exists()
    Store(store.folder, sweep=True).close()
    assert not leftover.exists()
    assert store.photos.read(sha) == JPEG


def test_a_file_is_synced_before_it_gets_its_name_and_its_folder_after(tmp_path):
    calls: list[str] = []

    class Noting(Disk):
        def write(self, fd, data):
            calls.append("write")
            super().write(fd, data)

        def sync(self, fd):
            calls.append("sync")
            super().sync(fd)

        def rename(self, old, new):
            calls.append("rename")
            super().rename(old, new)

        def sync_folder(self, path):
            calls.append("sync_folder")
            super().sync_folder(path)

    put_file(Noting(), tmp_path / "a", b"a")
    assert calls == ["write", "sync", "rename", "sync_folder"]
