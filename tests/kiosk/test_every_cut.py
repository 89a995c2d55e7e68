"""Power cuts and full disks at every single call that changes the disk, from press to result."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from kiosk_bench import Bench
from kiosk_samples import VALUES, reading
from tpsbox.board.spooled import PressFile
from tpsbox.kiosk.closing import newest_statement
from tpsbox.kiosk.eye import Seen
from tpsbox.record.tree import evidence_root
from tpsbox.store.files import Disk
from tpsbox.store.outbox import ItemKind

sys.path.append(str(Path(__file__).parents[1] / "store"))

from store_faults import Cut, FaultyDisk, PowerCutDisk, full

PAGES = (1, 2, 3)
NEVER = 10**6


def photo_of(page: int) -> bytes:
    return b"\xff\xd8\xff page %d" % page


@pytest.fixture
def quick(bench: Bench) -> Bench:
    """An enrolled box with two of three sheets in, whose eye knows the photos without looking."""
    form = bench.election.form_of("ppwp")
    seen = {
        photo_of(page): Seen("ppwp", form.name, page, 0.8, reading(form, page, VALUES), b"heading")
        for page in PAGES
    }
    bench.look = lambda jpeg: seen[jpeg]
    bench.do_enrol()
    restart(bench, Disk())
    for page in PAGES[:2]:
        bench._press(PressFile(), photo_of(page))
    return bench


def restart(bench: Bench, disk: Disk) -> None:
    bench.stop()
    bench.card = disk
    bench.start()


def evening(bench: Bench) -> Iterator[int]:
    """The last press and a hold; yields the page if its press was answered with "read"."""
    bench._press(PressFile(), photo_of(3))
    if bench.outcome is not None and bench.outcome.kind == "read":
        yield 3
    bench.do_hold("2")


def check_result(bench: Bench) -> None:
    """One result that holds, with every number, every photo and the evidence under its root."""
    statement = newest_statement(bench.store, bench.election)
    assert statement.contests[0].closed
    values = [value.number for value in statement.contests[0].values]
    fields = bench.election.form_of("ppwp").fields
    assert values == [VALUES[field.name] for field in fields]
    items = bench.store.outbox.list()
    leaves = [item.body for item in items if item.kind is ItemKind.EVIDENCE]
    assert statement.root == evidence_root(leaves)
    assert sum(item.kind is ItemKind.PHOTO for item in items) == 3
    numbers = [result.number for result in bench.store.results.list()]
    assert len(set(numbers)) == len(numbers)
    bench.store.events.verify()


def another(quick: Bench, folder: Path) -> Bench:
    """The same box once more."""
    shutil.copytree(quick.data, folder)
    bench = Bench(folder, None)
    bench.look = quick.look
    return bench


def calls(quick: Bench, folder: Path) -> int:
    """How often an evening changes the disk."""
    bench = another(quick, folder)
    disk = FaultyDisk(NEVER, full)
    restart(bench, disk)
    assert list(evening(bench)) == [3]
    check_result(bench)
    bench.stop()
    return NEVER - disk.left


def finish(bench: Bench) -> None:
    """What officers do after trouble: photograph what is missing, hold."""
    found = {sheet.page for sheet in bench.store.sheets.list(status="read")}
    for page in set(PAGES) - found:
        bench._press(PressFile(), photo_of(page))
    bench.do_hold("2")
    check_result(bench)


def test_a_cut_at_any_call_loses_nothing_that_was_answered(tmp_path, quick):
    total = calls(quick, tmp_path / "count")
    assert total > 15, "else there is little to cut"
    for n in range(1, total + 1):
        bench = another(quick, tmp_path / f"{n}")
        disk = PowerCutDisk(n)
        read = []
        with suppress(Cut):
            restart(bench, disk)
            for page in evening(bench):
                read.append(page)
        disk.lose()
        restart(bench, Disk())
        bench.reader.read_all()
        bench.kiosk.tick()
        assert not bench.store.sheets.list(status="taken"), n
        found = {sheet.page for sheet in bench.store.sheets.list(status="read")}
        assert found >= set(read), f"call {n}: answered, and gone after the cut"
        finish(bench)
        bench.stop()


def test_a_full_disk_at_any_call_ends_nothing(tmp_path, quick):
    for n in range(1, calls(quick, tmp_path / "count") + 1):
        bench = another(quick, tmp_path / f"{n}")
        disk = FaultyDisk(NEVER, full)
        restart(bench, disk)
        disk.left = n
        read = list(evening(bench))
        found = {sheet.page for sheet in bench.store.sheets.list(status="read")}
        assert found >= set(read), n
        bench.reader.wake()
        finish(bench)
        bench.stop()
