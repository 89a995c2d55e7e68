"""Special events and objections: added, settled once, closed with the plenary."""

import hashlib
import json

import msgspec
import pytest
from plenary_samples import (
    KABUPATEN,
    KECAMATAN,
    NEIGHBOUR,
    NOW,
    OBSERVER,
    OTHER_KECAMATAN,
    TPS,
    officer,
)
from tpsbox.errors import InputError
from tpscentral.people import journal
from tpscentral.people.roles import ForbiddenError
from tpscentral.plenary.objections import add_objection, objections_of, settle_objection
from tpscentral.plenary.said import RefusedError

PPK = officer(KECAMATAN)
SAID = {"kind": "keberatan", "raised_by": "Budi, saksi 2", "text": "angka <b>tidak</b> sama"}


def add(country, account=PPK, region=KECAMATAN, **changes):
    with country.desk(account) as desk:
        return add_objection(desk, region, "gubernur", **{**SAID, **changes})


def test_an_objection_is_kept_listed_and_settled_once(country):
    added = add(country, tps=TPS)
    assert (added.text, added.tps, added.at, added.outcome) == (SAID["text"], TPS, NOW, None)
    with country.desk(PPK) as desk:
        settled = settle_objection(desk, added.n, "dihitung ulang, sama")
        assert objections_of(desk, KECAMATAN, "gubernur") == [settled]
    assert (settled.outcome, settled.settled_by) == ("dihitung ulang, sama", PPK.username)
    with pytest.raises(RefusedError, match="sudah diselesaikan"), country.desk(PPK) as desk:
        settle_objection(desk, added.n, "lagi")
    with pytest.raises(RefusedError, match="Tidak ada"), country.desk(PPK) as desk:
        settle_objection(desk, 99, "x")


def test_the_journal_holds_the_hash_of_what_was_said_and_of_how_it_ended(country):
    added = add(country)
    with country.desk(PPK) as desk:
        settled = settle_objection(desk, added.n, "dijelaskan")
    with country.database.read() as connection:
        details = [json.loads(row.detail) for row in journal.entries(connection)]
    hashes = [detail["sha256"] for detail in details if detail.get("objection") == added.n]
    rows = (msgspec.json.encode(one, order="sorted") for one in (added, settled))
    assert hashes == [hashlib.sha256(row).hexdigest() for row in rows]


def test_the_level_above_sees_those_below(country):
    add(country)
    for account in (officer(KABUPATEN), OBSERVER):
        with country.desk(account) as desk:
            assert len(objections_of(desk, KABUPATEN, "gubernur")) == 1
    with pytest.raises(ForbiddenError), country.desk(officer(OTHER_KECAMATAN)) as desk:
        objections_of(desk, KECAMATAN, "gubernur")


@pytest.mark.parametrize(
    "changes",
    [
        {"text": ""},
        {"text": "x" * 4001},
        {"raised_by": ""},
        {"kind": "lain"},
        {"tps": NEIGHBOUR},
        {"tps": "9901012001099"},
    ],
)
def test_bad_input_is_told(country, changes):
    with pytest.raises(InputError):
        add(country, **changes)


def test_only_the_own_open_plenary_takes_objections(country):
    for account in (officer(OTHER_KECAMATAN), officer(KABUPATEN), OBSERVER):
        with pytest.raises(ForbiddenError):
            add(country, account)
    added = add(country)
    country.fill(KECAMATAN)
    country.lock(KECAMATAN)
    with pytest.raises(RefusedError, match="dikunci"):
        add(country)
    with pytest.raises(RefusedError, match="dikunci"), country.desk(PPK) as desk:
        settle_objection(desk, added.n, "x")


def test_the_kabupaten_has_its_own(country):
    added = add(country, officer(KABUPATEN), KABUPATEN)
    assert added.region == KABUPATEN
