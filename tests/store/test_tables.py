"""Sheets, words, results, link states: what goes in comes out, after reopening too."""

import pytest
from tpsbox.errors import AnswerError, InputError
from tpsbox.record.statement import Clock
from tpsbox.store.linkstate import LinkCondition
from tpsbox.store.outbox import ItemKind, ItemState
from tpsbox.store.results import LAST_NUMBER
from tpsbox.store.store import Store


def test_a_photo_is_a_row_before_it_is_read(store):
    sha = store.photos.keep(b"jpeg")
    id = store.sheets.add_photo(sha, 1_700_000_000.5, Clock.RTC)
    with Store(store.folder) as again:
        (sheet,) = again.sheets.list(status="taken")
    assert (sheet.id, sheet.photo, sheet.kind, sheet.status) == (id, sha, "sheet", "taken")
    assert (sheet.taken_at, sheet.clock) == (1_700_000_000.5, Clock.RTC)
    assert sheet.contest is sheet.form is sheet.page is sheet.reading is sheet.evidence is None
    assert sheet.sharpness is None


def test_a_reading_and_its_evidence(store):
    id = store.sheets.add_photo(store.photos.keep(b"1"), 1.0, Clock.SYSTEM)
    other = store.sheets.add_photo(store.photos.keep(b"2"), 2.0, Clock.NONE, "attachment")
    reading = {"contest": "ppwp", "form": "ppwp-2024", "page": 2, "reading": b"{}"}
    store.sheets.set_reading(id, **reading, evidence=b"\xa0", sharpness=0.0)
    sheet = store.sheets.get(id)
    assert (sheet.status, sheet.page, sheet.reading, sheet.evidence) == ("read", 2, b"{}", b"\xa0")
    assert sheet.sharpness == 0.0
    assert [sheet.id for sheet in store.sheets.list("ppwp", 2)] == [id]
    assert store.sheets.list("ppwp", 1) == store.sheets.list("dpr") == ()
    assert [sheet.id for sheet in store.sheets.list(kind="attachment")] == [other]
    assert [sheet.id for sheet in store.sheets.list()] == [id, other]


def test_a_rejected_photo_is_kept_with_the_reason(store):
    id = store.sheets.add_photo(store.photos.keep(b"1"), 1.0, Clock.SYSTEM)
    store.sheets.reject(id, "kabur", sharpness=3.5)
    sheet = store.sheets.get(id)
    assert (sheet.status, sheet.reason, sheet.sharpness) == ("rejected", "kabur", 3.5)


def test_rows_that_are_not_there(store):
    with pytest.raises(InputError, match="sheet 7"):
        store.sheets.get(7)
    with pytest.raises(InputError, match="sheet 7"):
        store.sheets.reject(7, "kabur")


def test_words_keep_their_order_and_null_is_not_zero(store, clock):
    store.words.add("ppwp", "suara_sah", "correct", None)
    clock.now += 1
    store.words.add("ppwp", "suara_sah", "correct", 0)
    store.words.add("dpr", "suara_sah", "confirm", 999)
    first, second = store.words.list("ppwp")
    assert (first.value, second.value) == (None, 0)
    assert second.said_at == first.said_at + 1
    assert len(store.words.list()) == 3
    for value in (-1, 1000):
        with pytest.raises(InputError, match="three boxes"):
            store.words.add("ppwp", "suara_sah", "correct", value)


def test_numbers_are_never_given_twice(store):
    assert [store.results.reserve(1) for _ in range(3)] == [1, 2, 3]
    with Store(store.folder) as again:
        assert again.results.reserve(1) == 4
    assert store.results.reserve(2) == 1
    assert store.results.reserve(1) == 5


def test_numbers_end(store):
    with store._db.transaction() as connection:
        connection.execute("INSERT INTO numbers VALUES (1, ?)", (LAST_NUMBER,))
    with pytest.raises(AnswerError, match="all result numbers are used"):
        store.results.reserve(1)


def test_a_result_queues_what_belongs_to_it_once(store):
    one, two = store.photos.keep(b"1"), store.photos.keep(b"2")
    number = store.results.reserve(1)
    store.results.add_result(b"r1", number=number, epoch=1, evidence=[b"e1"], photos=[one])
    number = store.results.reserve(1)
    id = store.results.add_result(
        b"r2", number=number, epoch=1, evidence=[b"e1", b"e2"], photos=[one, two]
    )
    queued = [(item.kind, item.body) for item in store.outbox.list()]
    assert queued == [
        (ItemKind.RESULT, b"r1"),
        (ItemKind.EVIDENCE, b"e1"),
        (ItemKind.PHOTO, None),
        (ItemKind.RESULT, b"r2"),
        (ItemKind.EVIDENCE, b"e2"),
        (ItemKind.PHOTO, None),
    ]
    assert {item.state for item in store.outbox.list()} == {ItemState.QUEUED}
    newest = store.results.newest()
    assert (newest.id, newest.number, newest.record) == (id, 2, b"r2")
    listed = [(result.number, result.record) for result in store.results.list()]
    assert listed == [(1, b"r1"), (2, b"r2")]


def test_the_newest_result_is_of_the_highest_epoch(store):
    assert store.results.newest() is None
    for epoch in (2, 1, 1):
        number = store.results.reserve(epoch)
        store.results.add_result(f"{epoch}.{number}".encode(), number=number, epoch=epoch)
    assert store.results.newest().record == b"2.1"


def test_a_result_added_twice_is_there_once(store):
    number = store.results.reserve(1)
    first = store.results.add_result(b"r", number=number, epoch=1)
    assert store.results.add_result(b"r", number=number, epoch=1) == first
    assert len(store.results.list()) == len(store.outbox.list()) == 1


def test_a_number_carries_one_record_and_was_reserved(store):
    number = store.results.reserve(1)
    store.results.add_result(b"r", number=number, epoch=1)
    with pytest.raises(AnswerError, match="taken by another record"):
        store.results.add_result(b"other", number=number, epoch=1)
    for epoch, unreserved in ((1, number + 1), (1, 0), (2, 1)):
        with pytest.raises(AnswerError, match="reserve it first"):
            store.results.add_result(b"x", number=unreserved, epoch=epoch)
    with pytest.raises(AnswerError, match="keep it before"):
        store.results.add_result(b"x", number=store.results.reserve(1), epoch=1, photos=["0" * 64])
    assert len(store.outbox.list()) == 1


def test_link_states_remember_since_when(store, clock):
    assert store.links.get("mqtt") is None
    store.links.set("mqtt", LinkCondition.WAITING, "no network")
    since = clock.now
    clock.now += 60
    store.links.set("mqtt", LinkCondition.WAITING, "no network")
    assert store.links.get("mqtt").since == since
    store.links.set("mqtt", LinkCondition.ONLINE)
    (state,) = store.links.list()
    assert (state.state, state.error, state.since) == (LinkCondition.ONLINE, "", clock.now)
