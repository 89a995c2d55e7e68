"""`tpsbox confirm` and `correct`: what officers say, with the kiosk running or not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from kiosk_samples import VALUES, keep_sheet
from tpsbox.cli.officers import parse_value
from tpsbox.errors import UsageError
from tpsbox.forms.election import load_election
from tpsbox.store.store import Store

ELECTION = load_election("pilkada-2024-kotabaru")


@pytest.fixture
def sheets(box: Path) -> Path:
    """Page 2 of both contests: bupati with one number unclear and page 3 with one empty."""
    with Store(box) as store:
        keep_sheet(store, "gubernur", ELECTION.form_of("gubernur"), 2, VALUES)
        form = ELECTION.form_of("bupati")
        keep_sheet(store, "bupati", form, 2, VALUES, sure=0.6)
        keep_sheet(store, "bupati", form, 3, VALUES | {"suara_tidak_sah": None})
    return box


def states(tpsbox, contest: str) -> dict[str, tuple[int | None, str]]:
    report = json.loads(tpsbox("status", "--json")[1])
    (found,) = (c for c in report["contests"] if c["key"] == contest)
    return {f["field"]: (f["value"], f["state"]) for f in found["fields"]}


def test_without_fields_the_doubtful_are_listed_with_their_reasons(tpsbox, sheets: Path):
    code, out, _ = tpsbox("confirm")
    assert code == 0
    assert "bupati.suara_tidak_sah: kosong (perlu diperiksa)" in out and "Kotak kosong." in out
    assert "gubernur." not in out
    listed = json.loads(tpsbox("confirm", "--json")[1])
    empty = next(field for field in listed if field["field"] == "suara_tidak_sah")
    assert (empty["contest"], empty["value"], empty["raw"]) == ("bupati", None, "___")
    assert "empty" in empty["reasons"]
    with Store(sheets) as store:
        assert store.words.list() == ()


def test_all_confirms_what_has_a_number_and_leaves_the_empty(tpsbox, sheets: Path):
    before = json.loads(tpsbox("confirm", "--json")[1])
    code, out, _ = tpsbox("confirm", "--all")
    assert code == 0 and "sudah dinyatakan sesuai" in out
    left = json.loads(tpsbox("confirm", "--json")[1])
    assert [field["field"] for field in left] == ["suara_tidak_sah"]
    assert len(before) > 1
    assert tpsbox("confirm", "--all", "--empty")[0] == 0
    assert states(tpsbox, "bupati")["suara_tidak_sah"] == (None, "confirmed")
    assert json.loads(tpsbox("confirm", "--json")[1]) == []


def test_an_empty_field_is_only_confirmed_as_such(tpsbox, sheets: Path):
    code, _, error = tpsbox("confirm", "bupati.suara_tidak_sah")
    assert code == 1 and "--empty" in error
    assert tpsbox("confirm", "bupati.suara_tidak_sah", "--empty")[0] == 0
    assert states(tpsbox, "bupati")["suara_tidak_sah"] == (None, "confirmed")


def test_nothing_is_confirmed_if_one_of_several_cannot_be(tpsbox, sheets: Path):
    assert tpsbox("confirm", "gubernur.paslon_1", "bupati.suara_tidak_sah")[0] == 1
    with Store(sheets) as store:
        assert store.words.list() == ()


def test_a_number_of_no_photo_is_never_confirmed_and_typed_on_purpose_only(tpsbox, sheets: Path):
    code, _, error = tpsbox("confirm", "gubernur.suara_sah")
    assert code == 1 and "lembar 3 belum difoto" in error
    code, _, error = tpsbox("correct", "gubernur.suara_sah", "208")
    assert code == 1 and "lembar 3 belum difoto" in error and "--without-photo" in error
    assert states(tpsbox, "gubernur")["suara_sah"] == (None, "absent")
    assert tpsbox("correct", "gubernur.suara_sah", "208", "--without-photo")[0] == 0
    assert states(tpsbox, "gubernur")["suara_sah"] == (208, "corrected")
    assert tpsbox("correct", "gubernur.suara_sah", "209")[0] == 0, "asked once a field"


def test_typed_numbers_hold_and_the_reading_stays_beside_them(tpsbox, sheets: Path):
    code, out, _ = tpsbox("correct", "paslon_1", "059", "--contest", "bupati", "--json")
    (field,) = json.loads(out)
    assert code == 0
    assert (field["value"], field["state"], field["read"]) == (59, "corrected", 58)
    assert tpsbox("correct", "bupati.paslon_1", "kosong")[0] == 0
    assert states(tpsbox, "bupati")["paslon_1"] == (None, "corrected")
    with Store(sheets) as store:
        assert [word.value for word in store.words.list("bupati")] == [59, None]
        names = [event.name for event in store.events.list()]
        assert names[-2:] == ["correct", "correct"]
        store.events.verify()


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("correct", "paslon_1", "1"), "gubernur.paslon_1, bupati.paslon_1"),
        (("correct", "bupati.pasln_1", "1"), "do you mean paslon_1"),
        (("correct", "walikota.paslon_1", "1"), "one of gubernur, bupati"),
        (("correct", "paslon_1", "1", "--contest", "dpr"), "one of gubernur, bupati"),
        (("correct", "bupati.paslon_1", "1000"), "0 to 999"),
        (("confirm", "zzzzzz"), "tpsbox status --json"),
        (("confirm", "--all", "bupati.paslon_1"), "not both"),
    ],
)
def test_a_wrong_name_or_value_is_answered_with_the_choices(tpsbox, sheets, words, hint):
    code, out, error = tpsbox(*words)
    assert (code, out) == (2, "")
    assert hint in error and error.count("\n") == 1
    with Store(sheets) as store:
        assert store.words.list() == ()


@pytest.mark.parametrize("text", ["", "-1", "1,5", "²", "٣", "1000", "12a", " 1", "Kosong"])
def test_what_is_no_number_is_refused(text: str):
    with pytest.raises(UsageError):
        parse_value(text)


def test_a_number_is_taken_as_written_and_null_is_not_zero():
    assert [parse_value(text) for text in ("0", "007", "999", "kosong")] == [0, 7, 999, None]


@pytest.fixture
def scribbled(box: Path) -> Path:
    """Page 2 of bupati with one number that the machine can make nothing of."""
    with Store(box) as store:
        form = ELECTION.form_of("bupati")
        keep_sheet(store, "bupati", form, 2, VALUES, marks={"paslon_1": "?2?"})
    return box


def test_writing_that_cannot_be_read_is_never_confirmed_as_empty(tpsbox, scribbled: Path):
    assert "bupati.paslon_1: tidak terbaca (perlu diperiksa)" in tpsbox("confirm")[1]
    assert tpsbox("confirm", "--all", "--empty")[0] == 0
    assert states(tpsbox, "bupati")["paslon_1"] == (None, "unsure")
    code, _, error = tpsbox("confirm", "bupati.paslon_1", "--empty")
    assert code == 1 and "tulisannya tidak terbaca. Ketik dengan tpsbox correct" in error
    assert tpsbox("correct", "bupati.paslon_1", "kosong")[0] == 0
    assert states(tpsbox, "bupati")["paslon_1"] == (None, "corrected")


def test_a_typed_number_that_breaks_a_sum_is_told_at_once(tpsbox, sheets: Path):
    out = tpsbox("correct", "bupati.paslon_1", "999")[1]
    assert "Tidak cocok di bupati: suara_sah 208, paslon_1 999" in out
    assert "Tidak cocok di bupati: suara_sah 208, paslon_1 999" in tpsbox("confirm")[1]
    json.loads(tpsbox("correct", "bupati.paslon_1", "998", "--json")[1])
    assert "Tidak cocok" not in tpsbox("correct", "bupati.paslon_1", "58")[1]


def test_nothing_read_is_not_nothing_in_doubt(tpsbox, box: Path):
    assert tpsbox("confirm")[1] == "Belum ada lembar yang terbaca.\n"
    with Store(box) as store:
        keep_sheet(store, "gubernur", ELECTION.form_of("gubernur"), 2, VALUES)
    out = tpsbox("confirm")[1]
    assert out.startswith("Tidak ada keraguan. Belum terbaca: gubernur lembar 1, 3; bupati lembar")
