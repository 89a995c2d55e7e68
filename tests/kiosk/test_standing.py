"""What stands: readings together, officers' words over them, rules over all of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kiosk_samples import PPWP, VALUES, keep_sheet
from tpsbox.errors import InputError
from tpsbox.forms.election import load_election
from tpsbox.kiosk.standing import ContestStanding, stand, stand_all
from tpsbox.reading.read import read_together
from tpsbox.reading.stored import unpack
from tpsbox.record.statement import State, Value
from tpsbox.store.store import Store
from tpsbox.store.words import SpokenWord

ELECTION = load_election(PPWP)
FORM = ELECTION.form_of("ppwp")
PAGES = (1, 2, 3)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "data", clock=lambda: 1_700_000_000.0) as opened:
        yield opened


def ppwp(store: Store) -> ContestStanding:
    (contest,) = stand_all(store, ELECTION)
    return contest


def keep(store: Store, page: int, changes: dict[str, int | None] | None = None, **how: float):
    return keep_sheet(store, "ppwp", FORM, page, VALUES | (changes or {}), **how)


def test_nothing_photographed_is_absent_everywhere(store: Store):
    contest = ppwp(store)
    assert (contest.begun, contest.complete, contest.missing) == (False, False, PAGES)
    assert {field.state for field in contest.fields} == {State.ABSENT}
    assert {check.holds for check in contest.checks} == {None}
    assert contest.doubtful == ()


def test_a_whole_clear_set_is_accepted_and_adds_up(store: Store):
    for page in (3, 1, 2):
        keep(store, page)
    contest = ppwp(store)
    assert contest.complete and contest.pages_in == PAGES
    assert {field.field.name: field.number for field in contest.fields} == VALUES
    assert {field.state for field in contest.fields} == {State.ACCEPTED}
    assert {check.holds for check in contest.checks} == {True}
    assert contest.values[0] == Value(State.ACCEPTED, VALUES[FORM.fields[0].name])


def test_an_empty_box_is_a_doubt_and_no_number(store: Store):
    keep(store, 3, {"suara_tidak_sah": None})
    field = ppwp(store).standing("suara_tidak_sah")
    assert (field.state, field.number, field.doubtful) == (State.UNSURE, None, True)


@pytest.mark.parametrize(("first", "second"), [(0.5, 0.9), (0.9, 0.5)])
def test_of_two_photos_the_sharper_stands_and_a_difference_is_for_a_person(
    store: Store, first: float, second: float
):
    keep(store, 2, {"paslon_2": 121}, sharpness=first)
    keep(store, 2, sharpness=second)
    field = ppwp(store).standing("paslon_2")
    assert field.number == (124 if second > first else 121)
    assert field.state is State.UNSURE
    assert "sheets_differ" in field.read.reasons
    assert ppwp(store).standing("paslon_1").number == 58


def test_rejected_and_unread_photos_and_attachments_do_not_count(store: Store):
    sheet = keep(store, 3)
    store.sheets.reject(sheet, "blurred")
    assert not ppwp(store).begun


WORDS = st.lists(
    st.tuples(
        st.sampled_from(["paslon_1", "suara_sah"]),
        st.sampled_from(["confirm", "correct"]),
        st.none() | st.integers(0, 999),
    ),
    max_size=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(WORDS)
def test_the_latest_word_wins_and_the_reading_stays_beside_it(words):
    said = tuple(
        SpokenWord(id, "ppwp", name, kind, value, 0.0)
        for id, (name, kind, value) in enumerate(words, start=1)
    )
    contest = stand("ppwp", FORM, _SHEETS, said)
    for name, number in (("paslon_1", 58), ("suara_sah", 208), ("paslon_3", 26)):
        field = contest.standing(name)
        assert field.read.value == number
        mine = [word for word in said if word.field == name]
        if not mine:
            assert (field.number, field.word) == (number, None)
            continue
        last = mine[-1]
        assert (field.number, field.word) == (last.value, last)
        corrected = last.kind == "correct"
        assert field.state is (State.CORRECTED if corrected else State.CONFIRMED)
        assert not field.doubtful


def test_readings_are_accepted_at_the_error_rate_of_the_election():
    readings = [unpack(sheet.reading, FORM) for sheet in _SHEETS]
    for asked, meant in ((None, 1e-5), (1e-3, 1e-3)):
        contest = stand("ppwp", FORM, _SHEETS, (), asked)
        alone = read_together(readings, meant).fields
        assert {f.field.name: f.read for f in contest.fields if f.read} == alone
        assert contest.bound == meant


def test_rules_are_checked_over_what_stands(store: Store):
    for page in PAGES:
        keep(store, page)
    store.words.add("ppwp", "paslon_1", "correct", 59)
    broken = [check for check in ppwp(store).checks if check.holds is False]
    assert [check.fields[0] for check in broken] == ["suara_sah"]
    store.words.add("ppwp", "paslon_1", "correct", None)
    (sums,) = (c for c in ppwp(store).checks if c.fields == broken[0].fields)
    assert sums.holds is None, "null is not zero"


def test_words_of_another_contest_do_not_count(store: Store):
    keep(store, 2)
    store.words.add("gubernur", "paslon_1", "correct", 1)
    assert ppwp(store).standing("paslon_1").number == 58


def test_a_typed_number_stands_without_a_photo(store: Store):
    store.words.add("ppwp", "paslon_1", "correct", 58)
    contest = ppwp(store)
    assert contest.begun and contest.missing == PAGES
    assert contest.standing("paslon_1").state is State.CORRECTED


def test_a_stored_reading_of_another_page_is_an_error_of_one_line(store: Store):
    sheet = store.sheets.get(keep(store, 2))
    store.sheets.set_reading(
        sheet.id, contest="ppwp", form=FORM.name, page=2, reading=b'{"page": 9}'
    )
    with pytest.raises(InputError, match="stored reading"):
        ppwp(store)


def _sheets():
    import tempfile

    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "data") as store:
        for page in PAGES:
            keep(store, page)
        return store.sheets.list()


_SHEETS = _sheets()
