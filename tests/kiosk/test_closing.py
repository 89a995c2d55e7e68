"""Holds over two contests: what is closed, signed and queued, and the evidence under the root."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from kiosk_samples import KOTABARU, TPS, VALUES, keep_sheet
from tpsbox.errors import EnvironmentFault
from tpsbox.forms.election import load_election
from tpsbox.kiosk.clock import BoxClock
from tpsbox.kiosk.closing import Closing, close, newest_statement
from tpsbox.record.evidence import decode_evidence, evidence_root
from tpsbox.record.signing import record_id, verify_result
from tpsbox.record.statement import Clock, State, decode_statement
from tpsbox.store.outbox import ItemKind
from tpsbox.store.store import Store

ELECTION = load_election(KOTABARU)
MODEL = bytes(range(32))
NOW = 1_732_700_000.5
GUBERNUR = {**{k: v for k, v in VALUES.items() if k != "paslon_3"}, "paslon_1": 84}


@pytest.fixture
def store(tmp_path: Path, enrolled: Callable[[Store], None]) -> Iterator[Store]:
    with Store(tmp_path / "data", clock=lambda: NOW) as opened:
        opened.identity.create(TPS, KOTABARU, ELECTION.package)
        enrolled(opened)
        yield opened


def keep(store: Store, contest: str, *pages: int, **how: float) -> None:
    values = GUBERNUR if contest == "gubernur" else VALUES
    for page in pages:
        keep_sheet(store, contest, ELECTION.form_of(contest), page, values, **how)


def hold(store: Store, everything: bool = False) -> Closing:
    return close(store, ELECTION, MODEL, BoxClock(lambda: NOW), everything=everything)


def leaves(store: Store) -> list[bytes]:
    return [item.body for item in store.outbox.list() if item.kind is ItemKind.EVIDENCE]


def test_a_complete_contest_is_closed_alone_and_the_other_states_nothing(store: Store):
    keep(store, "gubernur", 1, 2, 3)
    done = hold(store)
    assert (done.kind, done.number, done.closed) == ("closed", 1, ("gubernur",))
    result = store.results.newest()
    assert done.id == result.id == record_id(result.record)
    key = store.identity.signing_key().public_key()
    statement = decode_statement(verify_result(result.record, key), ELECTION)
    assert (statement.tps, statement.epoch, statement.number) == (TPS, 1, 1)
    assert (statement.time, statement.clock) == (int(NOW), Clock.SYSTEM)
    gubernur, bupati = statement.contests
    assert gubernur.closed and not bupati.closed
    assert {value.state for value in gubernur.values} == {State.ACCEPTED}
    assert {value.state for value in bupati.values} == {State.ABSENT}


def test_the_root_is_over_evidence_and_attachments_and_photos_are_queued(store: Store):
    keep(store, "gubernur", 1, 2, 3)
    keep(store, "bupati", 1)
    attachment = store.photos.keep(b"\xff\xd8\xff attachment")
    store.sheets.add_photo(attachment, NOW, Clock.SYSTEM, kind="attachment")
    damaged = store.photos.keep(b"\xff\xd8\xff damaged")
    row = store.sheets.add_photo(damaged, NOW, Clock.SYSTEM, kind="attachment")
    store.sheets.reject(row, "damaged")
    assert hold(store).incomplete == ("bupati",)
    root = evidence_root([*leaves(store), bytes.fromhex(attachment)])
    assert newest_statement(store, ELECTION).root == root
    sent = {item.id.hex() for item in store.outbox.list() if item.kind is ItemKind.PHOTO}
    sheets = store.sheets.list(contest="gubernur")
    assert sent == {attachment, *(sheet.photo for sheet in sheets)}


def test_evidence_says_how_each_number_was_found(store: Store):
    keep(store, "gubernur", 1, 2, 3)
    store.words.add("gubernur", "paslon_1", "confirm", 84)
    store.words.add("gubernur", "suara_sah", "correct", 208)
    hold(store)
    sheets = {sheet.page: sheet for sheet in map(decode_evidence, leaves(store))}
    assert set(sheets) == {1, 2, 3}
    second = sheets[2]
    assert (second.tps, second.contest, second.entry, second.model) == (
        TPS,
        "gubernur",
        "camera",
        MODEL,
    )
    assert second.photo.hex() == store.sheets.list(contest="gubernur", page=2)[0].photo
    assert second.homography == (2.0, 0.0, 10.0, 0.0, 2.0, 20.0, 0.0, 0.0, 1.0)
    field = next(field for field in second.fields if field.name == "paslon_1")
    assert (field.raw, field.value, field.status) == ("X84", 84, "accepted")
    assert field.witnesses["boxes"]["marks"] == "X84"
    assert [box[0] for box in field.witnesses["boxes"]["top"]] == ["X", "8", "4"]
    assert all(box[1] > 0.99 for box in field.witnesses["boxes"]["top"])
    assert field.witnesses["bubbles"] == {"marks": "_84", "clear": True}
    sums = field.witnesses["sums"]
    assert (sums["marks"][:3], sums["value"]) == (("60", "24", "__"), 84)
    assert sums["probability"] > 0.8
    tally = field.witnesses["tally"]
    assert (tally["count"], tally["spread"], tally["cells"][-2:]) == (84, 0.5, (5, 4))
    assert [(word.field, word.kind, word.value) for word in second.words] == [
        ("paslon_1", "confirm", 84)
    ]
    assert [word.field for word in sheets[3].words] == ["suara_sah"]


def test_what_was_closed_stays_closed_and_later_words_make_the_next_number(store: Store):
    keep(store, "gubernur", 1, 2, 3)
    first = hold(store)
    store.words.add("gubernur", "suara_sah", "correct", 200)
    keep(store, "bupati", 1, 2, 3)
    second = hold(store)
    assert (first.number, second.number) == (1, 2)
    assert second.closed == ("gubernur", "bupati")
    values = newest_statement(store, ELECTION).contests[0].values
    names = [field.name for field in ELECTION.form_of("gubernur").fields]
    value = values[names.index("suara_sah")]
    assert (value.state, value.number) == (State.CORRECTED, 200)


def test_sheets_missing_are_closed_only_by_the_second_hold(store: Store):
    keep(store, "bupati", 2)
    first = hold(store)
    assert (first.kind, first.number, first.incomplete) == ("incomplete", None, ("bupati",))
    assert store.results.list() == () and store.outbox.list() == ()
    second = hold(store, everything=True)
    assert (second.kind, second.number, second.closed) == ("closed", 1, ("bupati",))
    states = [value.state for value in newest_statement(store, ELECTION).contests[1].values]
    assert states.count(State.ABSENT) == len(states) - 3


def test_a_first_hold_with_nothing_new_only_asks(store: Store):
    keep(store, "gubernur", 1, 2, 3)
    hold(store)
    keep(store, "bupati", 1)
    asked = hold(store)
    assert (asked.kind, asked.number, asked.incomplete) == ("incomplete", None, ("bupati",))
    assert len(store.results.list()) == 1


def test_a_contest_not_begun_is_not_asked_about_nor_closed(store: Store):
    keep(store, "gubernur", 1, 2, 3)
    assert hold(store, everything=True).closed == ("gubernur",)


def test_nothing_at_all_makes_no_result(store: Store):
    assert hold(store) == Closing("nothing")
    assert hold(store, everything=True) == Closing("nothing")


def test_a_page_typed_without_a_photo_has_evidence_too(store: Store):
    keep(store, "gubernur", 1, 2)
    store.words.add("gubernur", "suara_sah", "correct", 208)
    hold(store, everything=True)
    (typed,) = (e for e in map(decode_evidence, leaves(store)) if e.entry == "typed")
    assert (typed.page, typed.photo, typed.fields) == (3, None, ())
    assert [word.value for word in typed.words] == [208]


def test_two_photos_of_a_page_are_two_leaves_with_their_own_marks(store: Store):
    keep(store, "gubernur", 1, 2, 3)
    form = ELECTION.form_of("gubernur")
    keep_sheet(store, "gubernur", form, 2, GUBERNUR | {"paslon_1": 81}, sharpness=0.3)
    hold(store)
    marks = [
        {field.name: field.raw for field in sheet.fields}["paslon_1"]
        for sheet in map(decode_evidence, leaves(store))
        if sheet.page == 2
    ]
    assert marks == ["X84", "X81"]


def test_before_enrolment_nothing_is_signed_and_no_number_is_used(tmp_path: Path, enrolled):
    with Store(tmp_path / "fresh", clock=lambda: NOW) as store:
        store.identity.create(TPS, KOTABARU, ELECTION.package)
        keep(store, "gubernur", 1, 2, 3)
        assert hold(store).kind == "unenrolled"
        assert store.results.list() == ()
        enrolled(store)
        assert hold(store).number == 1


def test_a_result_that_the_disk_refuses_is_no_result(store: Store, monkeypatch):
    keep(store, "gubernur", 1, 2, 3)

    def refuse(*_: object, **__: object) -> bytes:
        raise EnvironmentFault("disk full")

    monkeypatch.setattr(store.results, "add_result", refuse)
    with pytest.raises(EnvironmentFault):
        hold(store)
    monkeypatch.undo()
    assert hold(store).number == 2, "a number is never used twice"


def test_closing_is_told_to_people_in_one_struct(store: Store):
    keep(store, "gubernur", 1, 2, 3)
    assert msgspec.json.decode(msgspec.json.encode(hold(store)))["closed"] == ["gubernur"]
