"""A kecamatan without a network: its whole plenary in one signed file, taken in once."""

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from laptop_samples import JPEG, PPK, carry, play, take_in
from plenary_samples import (
    KABUPATEN,
    KECAMATAN,
    NOW,
    OTHER_KECAMATAN,
    SECOND_TPS,
    THIRD_TPS,
    TPS,
    box_record,
    officer,
    signing,
)
from sqlalchemy import func, select
from tpsbox.errors import AnswerError, InputError
from tpsbox.record.signing import record_id
from tpscentral.levels import Level
from tpscentral.people import journal
from tpscentral.plenary.acts import acts_of
from tpscentral.plenary.carried import CarriedLate, SignedRecap, sign_carried
from tpscentral.plenary.deciding import correct
from tpscentral.plenary.entries import comparison, enter
from tpscentral.plenary.exporting import export_recap
from tpscentral.plenary.importing import ClashError
from tpscentral.plenary.late import decide_late
from tpscentral.plenary.locks import locks_of, unlock_region
from tpscentral.plenary.objections import objections_of
from tpscentral.plenary.recap import decode_recap
from tpscentral.results import take_result
from tpscentral.schema import acts, entries, locks, results
from tpscentral.standing import StandingState
from tpscentral.tally import tally_all


def counts(country):
    with country.database.read() as connection:
        tables = (acts, entries, locks, results)
        return [connection.scalar(select(func.count()).select_from(table)) for table in tables]


def test_the_plenary_arrives_whole(laptop, country):
    id = play(laptop, country)
    done, kept = take_in(country, carry(laptop))
    assert (done.new, done.tps, done.region) == (True, 3, KECAMATAN)
    assert list(kept.values()) == [JPEG]
    for tps in (TPS, SECOND_TPS, THIRD_TPS):
        there, here = laptop.standing(tps), country.standing(tps)
        assert msgspec.structs.replace(there, version=here.version) == here
    assert country.standing(TPS).result == id
    assert country.standing(SECOND_TPS).source == "typed"
    with country.desk(officer(KABUPATEN)) as desk:
        (lock,) = locks_of(desk, KECAMATAN, "gubernur")
        assert lock.origin == "bundle"
        assert decode_recap(lock.recap).totals["paslon_1"] == 97
        assert [one.text for one in objections_of(desk, KABUPATEN, "gubernur")] == ["<b>x</b>"]
        assert comparison(desk, SECOND_TPS, "gubernur", "typed").agree
        (act,) = acts_of(desk.connection, TPS, "gubernur")
        assert (act.body.origin, act.reason, act.account) == ("bundle", "salah baca", PPK.username)
        told = journal.newest(desk.connection, region=KECAMATAN)[0]
        assert told.action == "impor-rekap"
        assert journal.verify(desk.connection) == journal.head(desk.connection)
    country.take(KECAMATAN)


def test_taking_it_in_again_changes_nothing(laptop, country):
    play(laptop, country)
    data = carry(laptop)
    take_in(country, data)
    before = counts(country), country.standing(TPS)
    done, _ = take_in(country, data)
    assert not done.new
    assert (counts(country), country.standing(TPS)) == before


def test_a_second_plenary_after_unlocking_adds_only_what_is_new(laptop, country):
    play(laptop, country)
    take_in(country, carry(laptop))
    again = {"reason": "hitung ulang"}
    for one in (laptop, country):
        with one.desk(officer(KABUPATEN)) as desk:
            unlock_region(desk, KECAMATAN, "gubernur", **again)
    with laptop.desk(PPK, NOW + 50) as desk:
        change = {"paslon_1": 80, "paslon_2": 70}
        correct(desk, TPS, "gubernur", change, version=2, reason="lagi")
    laptop.lock(KECAMATAN, now=NOW + 60)
    done, _ = take_in(country, carry(laptop))
    assert done.new
    with country.database.read() as connection:
        assert [act.reason for act in acts_of(connection, TPS, "gubernur")] == [
            "salah baca", "lagi",
        ]  # fmt: skip
    assert country.standing(TPS).numbers["paslon_1"].number == 80


def test_online_work_is_not_overwritten_but_told_and_the_file_kept(laptop, country):
    play(laptop, country)
    data = carry(laptop)
    country.box_result(TPS, (1, 2))
    country.check(TPS)
    with pytest.raises(ClashError, match=TPS):
        take_in(country, data)
    assert country.standing(TPS).numbers["paslon_1"].number == 1
    (kept,) = (country.folder.root / "recaps").iterdir()
    assert kept.read_bytes() == data
    with country.database.read() as connection:
        assert journal.newest(connection, region=KECAMATAN)[0].action == "rekap-bentrok"
    done, _ = take_in(country, data, replace=True)
    assert done.new
    with country.database.read() as connection:
        kinds = [act.kind for act in acts_of(connection, TPS, "gubernur")]
    assert kinds == ["check", "correct"], "the online act stays"
    assert country.standing(TPS).numbers["paslon_1"].number == 90


def test_an_online_lock_is_only_replaced_when_told_so(laptop, country):
    play(laptop, country)
    data = carry(laptop)
    country.fill(KECAMATAN)
    country.lock(KECAMATAN)
    with pytest.raises(ClashError, match="locked"):
        take_in(country, data)
    take_in(country, data, replace=True)
    with country.desk(officer(KABUPATEN)) as desk:
        newest, first = locks_of(desk, KECAMATAN, "gubernur")
        told = [one.action for one in journal.newest(desk.connection, region=KECAMATAN)]
    assert (newest.origin, first.holds) == ("bundle", False)
    assert told[:3] == ["impor-rekap", "buka-kunci", "rekap-bentrok"]


def test_nothing_comes_in_under_a_locked_kabupaten(laptop, country):
    play(laptop, country)
    data = carry(laptop)
    country.fill(KABUPATEN)
    country.hand_up()
    country.lock(KABUPATEN)
    with pytest.raises(AnswerError, match="unlock it first"):
        take_in(country, data, replace=True)


def resigned(data, laptop, **changes):
    """The same file with changes, signed again by the kecamatan."""
    signed = msgspec.json.decode(data, type=SignedRecap)
    carried = msgspec.structs.replace(signed.carried, **changes)
    return sign_carried(carried, laptop.folder.key, bytes.fromhex(signed.certificate))


def arrives(country, record):
    """A record of the TPS's box comes to the centre by itself, and is to count."""
    take_result(country.database, country.folder.elections, TPS, record, NOW + 5)
    tally_all(country.database, country.folder.elections)


def test_what_the_kecamatan_has_left_comes_to_the_centre_and_stays_left(laptop, country):
    key = Ed25519PrivateKey.generate()
    id = play(laptop, country, key=key)
    record = box_record(country, TPS, (80, 70), key, number=2)
    late = CarriedLate(record_id(record).hex(), TPS, NOW, "left")
    take_in(country, resigned(carry(laptop), laptop, late=(late,)))
    arrives(country, record)
    standing = country.standing(TPS)
    assert (standing.result, standing.flagged) == (id, 0)


def test_a_newer_result_that_counted_at_the_centre_is_flagged_and_not_forgotten(laptop, country):
    key = Ed25519PrivateKey.generate()
    id = play(laptop, country, key=key)
    data = carry(laptop)
    newer = box_record(country, TPS, (80, 70), key, number=2)
    arrives(country, newer)
    assert country.standing(TPS).result == record_id(newer).hex()
    take_in(country, data)
    standing = country.standing(TPS)
    assert (standing.result, standing.numbers["paslon_1"].number) == (id, 90)
    assert standing.flagged == 1
    country.take(KECAMATAN)
    with country.desk(officer(KABUPATEN)) as desk:
        waiting = record_id(newer).hex()
        version, why = standing.version, {"reason": "dibandingkan", "reference": "1/1"}
        decide_late(desk, waiting, "gubernur", take=False, version=version, **why)
    assert country.standing(TPS).flagged == 0


def test_entries_of_before_and_of_the_kecamatan_are_not_one_round(laptop, country):
    photo = country.photo(SECOND_TPS, body=JPEG)
    numbers = {field.name: 0 for field in country.form("gubernur").fields}
    with country.desk(officer(KECAMATAN, "cici")) as desk:
        enter(desk, SECOND_TPS, "gubernur", "typed", numbers, photo=photo)
    play(laptop, country)
    data = carry(laptop)
    take_in(country, data)
    with country.desk(officer(KABUPATEN)) as desk:
        both = comparison(desk, SECOND_TPS, "gubernur", "typed")
    assert ([one.account for one in both.entries], both.agree) == (["anna", "budi"], True)


def test_a_changed_file_is_refused(laptop, country):
    play(laptop, country)
    data = carry(laptop)
    with pytest.raises(AnswerError, match="signature"):
        take_in(country, data.replace(b"salah baca", b"benar baca"))
    for cut in (b"", data[:-1], data[: len(data) // 2], b"{}", b"\xff" * 100, b"[" * 5000):
        with pytest.raises(InputError):
            take_in(country, cut)
    assert counts(country) == [0, 0, 0, 0]


def test_a_file_of_somebody_else_is_refused(laptop, country):
    play(laptop, country)
    data = carry(laptop)
    signed = msgspec.json.decode(data, type=SignedRecap)
    forged = sign_carried(
        signed.carried, Ed25519PrivateKey.generate(), bytes.fromhex(signed.certificate)
    )
    with pytest.raises(AnswerError, match="signature"):
        take_in(country, forged)


def test_a_kecamatan_cannot_lie_about_its_sums_regions_or_records(laptop, country):
    play(laptop, country)
    data = carry(laptop)
    signed = msgspec.json.decode(data, type=SignedRecap).carried
    first = signed.standings[0]
    numbers = first.numbers | {"paslon_1": first.numbers["paslon_1"]._replace(number=91)}
    other = msgspec.structs.replace(first, numbers=numbers)
    elsewhere = msgspec.structs.replace(first, tps=f"{OTHER_KECAMATAN}2001001")
    huge = first.numbers | {"paslon_1": first.numbers["paslon_1"]._replace(number=1000)}
    too_much = msgspec.structs.replace(first, numbers=huge)
    open_one = msgspec.structs.replace(first, state=StandingState.IN)
    no_psu = msgspec.structs.replace(first, psu="<b>")
    act = signed.acts[0]
    wordy = msgspec.structs.replace(act, reason="x" * 501)
    above = msgspec.structs.replace(act, level=Level.KABUPATEN)
    for changes in (
        # First: a record that a refused file brings is kept, since its box has signed it.
        {"records": ()},
        {"standings": (other, *signed.standings[1:])},
        {"standings": (elsewhere, *signed.standings[1:])},
        {"standings": (too_much, *signed.standings[1:])},
        {"standings": (open_one, *signed.standings[1:])},
        {"standings": (no_psu, *signed.standings[1:])},
        {"standings": signed.standings[1:]},
        {"standings": (msgspec.structs.replace(first, result=None), *signed.standings[1:])},
        {"lock": msgspec.structs.replace(signed.lock, signing=signing(2, members=3))},
        {"lock": msgspec.structs.replace(signed.lock, signing=signing(1))},
        {"acts": signed.acts[1:]},
        {"acts": tuple(one for one in signed.acts if one.tps != THIRD_TPS)},
        {"entries": signed.entries[:1]},
        {"acts": (wordy, *signed.acts[1:])},
        {"acts": (above, *signed.acts[1:])},
        {"photos": ()},
        {"region": OTHER_KECAMATAN},
        {"contest": "bupati"},
        {"package": "00000000"},
    ):
        with pytest.raises((AnswerError, InputError)):
            take_in(country, resigned(data, laptop, **changes))
        assert counts(country)[:3] == [0, 0, 0], changes


def test_a_record_of_a_box_that_is_not_enrolled_is_refused(laptop, country):
    play(laptop, country)
    data = carry(laptop)
    record = box_record(laptop, TPS, (5, 5), Ed25519PrivateKey.generate(), number=9)
    with pytest.raises(AnswerError, match="signature"):
        take_in(country, resigned(data, laptop, records=(record,)))


def test_only_a_locked_region_of_its_own_is_exported(laptop, country):
    with pytest.raises(AnswerError, match="not locked"):
        carry(laptop)
    with country.database.write() as connection, pytest.raises(AnswerError, match="delegation"):
        export_recap(country.folder, connection, KECAMATAN, "gubernur", NOW, lambda sha: JPEG)
    laptop.fill(OTHER_KECAMATAN)
    laptop.lock(OTHER_KECAMATAN)
    with laptop.database.write() as connection, pytest.raises(AnswerError, match="certified"):
        export_recap(laptop.folder, connection, OTHER_KECAMATAN, "gubernur", NOW, lambda sha: JPEG)


def test_signing_is_carried_with_it(laptop, country):
    play(laptop, country)
    take_in(country, carry(laptop))
    with country.desk(officer(KABUPATEN)) as desk:
        (lock,) = locks_of(desk, KECAMATAN, "gubernur")
    assert lock.signing == signing(2)
    assert lock.account == PPK.username
