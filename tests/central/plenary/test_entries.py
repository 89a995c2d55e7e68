"""Blind second entries, and sheets typed by two people for a TPS whose box failed."""

import hashlib
import json

import msgspec
import pytest
from plenary_samples import (
    KABUPATEN,
    KECAMATAN,
    NOW,
    OTHER_KECAMATAN,
    SECOND_TPS,
    TPS,
    officer,
    sheet_numbers,
)
from tpsbox.errors import InputError
from tpscentral.people import journal
from tpscentral.people.roles import ForbiddenError
from tpscentral.plenary.acts import acts_of
from tpscentral.plenary.deciding import reopen, state_no_result
from tpscentral.plenary.entries import attach_paper, comparison, enter, typed_photos
from tpscentral.plenary.revote import set_psu
from tpscentral.plenary.said import RefusedError
from tpscentral.psu import Psu
from tpscentral.standing import StandingState, Stated

ANNA, BUDI = officer(KECAMATAN, "anna"), officer(KECAMATAN, "budi")


def paper(country, votes=(100, 50), **changes):
    numbers = {field.name: 0 for field in country.form("gubernur").fields}
    return numbers | sheet_numbers(votes) | changes


def type_in(country, account, numbers, kind="typed", tps=TPS, photo=None, now=NOW):
    with country.desk(account, now) as desk:
        return enter(desk, tps, "gubernur", kind, numbers, photo=photo)


def revote(country, psu, now):
    with country.desk(ANNA, now) as desk:
        version = country.standing(TPS).version
        set_psu(desk, TPS, "gubernur", psu, version=version, reason="rekomendasi Panwas 12")


def seen_by(country, account, kind):
    with country.desk(account) as desk:
        return comparison(desk, TPS, "gubernur", kind)


def test_the_journal_holds_the_hash_of_both_but_of_none_alone(country):
    country.box_result(TPS)
    type_in(country, ANNA, paper(country, (1, 2)), "blind")
    both = type_in(country, BUDI, paper(country, (1, 3)), "blind")
    with country.database.read() as connection:
        rows = [row for row in journal.entries(connection) if row.action == "isian"]
    first, second = (json.loads(row.detail) for row in rows)
    assert first.keys() == {"entry", "kind", "round"}
    written = msgspec.json.encode(both.entries, order="sorted")
    assert second["both_sha256"] == hashlib.sha256(written).hexdigest()


def test_neither_sees_the_other_before_both_are_in(country):
    country.box_result(TPS)
    first = type_in(country, ANNA, paper(country, (1, 2)), "blind")
    assert (first.count, first.entries, first.waiting) == (1, (), False)
    waiting = seen_by(country, BUDI, "blind")
    assert (waiting.count, waiting.entries, waiting.waiting) == (1, (), True)
    both = type_in(country, BUDI, paper(country, (1, 2)), "blind")
    assert [entry.account for entry in both.entries] == ["anna", "budi"]
    assert seen_by(country, ANNA, "blind") == both


def test_blind_entries_that_agree_are_held_against_what_counts(country):
    country.box_result(TPS, (100, 50))
    type_in(country, ANNA, paper(country, (101, 49)), "blind")
    both = type_in(country, BUDI, paper(country, (101, 49)), "blind")
    assert both.agree
    assert both.against == ("paslon_1", "paslon_2")
    assert country.standing(TPS).numbers["paslon_1"] == Stated(100, "accepted")
    with pytest.raises(RefusedError, match="sudah sama"):
        type_in(country, officer(KECAMATAN, "cici"), paper(country), "blind")


def test_entries_that_differ_name_the_fields_and_a_new_round_begins(country):
    country.box_result(TPS, (100, 50))
    type_in(country, ANNA, paper(country, suara_tidak_sah=3), "blind")
    both = type_in(country, BUDI, paper(country, suara_tidak_sah=8), "blind")
    assert (both.agree, both.differing, both.round) == (False, ("suara_tidak_sah",), 1)
    again = type_in(country, BUDI, paper(country, suara_tidak_sah=3), "blind")
    assert (again.round, again.count, again.entries) == (2, 1, ())
    assert type_in(country, ANNA, paper(country, suara_tidak_sah=3), "blind").agree


def test_the_same_person_does_not_type_twice(country):
    country.box_result(TPS)
    type_in(country, ANNA, paper(country), "blind")
    with pytest.raises(RefusedError, match="orang lain"):
        type_in(country, ANNA, paper(country), "blind")


def test_two_equal_typed_sheets_count_and_are_marked_for_ever(country):
    photo = country.photo(TPS)
    type_in(country, ANNA, paper(country), photo=photo)
    assert country.standing(TPS).state is StandingState.WAITING
    type_in(country, BUDI, paper(country), photo=photo)
    standing = country.standing(TPS)
    assert (standing.state, standing.source, standing.cara) == (
        StandingState.IN, "typed", "typed",
    )  # fmt: skip
    assert standing.numbers["paslon_1"] == Stated(100, "corrected")
    assert standing.arrived_at == NOW
    with country.database.read() as connection:
        (act,) = acts_of(connection, TPS, "gubernur")
    assert (act.kind, len(act.body.entries)) == ("typed", 2)
    country.check(TPS)
    assert country.standing(TPS).source == "typed"


def test_typed_sheets_that_differ_make_nothing_count(country):
    photo = country.photo(TPS)
    type_in(country, ANNA, paper(country, (100, 50)), photo=photo)
    both = type_in(country, BUDI, paper(country, (100, 56)), photo=photo)
    assert "paslon_2" in both.differing
    assert country.standing(TPS).source == "none"
    type_in(country, officer(KECAMATAN, "cici"), paper(country, (100, 56)), photo=photo)
    assert country.standing(TPS).source == "none", "one of a new round is not a majority"
    assert type_in(country, BUDI, paper(country, (100, 56)), photo=photo).agree
    assert country.standing(TPS).source == "typed"


def test_an_empty_box_is_typed_as_null(country):
    photo = country.photo(TPS)
    numbers = paper(country, disabilitas_l=None)
    type_in(country, ANNA, numbers, photo=photo)
    type_in(country, BUDI, numbers, photo=photo)
    assert country.standing(TPS).numbers["disabilitas_l"] == Stated(None, "corrected")
    assert country.standing(TPS).state is StandingState.REVIEW


def test_a_typed_sheet_needs_a_photo_of_that_tps(country):
    country.photo(SECOND_TPS, "cd" * 32)
    for photo in (None, "cd" * 32):
        with pytest.raises(InputError, match="Foto"):
            type_in(country, ANNA, paper(country), photo=photo)


def test_every_field_must_be_typed(country):
    country.box_result(TPS)
    numbers = paper(country)
    del numbers["paslon_1"]
    with pytest.raises(InputError, match="Semua isian"):
        type_in(country, ANNA, numbers, "blind")


def test_sheets_are_typed_only_where_there_is_no_result(country):
    country.box_result(TPS)
    photo = country.photo(TPS)
    with pytest.raises(RefusedError, match="punya hasil"):
        type_in(country, ANNA, paper(country), photo=photo)
    with pytest.raises(RefusedError, match="Belum ada hasil kotak"):
        type_in(country, ANNA, paper(country), "blind", SECOND_TPS)
    with pytest.raises(RefusedError, match="punya hasil"), country.desk(ANNA) as desk:
        attach_paper(desk, TPS, "gubernur")
    with country.desk(ANNA) as desk:
        attach_paper(desk, SECOND_TPS, "gubernur")
        state_no_result(desk, SECOND_TPS, "gubernur", version=0, reason="x")
    with pytest.raises(RefusedError, match="buka kembali"), country.desk(ANNA) as desk:
        attach_paper(desk, SECOND_TPS, "gubernur")
    with country.desk(ANNA) as desk:
        reopen(desk, SECOND_TPS, "gubernur", version=1, reason="ketemu")
        attach_paper(desk, SECOND_TPS, "gubernur")


def test_nobody_from_elsewhere_types(country):
    country.box_result(TPS)
    for account in (officer(OTHER_KECAMATAN), officer(KABUPATEN)):
        with pytest.raises((ForbiddenError, RefusedError)):
            type_in(country, account, paper(country), "blind")


def test_entries_of_before_a_revote_are_not_held_against_it(country):
    country.box_result(TPS, (100, 50))
    for account in (ANNA, BUDI):
        type_in(country, account, paper(country, (100, 50)), "blind")
    revote(country, Psu.ULANG, NOW + 60)
    country.box_result(TPS, (120, 40))
    assert seen_by(country, ANNA, "blind").count == 0
    for account in (ANNA, BUDI):
        both = type_in(country, account, paper(country, (120, 40)), "blind", now=NOW + 90)
    assert (both.agree, both.round, both.against) == (True, 2, ())


def test_voting_that_was_only_later_leaves_what_was_typed(country):
    photo = country.photo(TPS)
    type_in(country, ANNA, paper(country), photo=photo)
    revote(country, Psu.SUSULAN, NOW + 60)
    assert type_in(country, BUDI, paper(country), photo=photo, now=NOW + 90).agree


def test_a_sheet_of_before_a_revote_is_not_half_of_the_new_one(country):
    photo = country.photo(TPS)
    type_in(country, ANNA, paper(country), photo=photo)
    revote(country, Psu.ULANG, NOW + 60)
    with country.database.read() as connection:
        assert typed_photos(connection, country.standing(TPS)) == ()
    first = type_in(country, BUDI, paper(country), photo=photo, now=NOW + 90)
    assert (first.round, first.count) == (2, 1)
    assert country.standing(TPS).state is StandingState.WAITING


def test_a_photo_of_one_contest_is_no_paper_of_the_other(country):
    photo = country.photo(TPS)
    numbers = {field.name: 0 for field in country.form("bupati").fields}
    with country.desk(ANNA) as desk:
        enter(desk, TPS, "bupati", "typed", numbers, photo=photo)
    with pytest.raises(InputError, match="pemilihan lain"):
        type_in(country, ANNA, paper(country), photo=photo)
