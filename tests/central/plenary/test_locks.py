"""Locks, unlocking and take-overs from the TPS up to the provinsi."""

import msgspec
import pytest
from plenary_samples import (
    ADMIN,
    KABUPATEN,
    KECAMATAN,
    NOW,
    OTHER_KABUPATEN,
    OTHER_KECAMATAN,
    PROVINSI,
    SECOND_TPS,
    TPS,
    officer,
    signing,
)
from tpsbox.errors import InputError
from tpscentral.people import journal
from tpscentral.people.roles import ForbiddenError
from tpscentral.plenary.deciding import correct, reopen, state_no_result
from tpscentral.plenary.locks import lock_region, locks_of, take_over, unlock_region
from tpscentral.plenary.readiness import readiness
from tpscentral.plenary.recap import decode_recap, digest_of
from tpscentral.plenary.recapping import make_recap
from tpscentral.plenary.said import RefusedError
from tpscentral.plenary.signing import Member, Signing, Witness
from tpscentral.rollup import rollup
from tpscentral.standing import Stated, load_standing, save_standing


def recap_of(country, region, contest="gubernur"):
    with country.desk(officer(region)) as desk:
        return make_recap(desk, region, contest)


def correct_at(country, region, tps, numbers, reference="KK-1 hal. 2"):
    with country.desk(officer(region)) as desk:
        version = load_standing(desk.connection, tps, "gubernur").version
        return correct(
            desk, tps, "gubernur", numbers, version=version, reason="x", reference=reference
        )


def test_a_recap_has_the_tps_by_desa_and_adds_up(country):
    country.fill(KECAMATAN)
    recap = recap_of(country, KECAMATAN)
    assert [group.nama for group in recap.groups] == ["DESA <b>SATU</b>", "DESA DUA"]
    assert [column.nama for column in recap.columns] == ["TPS 001", "TPS 002", "TPS 001"]
    assert recap.totals["paslon_1"] == 300
    assert recap.groups[0].totals["paslon_1"] == 200
    assert (recap.tps, recap.counted, recap.missing["paslon_1"]) == (3, 3, 0)
    assert recap.place.kecamatan == "SATU"
    labels = {row.field: row.label for row in recap.rows}
    assert labels["paslon_1"] == "Paslon 1: AYU & BIMA"


def test_an_unsure_number_is_null_in_the_recap_and_in_no_total(country):
    country.box_result(TPS, (100, 50), changes={"paslon_1": Stated(100, "unsure")})
    recap = recap_of(country, KECAMATAN)
    assert recap.columns[0].numbers["paslon_1"] is None
    assert recap.totals["paslon_1"] == 0
    assert recap.totals["paslon_2"] == 50
    assert (recap.missing["paslon_1"], recap.missing["paslon_2"]) == (3, 2)
    assert recap.counted == 1


def test_a_kecamatan_is_locked_once_every_tps_is_decided(country):
    country.fill(KECAMATAN)
    with country.desk(officer(KECAMATAN)) as desk:
        assert readiness(desk, KECAMATAN, "gubernur").ready
    lock = country.lock(KECAMATAN)
    assert lock.holds
    assert lock.digest == digest_of(lock.recap)
    assert decode_recap(lock.recap).totals["paslon_1"] == 300
    assert lock.signing.members[0].name == "Anggota 1"
    with pytest.raises(RefusedError, match="sudah dikunci"):
        country.lock(KECAMATAN)
    with (
        pytest.raises(RefusedError, match="sudah dikunci"),
        country.desk(officer(KECAMATAN)) as desk,
    ):
        reopen(desk, TPS, "gubernur", version=2, reason="terlambat")
    with country.database.read() as connection:
        assert journal.newest(connection, region=KECAMATAN)[0].action == "kunci"


def test_an_undecided_tps_stands_in_the_way_until_it_has_a_result_or_none(country):
    country.fill(KECAMATAN)
    with country.desk(officer(KECAMATAN)) as desk:
        reopen(desk, TPS, "gubernur", version=2, reason="x")
    with pytest.raises(RefusedError, match=f"1 TPS belum diperiksa \\({TPS}\\)"):
        country.lock(KECAMATAN)
    country.check(TPS)
    country.lock(KECAMATAN)
    with pytest.raises(RefusedError, match="belum diperiksa"):
        country.lock(KECAMATAN, "bupati")
    for tps in country.all_tps(KECAMATAN):
        with country.desk(officer(KECAMATAN)) as desk:
            state_no_result(desk, tps, "bupati", version=0, reason="tidak diterima")
    lock = country.lock(KECAMATAN, "bupati")
    recap = decode_recap(lock.recap)
    assert (recap.tps, recap.counted, recap.totals["paslon_1"]) == (3, 0, 0)
    assert recap.columns[0].marks == {"tanpa_hasil": 1}


def test_a_flagged_late_result_stands_in_the_way(country):
    country.fill(KECAMATAN)
    with country.database.write() as connection:
        standing = load_standing(connection, TPS, "gubernur")
        save_standing(connection, msgspec.structs.replace(standing, flagged=1))
    with pytest.raises(RefusedError, match="hasil terlambat"):
        country.lock(KECAMATAN)


@pytest.mark.parametrize(
    "changed",
    [
        {"members": signing(2).members[:4]},
        {"members": (*signing(2).members[:4], Member(" ", signed=True))},
        {"members": (*signing(2).members[:4], Member("A", signed=False))},
        {"members": (*(Member(f"A{n}", False, "x") for n in range(3)), *signing(2).members[:2])},
        {"witnesses": signing(1).witnesses},
        {"witnesses": signing(3).witnesses},
        {"witnesses": (Witness(1, "A", "refused"), Witness(2, "B", "signed"))},
        {"witnesses": (Witness(1, "", "signed"), Witness(2, "B", "signed"))},
        {"supervisor": ""},
        {"supervisor": "x" * 121},
    ],
)  # fmt: skip
def test_who_signs_must_be_complete(country, changed):
    country.fill(KECAMATAN)
    people = msgspec.structs.replace(signing(2), **changed)
    with pytest.raises(InputError), country.desk(officer(KECAMATAN)) as desk:
        lock_region(desk, KECAMATAN, "gubernur", people)


def test_refusals_to_sign_are_kept_with_their_reasons(country):
    country.fill(KECAMATAN)
    people = Signing(
        (*signing(2).members[:4], Member("Lima", signed=False, reason="sakit")),
        (Witness(2, "B", "refused", "hasil TPS 1"), Witness(1, "", "absent")),
        "P",
    )
    with country.desk(officer(KECAMATAN)) as desk:
        lock = lock_region(desk, KECAMATAN, "gubernur", people)
    assert lock.signing.members[4].reason == "sakit"
    assert [w.presence for w in lock.signing.witnesses] == ["absent", "refused"]


def test_only_its_own_plenary_locks_a_region(country):
    country.fill(KECAMATAN)
    for account in (officer(OTHER_KECAMATAN), officer(KABUPATEN), officer(PROVINSI), ADMIN):
        with pytest.raises(ForbiddenError), country.desk(account) as desk:
            lock_region(desk, KECAMATAN, "gubernur", signing(2))


def test_the_kabupaten_takes_over_locked_kecamatan_only(country):
    country.fill(KABUPATEN)
    with pytest.raises(RefusedError, match="tidak sedang dikunci"):
        country.take(KECAMATAN)
    with pytest.raises(RefusedError, match="belum dikunci dan diambil alih"):
        country.lock(KABUPATEN)
    country.lock(KECAMATAN)
    with pytest.raises(ForbiddenError), country.desk(officer(OTHER_KABUPATEN)) as desk:
        take_over(desk, KECAMATAN, "gubernur")
    with pytest.raises(ForbiddenError), country.desk(officer(KECAMATAN)) as desk:
        take_over(desk, KECAMATAN, "gubernur")
    lock = country.take(KECAMATAN)
    assert (lock.taken_by, lock.taken_at) == (officer(KABUPATEN).username, NOW)
    with pytest.raises(RefusedError, match="sudah diambil alih"):
        country.take(KECAMATAN)


def test_the_kabupaten_corrects_after_take_over_with_reference(country):
    country.fill(KABUPATEN)
    with pytest.raises(RefusedError, match="belum dikunci"):
        correct_at(country, KABUPATEN, TPS, {"paslon_1": 90, "paslon_2": 60})
    country.lock(KECAMATAN)
    with pytest.raises(RefusedError, match="belum diambil alih"):
        correct_at(country, KABUPATEN, TPS, {"paslon_1": 90, "paslon_2": 60})
    country.take(KECAMATAN)
    with pytest.raises(InputError, match="KEJADIAN KHUSUS"):
        correct_at(country, KABUPATEN, TPS, {"paslon_1": 90, "paslon_2": 60}, reference=" ")
    act = correct_at(country, KABUPATEN, TPS, {"paslon_1": 90, "paslon_2": 60})
    assert (act.level, act.reference) == ("kabupaten", "KK-1 hal. 2")
    with pytest.raises(RefusedError, match="sudah dikunci"):
        correct_at(country, KECAMATAN, TPS, {"paslon_1": 91, "paslon_2": 59})


def test_totals_go_up_and_a_correction_above_is_shown_beside_what_was_handed_up(country):
    country.fill(KABUPATEN)
    country.hand_up()
    correct_at(country, KABUPATEN, TPS, {"paslon_1": 90, "paslon_2": 60})
    recap = decode_recap(country.lock(KABUPATEN).recap)
    assert recap.totals["paslon_1"] == 390
    corrected = recap.columns[0]
    assert corrected.numbers["paslon_1"] == 290
    assert corrected.handed_up == {"paslon_1": 300, "paslon_2": 150}
    assert recap.columns[1].handed_up == {}
    with country.database.read() as connection:
        now = rollup(connection, KABUPATEN, "gubernur")
    assert {field: n for field, n in recap.totals.items() if n} == {
        field: n for field, n in now.sums.items() if n
    }


def test_totals_that_changed_without_an_act_cannot_be_locked(country):
    country.fill(KABUPATEN)
    country.hand_up()
    with country.database.write() as connection:
        standing = load_standing(connection, TPS, "gubernur")
        numbers = standing.numbers | {"paslon_1": Stated(1, "accepted")}
        save_standing(connection, msgspec.structs.replace(standing, numbers=numbers))
    with pytest.raises(RefusedError, match="tanpa pembetulan"):
        country.lock(KABUPATEN)


def test_the_provinsi_adds_up_its_kabupaten(country):
    country.fill()
    for kabupaten in (KABUPATEN, OTHER_KABUPATEN):
        country.hand_up(kabupaten)
        country.lock(kabupaten)
        country.take(kabupaten)
    recap = decode_recap(country.lock(PROVINSI, paslon=2).recap)
    assert (recap.totals["paslon_1"], recap.totals["paslon_2"]) == (800, 400)
    assert [column.nama for column in recap.columns] == ["KABUPATEN 9901", "KABUPATEN 9902"]
    assert recap.tps == recap.counted == 8


def test_the_bupati_ends_at_the_kabupaten(country):
    country.fill(KABUPATEN, "bupati", (50, 40, 30))
    country.hand_up(KABUPATEN, "bupati")
    country.lock(KABUPATEN, "bupati")
    with pytest.raises(RefusedError, match="tidak direkapitulasi"):
        country.take(KABUPATEN, "bupati")
    with pytest.raises(RefusedError, match="kabupaten/kota saja"):
        country.lock(PROVINSI, "bupati", paslon=3)


def test_only_the_level_above_unlocks_and_in_order(country):
    country.fill(KABUPATEN)
    country.hand_up()
    with pytest.raises(ForbiddenError), country.desk(officer(KECAMATAN)) as desk:
        unlock_region(desk, KECAMATAN, "gubernur", reason="x")
    country.lock(KABUPATEN)
    with (
        pytest.raises(RefusedError, match="dibuka dahulu"),
        country.desk(officer(KABUPATEN)) as desk,
    ):
        unlock_region(desk, KECAMATAN, "gubernur", reason="x")
    with pytest.raises(InputError, match="Alasan"), country.desk(officer(PROVINSI)) as desk:
        unlock_region(desk, KABUPATEN, "gubernur", reason=" ")
    with country.desk(officer(PROVINSI)) as desk:
        assert unlock_region(desk, KABUPATEN, "gubernur", reason="salah").unlock_reason == "salah"
    with country.desk(officer(KABUPATEN)) as desk:
        unlock_region(desk, KECAMATAN, "gubernur", reason="hitung ulang")
    with pytest.raises(RefusedError, match="belum dikunci"):
        correct_at(country, KABUPATEN, TPS, {"paslon_1": 90, "paslon_2": 60})
    correct_at(country, KECAMATAN, TPS, {"paslon_1": 90, "paslon_2": 60}, reference=None)


def test_the_provinsi_is_unlocked_by_the_administrator(country):
    country.fill()
    for kabupaten in (KABUPATEN, OTHER_KABUPATEN):
        country.hand_up(kabupaten)
        country.lock(kabupaten)
        country.take(kabupaten)
    country.lock(PROVINSI, paslon=2)
    with (
        pytest.raises(RefusedError, match="dibuka dahulu"),
        country.desk(officer(PROVINSI)) as desk,
    ):
        unlock_region(desk, KABUPATEN, "gubernur", reason="x")
    with pytest.raises(ForbiddenError), country.desk(officer(PROVINSI)) as desk:
        unlock_region(desk, PROVINSI, "gubernur", reason="x")
    with country.desk(ADMIN) as desk:
        assert not unlock_region(desk, PROVINSI, "gubernur", reason="putusan MK").holds


def test_unlocking_and_locking_again_keeps_the_history(country):
    country.fill(KABUPATEN)
    country.hand_up()
    with country.desk(officer(KABUPATEN)) as desk:
        unlock_region(desk, KECAMATAN, "gubernur", reason="salah hitung")
    correct_at(country, KECAMATAN, SECOND_TPS, {"paslon_1": 80, "paslon_2": 70}, reference=None)
    again = country.lock(KECAMATAN, now=NOW + 100)
    with country.desk(officer(KECAMATAN)) as desk:
        newest, first = locks_of(desk, KECAMATAN, "gubernur")
    assert newest == again
    assert (first.unlock_reason, first.taken_at, first.holds) == ("salah hitung", NOW, False)
    assert decode_recap(first.recap).totals["paslon_1"] == 300
    assert decode_recap(newest.recap).totals["paslon_1"] == 280
    with pytest.raises(RefusedError, match="belum dikunci dan diambil alih"):
        country.lock(KABUPATEN)
    country.take(KECAMATAN)
    assert country.lock(KABUPATEN).holds


def test_contests_are_locked_apart(country):
    country.fill(KECAMATAN)
    country.lock(KECAMATAN)
    country.box_result(TPS, (50, 40, 30), "bupati")
    country.check(TPS, "bupati")
    assert country.standing(TPS, "bupati").state == "checked"
