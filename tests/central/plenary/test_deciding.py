"""Sesuai, koreksi, buka kembali: what may be decided, by whom, and what is kept of it."""

import pytest
from plenary_samples import (
    ADMIN,
    KABUPATEN,
    KECAMATAN,
    NEIGHBOUR,
    NOW,
    OBSERVER,
    OTHER_KECAMATAN,
    SECOND_TPS,
    THIRD_TPS,
    TPS,
    officer,
)
from tpsbox.errors import InputError
from tpscentral.people import journal
from tpscentral.people.roles import ForbiddenError
from tpscentral.plenary.acts import acts_of
from tpscentral.plenary.deciding import (
    BrokenRulesError,
    UnseenError,
    check,
    correct,
    reopen,
    state_no_result,
)
from tpscentral.plenary.said import RefusedError
from tpscentral.rollup import rollup
from tpscentral.standing import OvertakenError, StandingState, Stated

PPK = officer(KECAMATAN)


def total(country, field, region=KECAMATAN):
    with country.database.read() as connection:
        return rollup(connection, region, "gubernur").sums.get(field, 0)


def test_check_of_sure_numbers_decides_and_is_kept(country):
    country.box_result(TPS)
    act = country.check(TPS)
    assert country.standing(TPS).state is StandingState.CHECKED
    assert (act.kind, act.level, act.account, act.at) == ("check", "kecamatan", PPK.username, NOW)
    assert act.body.changes == {}
    with country.database.read() as connection:
        assert acts_of(connection, TPS, "gubernur") == [act]
        row = journal.newest(connection, region=KECAMATAN)[0]
        assert (row.action, row.target, row.account) == (
            "periksa", f"{TPS}/gubernur", PPK.username,
        )  # fmt: skip
        assert journal.verify(connection) == journal.head(connection)


def test_an_unsure_number_counts_only_once_it_was_looked_at(country):
    country.box_result(TPS, changes={"paslon_1": Stated(100, "unsure")})
    assert total(country, "paslon_1") == 0
    with pytest.raises(UnseenError) as told:
        country.check(TPS)
    assert told.value.fields == ("paslon_1",)
    assert total(country, "paslon_1") == 0
    act = country.check(TPS, confirmed=["paslon_1"])
    assert total(country, "paslon_1") == 100
    assert act.body.changes["paslon_1"] == (Stated(100, "unsure"), Stated(100, "confirmed"))


def test_an_empty_box_stays_null_when_it_is_checked(country):
    country.box_result(TPS, changes={"disabilitas_j": Stated(None, "absent")})
    country.check(TPS, confirmed=["disabilitas_j"])
    stated = country.standing(TPS).numbers["disabilitas_j"]
    assert stated == Stated(None, "confirmed")
    assert not stated.summed


def test_a_correction_changes_the_number_and_keeps_the_old_one(country):
    country.box_result(TPS, (100, 50))
    with country.desk(PPK) as desk:
        act = correct(
            desk, TPS, "gubernur", {"paslon_1": 110, "paslon_2": 40}, version=1, reason="salah baca"
        )
    standing = country.standing(TPS)
    assert standing.state is StandingState.CORRECTED
    assert (total(country, "paslon_1"), total(country, "paslon_2")) == (110, 40)
    assert act.body.changes["paslon_1"] == (Stated(100, "accepted"), Stated(110, "corrected"))
    assert act.body.before.state == "in"
    assert act.version == standing.version == 2


def test_a_correction_may_say_that_a_box_is_empty(country):
    country.box_result(TPS)
    with country.desk(PPK) as desk:
        correct(desk, TPS, "gubernur", {"disabilitas_l": None}, version=1, reason="kosong")
    assert country.standing(TPS).numbers["disabilitas_l"] == Stated(None, "corrected")


def test_a_broken_rule_is_told_and_must_be_acknowledged(country):
    country.box_result(TPS, (100, 50))
    with pytest.raises(BrokenRulesError) as told, country.desk(PPK) as desk:
        correct(desk, TPS, "gubernur", {"paslon_1": 99}, version=1, reason="begitu di kertas")
    assert told.value.rules == ("R3",)
    assert country.standing(TPS).version == 1
    with country.desk(PPK) as desk:
        act = correct(
            desk,
            TPS,
            "gubernur",
            {"paslon_1": 99},
            version=1,
            reason="begitu di kertas",
            acknowledged=["R3"],
        )
    assert act.body.acknowledged == ("R3",)
    assert country.standing(TPS).broken == ("R3",)


@pytest.mark.parametrize(
    ("numbers", "reason"),
    [
        ({"paslon_1": 1000}, "x"),
        ({"paslon_1": -1}, "x"),
        ({"paslon_1": True}, "x"),
        ({"paslon_9": 1}, "x"),
        ({"paslon_1": 1}, " "),
        ({"paslon_1": 1}, "x" * 501),
        ({"paslon_1": 1}, "x\x00y"),
    ],
)
def test_bad_input_changes_nothing(country, numbers, reason):
    country.box_result(TPS)
    with pytest.raises(InputError), country.desk(PPK) as desk:
        correct(desk, TPS, "gubernur", numbers, version=1, reason=reason, acknowledged=["R3", "R4"])
    assert country.standing(TPS).version == 1


def test_a_correction_that_changes_nothing_is_no_correction(country):
    country.box_result(TPS, (100, 50))
    with pytest.raises(RefusedError, match="Tidak ada angka"), country.desk(PPK) as desk:
        correct(desk, TPS, "gubernur", {"paslon_1": 100}, version=1, reason="x")


def test_html_in_a_reason_is_kept_as_it_is(country):
    country.box_result(TPS)
    reason = '<script>alert("1")</script>'
    with country.desk(PPK) as desk:
        act = correct(desk, TPS, "gubernur", {"disabilitas_l": None}, version=1, reason=reason)
    assert act.reason == reason


def test_the_second_of_two_who_correct_is_told(country):
    country.box_result(TPS)
    with country.desk(PPK) as desk:
        correct(desk, TPS, "gubernur", {"disabilitas_l": None}, version=1, reason="satu")
    with pytest.raises(OvertakenError), country.desk(officer(KECAMATAN, "lain")) as desk:
        correct(desk, TPS, "gubernur", {"disabilitas_p": None}, version=1, reason="dua")
    assert country.standing(TPS).numbers["disabilitas_p"] == Stated(0, "accepted")


@pytest.mark.parametrize(
    "account",
    [officer(OTHER_KECAMATAN), officer("990201"), OBSERVER, ADMIN, officer(KABUPATEN)],
    ids=lambda account: account.username,
)
def test_nobody_else_changes_a_tps_of_an_open_kecamatan(country, account):
    country.box_result(TPS)
    with pytest.raises((ForbiddenError, RefusedError)), country.desk(account) as desk:
        check(desk, TPS, "gubernur", version=1)
    assert country.standing(TPS).state is StandingState.IN


def test_what_is_not_expected_is_refused(country):
    with pytest.raises(RefusedError, match="daftar TPS"), country.desk(PPK) as desk:
        check(desk, "9901012001099", "gubernur", version=0)
    with pytest.raises(RefusedError, match="tidak diselenggarakan"), country.desk(PPK) as desk:
        check(desk, TPS, "walikota", version=0)


def test_nothing_is_checked_before_it_came_in_nor_twice(country):
    with pytest.raises(RefusedError, match="Belum ada hasil"), country.desk(PPK) as desk:
        check(desk, TPS, "gubernur", version=0)
    country.box_result(TPS)
    country.check(TPS)
    with pytest.raises(RefusedError, match="sudah diperiksa"):
        country.check(TPS)


def test_reopening_needs_a_reason_and_keeps_the_numbers(country):
    country.box_result(TPS, (100, 50))
    country.check(TPS)
    with pytest.raises(InputError, match="Alasan"), country.desk(PPK) as desk:
        reopen(desk, TPS, "gubernur", version=2, reason="")
    with country.desk(PPK) as desk:
        reopen(desk, TPS, "gubernur", version=2, reason="saksi minta dibaca ulang")
    assert country.standing(TPS).state is StandingState.IN
    assert total(country, "paslon_1") == 100
    with pytest.raises(RefusedError, match="belum diperiksa"), country.desk(PPK) as desk:
        reopen(desk, TPS, "gubernur", version=3, reason="lagi")


def test_a_corrected_tps_stays_corrected_when_it_is_checked_again(country):
    country.box_result(TPS, (100, 50))
    with country.desk(PPK) as desk:
        correct(desk, TPS, "gubernur", {"disabilitas_l": None}, version=1, reason="x")
    with country.desk(PPK) as desk:
        reopen(desk, TPS, "gubernur", version=2, reason="x")
    country.check(TPS)
    assert country.standing(TPS).state is StandingState.CORRECTED


def test_a_tps_may_be_stated_to_have_no_result(country):
    with country.desk(PPK) as desk:
        act = state_no_result(desk, TPS, "gubernur", version=0, reason="kotak suara tidak ada")
    standing = country.standing(TPS)
    assert (standing.state, standing.source) == (StandingState.CHECKED, "none")
    assert (act.kind, standing.numbers) == ("none", {})
    with country.desk(PPK) as desk:
        reopen(desk, TPS, "gubernur", version=1, reason="ditemukan")
    assert country.standing(TPS).state is StandingState.WAITING
    country.box_result(SECOND_TPS)
    with pytest.raises(RefusedError, match="punya hasil"), country.desk(PPK) as desk:
        state_no_result(desk, SECOND_TPS, "gubernur", version=1, reason="x")


def test_contests_are_apart(country):
    country.box_result(TPS, (100, 50))
    country.box_result(TPS, (70, 60, 20), "bupati")
    country.check(TPS, "bupati")
    assert country.standing(TPS).state is StandingState.IN
    assert country.standing(TPS, "bupati").state is StandingState.CHECKED
    assert country.standing(THIRD_TPS).version == country.standing(NEIGHBOUR).version == 0
