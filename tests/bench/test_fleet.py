"""The fleet's results are each of their own TPS, by their own key, and real statements."""

from __future__ import annotations

from fleet_records import signed_results, tps_code, write_election
from tpsbox.forms.election import load_election
from tpsbox.record.enrolment import public_key
from tpsbox.record.signing import record_id, verify_result
from tpsbox.record.statement import check_tps, decode_statement


def test_every_result_is_signed_by_its_own_key_over_its_own_tps(tmp_path):
    path = write_election(tmp_path)
    election = load_election(str(path))
    made = list(signed_results(path, 12, seed=3))
    stated = [
        decode_statement(verify_result(one.record, public_key(one.key.hex())), election)
        for one in made
    ]
    assert [one.tps for one in stated] == [one.tps for one in made]
    assert [record_id(one.record) for one in made] == [one.id for one in made]
    for column in ("tps", "key", "record", "id"):
        assert len({getattr(one, column) for one in made}) == len(made)
    assert len({one.root for one in stated}) == len(made)


def test_the_same_seed_makes_the_same_results(tmp_path):
    path = write_election(tmp_path)
    assert list(signed_results(path, 3, seed=3)) == list(signed_results(path, 3, seed=3))
    assert list(signed_results(path, 3, seed=3)) != list(signed_results(path, 3, seed=4))


def test_the_country_has_as_many_tps_in_as_many_provinsi_as_in_2024():
    codes = {tps_code(number) for number in range(435_296)}
    assert len(codes) == 435_296
    assert len({kode[:2] for kode in codes}) == 38
    assert all(check_tps(kode) for kode in list(codes)[:1000])
