"""Two officers at the same time: one act counts, the other is told, no lock is passed by."""

import threading
from concurrent.futures import ThreadPoolExecutor

from plenary_samples import KECAMATAN, NOW, SECOND_TPS, TPS, officer, sheet_numbers, signing
from tpsbox.errors import TpsError
from tpscentral.people import journal
from tpscentral.plenary.acts import acts_of
from tpscentral.plenary.deciding import correct, reopen
from tpscentral.plenary.entries import comparison, enter
from tpscentral.plenary.locks import lock_region, newest_lock_of
from tpscentral.plenary.recap import decode_recap
from tpscentral.plenary.said import RefusedError
from tpscentral.standing import DECIDED, OvertakenError


def race(*acts):
    """Run all at the same time; what each returned or raised."""
    ready = threading.Barrier(len(acts))

    def run(act):
        ready.wait()
        try:
            return act()
        except TpsError as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_of_two_corrections_made_from_the_same_page_one_is_told(country):
    country.box_result(TPS, (100, 50))

    def correct_to(first):
        def act():
            with country.desk(officer(KECAMATAN, f"ppk{first}")) as desk:
                change = {"paslon_1": first, "paslon_2": 150 - first}
                return correct(desk, TPS, "gubernur", change, version=1, reason="x")

        return act

    said = race(*(correct_to(first) for first in (90, 80, 70, 60)))
    told = [one for one in said if isinstance(one, OvertakenError)]
    assert len(told) == 3
    with country.database.read() as connection:
        (act,) = acts_of(connection, TPS, "gubernur")
        assert journal.verify(connection) == journal.head(connection)
    number = country.standing(TPS).numbers["paslon_1"].number
    assert number == act.body.changes["paslon_1"].after.number


def test_a_lock_and_a_reopening_do_not_pass_each_other(country):
    country.fill(KECAMATAN)

    def locking():
        with country.desk(officer(KECAMATAN), NOW + 1) as desk:
            return lock_region(desk, KECAMATAN, "gubernur", signing(2))

    def reopening(tps):
        def act():
            with country.desk(officer(KECAMATAN, "lain")) as desk:
                return reopen(desk, tps, "gubernur", version=2, reason="x")

        return act

    said = race(locking, reopening(TPS), reopening(SECOND_TPS))
    with country.database.read() as connection:
        lock = newest_lock_of(connection, KECAMATAN, "gubernur")
    states = [country.standing(tps).state for tps in (TPS, SECOND_TPS)]
    if lock is None:
        assert isinstance(said[0], RefusedError)
        assert any(state not in DECIDED for state in states)
    else:
        assert all(state in DECIDED for state in states)
        assert all(isinstance(one, RefusedError) for one in said[1:])
        assert decode_recap(lock.recap).totals["paslon_1"] == 300


def test_two_who_type_at_once_make_one_round(country):
    photo = country.photo(TPS)
    numbers = {field.name: 0 for field in country.form("gubernur").fields} | sheet_numbers((7, 8))

    def typing(name):
        def act():
            with country.desk(officer(KECAMATAN, name)) as desk:
                return enter(desk, TPS, "gubernur", "typed", numbers, photo=photo)

        return act

    said = race(*(typing(name) for name in ("anna", "budi", "cici")))
    assert sum(isinstance(one, RefusedError) for one in said) == 1
    with country.desk(officer(KECAMATAN)) as desk:
        both = comparison(desk, TPS, "gubernur", "typed")
    assert (both.count, both.agree) == (2, True)
    assert country.standing(TPS).source == "typed"
