"""The n-th call fails, for n = 1, 2, 3 ... until a run goes through: as SQLite tests itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from store_faults import Cut, FaultyDisk, PowerCutDisk, check, full, work
from tpsbox.errors import EnvironmentFault
from tpsbox.record.receipt import RECEIPT_BYTES, ReceiptKind
from tpsbox.store.files import Disk
from tpsbox.store.linkstate import LinkCondition
from tpsbox.store.outbox import ItemState
from tpsbox.store.store import Store

CALLS_AT_LEAST = 40
"""The work makes 42 calls; far fewer would mean that the seam is no longer used."""
KILLED = 17


def child(folder: Path, disk: Disk, out: int) -> None:
    """Do the work in a forked process and report each kept thing through a pipe."""
    try:
        with Store(folder, disk=disk, sweep=True) as store:
            work(store, lambda line: os.write(out, f"{line}\n".encode()) and None)
        os._exit(0)
    except BaseException:
        os._exit(1)


def run_and_kill(folder: Path, n: int) -> tuple[int, list[str]]:
    """Exit code of a child that dies at its n-th call, and what it had said by then."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        child(folder, FaultyDisk(n, lambda: os._exit(KILLED)), writer)
    os.close(writer)
    with os.fdopen(reader) as stream:
        said = stream.read().splitlines()
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), said


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_process_killed_at_any_call_loses_nothing_it_reported(tmp_path):
    for n in range(1, 1000):
        folder = tmp_path / str(n)
        code, said = run_and_kill(folder, n)
        with Store(folder, sweep=True) as store:
            check(store, said)
            work(store, said.append)
            check(store, said)
        if code == 0:
            break
        assert code == KILLED
    assert n > CALLS_AT_LEAST


def test_a_power_cut_at_any_call_loses_nothing_that_was_reported(tmp_path):
    for n in range(1, 1000):
        folder = tmp_path / str(n)
        disk = PowerCutDisk(n)
        said: list[str] = []
        try:
            with Store(folder, disk=disk, sweep=True) as store:
                work(store, said.append)
        except Cut:
            disk.lose()
        with Store(folder, sweep=True) as store:
            check(store, said)
            work(store, said.append)
            check(store, said)
        if not disk.hit:
            break
    assert n > CALLS_AT_LEAST


def test_a_disk_that_is_full_at_any_call_is_a_clear_fault_and_then_works(tmp_path):
    for n in range(1, 1000):
        folder = tmp_path / str(n)
        disk = FaultyDisk(n, full)
        said: list[str] = []
        store = None
        try:
            store = Store(folder, disk=disk)
            work(store, said.append)
        except EnvironmentFault as fault:
            assert "disk is full" in str(fault)
            assert "\n" not in str(fault)
        through = not disk.hit
        disk.mend()
        store = store or Store(folder)
        check(store, said)  # without a sweep: the fault itself left nothing behind
        work(store, said.append)
        check(store, said)
        store.close()
        if through:
            break
    assert n > CALLS_AT_LEAST


@pytest.fixture
def small_disk(mount_small: Callable[[str], Path]) -> Path:
    return mount_small("20m")


def fill(path: Path) -> None:
    """Write into a file until the disk has no byte left."""
    with path.open("wb", buffering=0) as stream, pytest.raises(OSError, match="No space"):
        while True:
            stream.write(b"x" * 4096)


def test_a_disk_that_is_really_full(small_disk):
    said: list[str] = []
    ballast = small_disk / "ballast"
    with Store(small_disk / "data") as store:
        work(store, said.append)
        fill(ballast)
        with pytest.raises(EnvironmentFault, match="disk is full"):
            store.photos.keep(b"\xff\xd8" + b"late" * 2000)
        with pytest.raises(EnvironmentFault, match="disk is full"):
            for _ in range(10_000):
                said.append(f"word {store.words.add('ppwp', 'suara_sah', 'confirm', 212)}")
        ballast.unlink()
        check(store, said)
        work(store, said.append)
        check(store, said)
    with Store(small_disk / "data") as store:
        check(store, said)


def test_photos_that_fill_a_disk_leave_room_for_the_rest_of_the_night(small_disk):
    said: list[str] = []
    with Store(small_disk / "data") as store, Store(small_disk / "data") as uplink:
        work(store, said.append)
        with pytest.raises(EnvironmentFault, match="disk is full"):
            while True:
                store.photos.keep(os.urandom(700_000))
        for turn in range(400):
            said.append(f"word {store.words.add('ppwp', 'suara_sah', 'confirm', 212)}")
            uplink.links.set("mqtt", (LinkCondition.ONLINE, LinkCondition.WAITING)[turn % 2])
        number = store.results.reserve(1)
        id = store.results.add_result(b"late", number=number, epoch=1)
        uplink.outbox.store_receipt(id, ReceiptKind.STORED, bytes(RECEIPT_BYTES))
        assert store.outbox.summary().newest_result is ItemState.STORED
