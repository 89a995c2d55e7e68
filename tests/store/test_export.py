"""A bundle on a stick: whole or not there, whatever the stick does; the box loses nothing."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from store_faults import Cut, FaultyDisk, PowerCutDisk, full
from tpsbox.errors import AnswerError, EnvironmentFault
from tpsbox.record.bundle import Bundle
from tpsbox.record.receipt import ReceiptKind
from tpsbox.store.export import Exported, export
from tpsbox.store.files import Disk
from tpsbox.store.store import Store

TPS = "6302042001001"
PHOTO = b"\xff\xd8\xff" + bytes(range(256)) * 2000
LEAF = b"evidence of a sheet"


def add(store: Store) -> int:
    """One more result, over the same sheet."""
    number = store.results.reserve(3)
    sha = store.photos.keep(PHOTO)
    record = f"record {number}".encode()
    store.results.add_result(record, number=number, epoch=3, evidence=[LEAF], photos=[sha])
    return number


@pytest.fixture
def filled(store: Store) -> Store:
    store.identity.create(TPS, "uji", b"\x01\x02\x03\x04")
    add(store)
    return store


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def content(store: Store, path: Path) -> dict[str, list[bytes]]:
    """What a bundle holds by kind, verified with the box's key."""
    with path.open("rb") as stream:
        bundle = Bundle(stream)
        bundle.verify(store.identity.signing_key().public_key())
        assert (bundle.manifest.tps, bundle.manifest.epoch) == (TPS, 3)
        held: dict[str, list[bytes]] = {}
        for one in bundle.manifest.entries:
            held.setdefault(one.kind, []).append(bundle.read(one))
    return held


def test_all_that_the_box_has_for_the_centre_is_in_one_file(filled: Store, stick: Path):
    add(filled)
    id = hashlib.sha256(LEAF).digest()
    filled.outbox.store_receipt(id, ReceiptKind.STORED, b"receipt")
    done = export(filled, stick)
    assert done == Exported(
        stick / f"tps-{TPS}-3-2.tpsbundle", done.path.stat().st_size, 2, 1, 1, 1, ()
    )
    assert content(filled, done.path) == {
        "record": [b"record 1", b"record 2"],
        "evidence": [LEAF],
        "photo": [PHOTO],
        "receipt": [b"receipt"],
    }


def test_exporting_twice_gives_the_same_file(filled: Store, stick: Path):
    first = export(filled, stick).path.read_bytes()
    assert export(filled, stick).path.read_bytes() == first
    assert len(list(stick.iterdir())) == 1


def test_a_newer_bundle_replaces_the_older_of_this_box_and_no_other(filled: Store, stick: Path):
    kept = {f"tps-{TPS}-2-1.tpsbundle", "tps-6302042001002-3-1.tpsbundle", "family.jpg"}
    kept |= {f"tps-{TPS}-3-9.tpsbundle", f"tps-{TPS}.receipts"}
    for name in kept:
        (stick / name).write_bytes(b"another's")
    export(filled, stick)
    add(filled)
    (stick / f"tps-{TPS}-3-1.tpsbundle.0badcafe.part").write_bytes(b"half")
    export(filled, stick)
    names = {path.name for path in stick.iterdir()}
    assert names == kept | {f"tps-{TPS}-3-2.tpsbundle"}


def test_without_a_result_or_a_stick_it_says_so(store: Store, stick: Path):
    store.identity.create(TPS, "uji", b"\x01\x02\x03\x04")
    with pytest.raises(AnswerError, match="no result yet"):
        export(store, stick)
    add(store)
    with pytest.raises(EnvironmentFault, match="is the stick in"):
        export(store, stick / "elsewhere")
    assert not (stick / "elsewhere").exists(), "never onto the card in its place"


def test_a_photo_that_the_card_lost_is_named_and_the_rest_goes(filled: Store, stick: Path):
    sha = hashlib.sha256(PHOTO).hexdigest()
    filled.photos.path(sha).write_bytes(b"\xff\xd8\xff other bytes")
    done = export(filled, stick)
    assert (done.left_out, done.photos, done.records) == ((sha,), 0, 1)
    assert "photo" not in content(filled, done.path)


def gone() -> None:
    raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))


@pytest.mark.parametrize(("fault", "words"), [(full, "disk is full"), (gone, "disk is gone")])
def test_a_stick_that_fails_at_any_call_leaves_the_old_bundle_and_says_so(
    filled: Store, stick: Path, fault, words: str
):
    old = export(filled, stick)
    before = old.path.read_bytes()
    add(filled)
    for n in range(1, 1000):
        disk = FaultyDisk(n, fault)
        try:
            done = export(filled, stick, disk)
        except EnvironmentFault as error:
            assert words in str(error) and "nothing in this box is lost" in str(error)
            assert "\n" not in str(error)
        else:
            assert not disk.hit
            break
        names = {path.name for path in stick.iterdir()}
        assert old.path.name in names or f"tps-{TPS}-3-2.tpsbundle" in names
        assert all(name.endswith(".tpsbundle") for name in names), "no half file"
        if old.path.name in names:
            assert old.path.read_bytes() == before
        for path in stick.iterdir():
            content(filled, path)
    assert n > 10
    assert {path.name for path in stick.iterdir()} == {done.path.name}


def test_a_stick_pulled_out_at_any_call_has_a_whole_bundle_afterwards(filled: Store, stick: Path):
    """Pulled out is a power cut for the stick: what was not synced is not there."""
    export(filled, stick)
    add(filled)
    for n in range(1, 1000):
        disk = PowerCutDisk(n)
        try:
            export(filled, stick, disk)
        except Cut:
            disk.lose()
        bundles = list(stick.glob("*.tpsbundle"))
        assert bundles, "the old one or the new one"
        for path in bundles:
            content(filled, path)
        if not disk.hit:
            break
    assert n > 10
    assert [path.name for path in stick.iterdir()] == [f"tps-{TPS}-3-2.tpsbundle"]


def test_a_stick_that_gives_back_other_bytes_is_found_out(filled: Store, stick: Path):
    class Forgetful(Disk):
        def write(self, fd: int, data: bytes) -> None:
            super().write(fd, data.replace(b"record 1", b"record 7"))

    with pytest.raises(EnvironmentFault, match="gives back other bytes"):
        export(filled, stick, Forgetful())
    assert not list(stick.iterdir())


@pytest.fixture
def small_stick(mount_small: Callable[[str], Path]) -> Path:
    return mount_small("256k")


def test_a_stick_that_is_really_full(filled: Store, small_stick: Path):
    with pytest.raises(EnvironmentFault, match="disk is full") as caught:
        export(filled, small_stick)
    assert "\n" not in str(caught.value)
    assert not list(small_stick.iterdir())
