"""The reader and what comes before it: cuts at each point, photos that rot, readers that die."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from kiosk_samples import reading
from tpsbox.board.simulated_camera import SimulatedCamera
from tpsbox.forms.election import load_election
from tpsbox.kiosk.clock import BoxClock
from tpsbox.kiosk.eye import DAMAGED, REASONS, UNREADABLE, Refused, Seen
from tpsbox.kiosk.reader import MOST_FAULTS, RUN, STARTED, Reader, heading_path
from tpsbox.kiosk.take import adopt_orphans, take_attachment, take_sheet
from tpsbox.record.statement import Clock
from tpsbox.store.store import Store
from tpsbox.vision.rejection import Reason

FORM = load_election("pemilu-2024-ppwp").form_of("ppwp")
JPEG = b"\xff\xd8\xff a photo"


def seen(jpeg: bytes) -> Seen:
    return Seen("ppwp", FORM.name, 2, 0.8, reading(FORM, 2, {"paslon_1": 58}), b"\xff\xd8 heading")


CLOCK = BoxClock(lambda: 1_700_000_000.0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "data", clock=lambda: 1_700_000_000.0) as opened:
        opened.identity.create("6302042001001", "uji", bytes(4))
        yield opened


@pytest.fixture
def camera(tmp_path: Path) -> SimulatedCamera:
    made = SimulatedCamera(tmp_path)
    made.put_under(JPEG)
    return made


def test_a_taken_photo_is_on_the_disk_and_in_the_log_before_it_is_read(store, camera):
    sheet = take_sheet(store, camera, CLOCK)
    assert store.photos.read(sheet.photo) == JPEG
    assert (sheet.status, sheet.taken_at, sheet.clock) == ("taken", CLOCK.now(), Clock.SYSTEM)
    assert [event.name for event in store.events.list()] == ["photo"]


def test_an_attachment_is_kept_without_reading_and_refused_if_damaged(store, camera):
    sheet = take_attachment(store, camera, CLOCK)
    assert (sheet.kind, sheet.status, sheet.reason) == ("attachment", "rejected", DAMAGED)
    assert store.photos.has(sheet.photo)
    reader = Reader(store, seen)
    assert not reader.read_one()


def test_reading_is_kept_with_the_heading_beside_it(store, camera):
    sheet = take_sheet(store, camera, CLOCK)
    reader = Reader(store, seen)
    assert reader.read_one() and not reader.read_one()
    row = store.sheets.get(sheet.id)
    assert (row.status, row.contest, row.page, row.sharpness) == ("read", "ppwp", 2, 0.8)
    assert heading_path(store.folder, sheet.id).read_bytes() == b"\xff\xd8 heading"
    assert reader.done.get_nowait().seen == seen(JPEG)


def test_a_photo_without_a_row_gets_one_and_is_read(store):
    store.photos.keep(JPEG)
    assert adopt_orphans(store) == 1
    assert adopt_orphans(store) == 0
    (sheet,) = store.sheets.list(status="taken")
    assert sheet.clock is Clock.SAVED
    Reader(store, seen).read_all()
    assert store.sheets.get(sheet.id).status == "read"


def test_a_photo_file_that_is_gone_is_refused(store, camera):
    sheet = take_sheet(store, camera, CLOCK)
    store.photos.path(sheet.photo).unlink()
    Reader(store, seen).read_all()
    assert store.sheets.get(sheet.id).reason == UNREADABLE


def test_a_photo_that_rots_on_the_disk_does_not_block_the_day(store, camera):
    sheet = take_sheet(store, camera, CLOCK)
    store.photos.path(sheet.photo).write_bytes(b"rotten")
    reader = Reader(store, seen)
    for _ in range(MOST_FAULTS):
        reader.wake()
        reader.read_all()
        assert store.sheets.get(sheet.id).status == "taken"
        assert "replace the card" in str(reader.done.get_nowait().fault)
    reader.wake()
    reader.read_all()
    assert store.sheets.get(sheet.id).reason == UNREADABLE


def test_a_fault_puts_a_photo_off_until_woken(store, camera):
    take_sheet(store, camera, CLOCK)
    calls = []

    def look(jpeg: bytes) -> Refused:
        calls.append(jpeg)
        return Refused("blurred")

    reader = Reader(store, look)
    original = store.sheets.reject

    def no_room(*_: object) -> None:
        raise OSError(28, "no space")

    store.sheets.reject = no_room
    reader.read_all()
    reader.read_all()
    assert len(calls) == 1
    store.sheets.reject = original
    reader.wake()
    reader.read_all()
    assert [sheet.reason for sheet in store.sheets.list()] == ["blurred"]


@pytest.mark.parametrize(("deaths", "status"), [(2, "read"), (3, "rejected")])
def test_only_runs_that_ended_in_its_reading_count_against_a_photo(
    store, camera, deaths: int, status: str
):
    sheet = take_sheet(store, camera, CLOCK)
    for _ in range(deaths):
        store.events.add(RUN)
        store.events.add(STARTED, {"sheet": sheet.id})
        store.events.add(STARTED, {"sheet": sheet.id})  # tried again after a fault: no death
    store.events.add(RUN)
    Reader(store, seen).read_all()
    assert store.sheets.get(sheet.id).status == status


def test_every_reason_has_a_sentence_that_says_what_to_do():
    assert set(REASONS) == {*(reason.value for reason in Reason), DAMAGED, UNREADABLE}
    assert all(sentence.endswith(".") for sentence in REASONS.values())
