"""Results that came late, re-votes and recounts: nothing is erased, an officer decides."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from plenary_samples import KECAMATAN, OTHER_KECAMATAN, TPS, box_record, officer
from tpsbox.errors import InputError
from tpscentral.people.roles import ForbiddenError
from tpscentral.plenary.acts import acts_of
from tpscentral.plenary.deciding import correct, reopen, state_no_result
from tpscentral.plenary.late import decide_late
from tpscentral.plenary.readings import box_result
from tpscentral.plenary.revote import set_psu
from tpscentral.plenary.said import RefusedError
from tpscentral.psu import Psu
from tpscentral.standing import StandingState, Stated

PPK = officer(KECAMATAN)


def late_record(country, votes, number=2):
    """A record of the TPS's box with these votes, kept and flagged; its id."""
    key = Ed25519PrivateKey.generate()
    record = box_record(country, TPS, votes, key, number)
    package = country.elections["9901"].package.hex()
    return country.keep_record(record, TPS, 1, number, package, key)


@pytest.fixture
def corrected(country):
    """A TPS that was corrected, and then its box sent something else; the id of that."""
    country.box_result(TPS, (100, 50))
    with country.desk(PPK) as desk:
        change = {"paslon_1": 90, "paslon_2": 60}
        correct(desk, TPS, "gubernur", change, version=1, reason="salah baca")
    id = late_record(country, (80, 70))
    country.late(TPS, id)
    return id


def decide(country, id, take, reason="dibandingkan dengan kertas", account=PPK):
    with country.desk(account) as desk:
        version = country.standing(TPS).version
        return decide_late(desk, id, "gubernur", take=take, version=version, reason=reason)


def test_a_late_result_that_is_left_changes_no_number(country, corrected):
    act = decide(country, corrected, take=False)
    standing = country.standing(TPS)
    assert (standing.flagged, standing.state) == (0, StandingState.CORRECTED)
    assert standing.numbers["paslon_1"] == Stated(90, "corrected")
    assert (act.kind, act.body.late, act.body.changes) == ("leave", corrected, {})
    with pytest.raises(RefusedError, match="menunggu keputusan"):
        decide(country, corrected, take=True)


def test_a_late_result_that_is_taken_counts_and_must_be_checked_anew(country, corrected):
    act = decide(country, corrected, take=True)
    standing = country.standing(TPS)
    assert (standing.state, standing.flagged) == (StandingState.IN, 0)
    assert (standing.result, standing.cara) == (corrected, "online")
    assert standing.numbers["paslon_1"] == Stated(80, "accepted")
    assert act.body.changes["paslon_1"].before == Stated(90, "corrected")
    country.check(TPS)
    assert country.standing(TPS).state is StandingState.CHECKED


def test_deciding_needs_a_reason_and_the_right_officer(country, corrected):
    with pytest.raises(InputError, match="Alasan"):
        decide(country, corrected, take=True, reason="")
    with pytest.raises(ForbiddenError):
        decide(country, corrected, take=True, account=officer(OTHER_KECAMATAN))
    assert country.standing(TPS).flagged == 1


def test_every_number_of_before_stays_in_the_acts(country, corrected):
    decide(country, corrected, take=True)
    with country.database.read() as connection:
        done = acts_of(connection, TPS, "gubernur")
        box = box_result(connection, country.folder, corrected, "gubernur")
    assert [act.kind for act in done] == ["correct", "take"]
    changes = [act.body.changes["paslon_1"] for act in done]
    assert [(c.before.number, c.after.number) for c in changes] == [(100, 90), (90, 80)]
    assert [act.reason for act in done] == ["salah baca", "dibandingkan dengan kertas"]
    assert box.numbers["paslon_1"] == country.standing(TPS).numbers["paslon_1"]


@pytest.mark.parametrize("psu", [Psu.ULANG, Psu.ULANG_HITUNG])
def test_a_revote_sets_the_numbers_aside_and_keeps_them(country, psu):
    country.box_result(TPS, (100, 50))
    country.check(TPS)
    with country.desk(PPK) as desk:
        act = set_psu(desk, TPS, "gubernur", psu, version=2, reason="rekomendasi Panwas 12")
    standing = country.standing(TPS)
    assert (standing.state, standing.source, standing.psu) == (StandingState.WAITING, "none", psu)
    assert standing.numbers == {}
    assert act.body.changes["paslon_1"] == (Stated(100, "accepted"), None)
    country.box_result(TPS, (120, 40))
    country.check(TPS)
    assert country.standing(TPS).psu == psu
    with country.database.read() as connection:
        kept = acts_of(connection, TPS, "gubernur")[1]
    assert kept.body.changes["paslon_1"].before == Stated(100, "accepted")


@pytest.mark.parametrize("psu", [Psu.SUSULAN, Psu.LANJUTAN, Psu.SUSULAN_HITUNG])
def test_voting_that_was_only_later_keeps_its_numbers(country, psu):
    country.box_result(TPS, (100, 50))
    with country.desk(PPK) as desk:
        set_psu(desk, TPS, "gubernur", psu, version=1, reason="banjir")
    assert country.standing(TPS).numbers["paslon_1"] == Stated(100, "accepted")
    with pytest.raises(RefusedError, match="sudah berketerangan"), country.desk(PPK) as desk:
        set_psu(desk, TPS, "gubernur", psu, version=2, reason="banjir")


def test_there_is_no_other_psu(country):
    with pytest.raises(InputError), country.desk(PPK) as desk:
        set_psu(desk, TPS, "gubernur", "<b>", version=0, reason="x")


def revote(country, psu, reason="rekomendasi Panwas 12"):
    with country.desk(PPK) as desk:
        version = country.standing(TPS).version
        return set_psu(desk, TPS, "gubernur", psu, version=version, reason=reason)


def test_a_revote_that_is_taken_back_gives_back_what_it_set_aside(country):
    country.box_result(TPS, (100, 50))
    with country.desk(PPK) as desk:
        change = {"paslon_1": 90, "paslon_2": 60}
        correct(desk, TPS, "gubernur", change, version=1, reason="salah baca")
    before = country.standing(TPS)
    revote(country, Psu.ULANG)
    revote(country, Psu.ULANG_HITUNG)
    revote(country, Psu.REGULER, "salah klik")
    after = country.standing(TPS)
    assert (after.numbers, after.broken, after.cara) == (before.numbers, before.broken, before.cara)
    assert (after.source, after.result, after.psu) == ("box", before.result, Psu.REGULER)
    assert after.state is StandingState.IN
    country.check(TPS)
    assert country.standing(TPS).state is StandingState.CORRECTED


def test_a_revote_that_has_a_result_is_not_undone_by_its_name(country):
    country.box_result(TPS, (100, 50))
    revote(country, Psu.ULANG)
    country.box_result(TPS, (120, 40))
    revote(country, Psu.SUSULAN)
    assert country.standing(TPS).numbers["paslon_1"] == Stated(120, "accepted")


def test_a_revote_of_a_tps_without_a_result_gives_nothing_back(country):
    revote(country, Psu.ULANG)
    revote(country, Psu.REGULER)
    standing = country.standing(TPS)
    assert (standing.state, standing.source) == (StandingState.WAITING, "none")
    with country.desk(PPK) as desk:
        state_no_result(desk, TPS, "gubernur", version=standing.version, reason="hilang")


def test_a_correction_of_before_a_revote_does_not_mark_its_new_result(country):
    country.box_result(TPS, (100, 50))
    with country.desk(PPK) as desk:
        change = {"paslon_1": 90, "paslon_2": 60}
        correct(desk, TPS, "gubernur", change, version=1, reason="salah baca")
    revote(country, Psu.ULANG)
    country.box_result(TPS, (120, 40))
    country.check(TPS)
    assert country.standing(TPS).state is StandingState.CHECKED


def test_a_correction_stays_one_when_the_voting_was_only_later(country):
    country.box_result(TPS, (100, 50))
    with country.desk(PPK) as desk:
        change = {"paslon_1": 90, "paslon_2": 60}
        correct(desk, TPS, "gubernur", change, version=1, reason="salah baca")
        reopen(desk, TPS, "gubernur", version=2, reason="periksa lagi")
    revote(country, Psu.SUSULAN)
    country.check(TPS)
    assert country.standing(TPS).state is StandingState.CORRECTED
