"""What holds for any numbers and any order of acts."""

import shutil
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plenary_samples import KECAMATAN, Country, officer
from tpsbox.errors import TpsError
from tpscentral.plenary.acts import acts_of
from tpscentral.plenary.deciding import check, correct, doubtful, reopen
from tpscentral.plenary.locks import locks_of, unlock_region
from tpscentral.plenary.recap import decode_recap, digest_of, encode_recap
from tpscentral.plenary.recapping import make_recap
from tpscentral.rollup import rollup
from tpscentral.standing import DECIDED, Stated, broken_rules, load_standing

FEW = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
PPK = officer(KECAMATAN)
STATES = ("accepted", "confirmed", "corrected", "unsure", "absent")
number = st.one_of(st.none(), st.integers(0, 999))


@pytest.fixture(scope="module")
def shared_country(made_country, tmp_path_factory):
    """One country for many examples: each sets all that it looks at."""
    root = Path(shutil.copytree(made_country, tmp_path_factory.mktemp("sama") / "data"))
    made = Country(root)
    yield made
    made.database.close()


@FEW
@given(st.lists(st.tuples(number, st.sampled_from(STATES)), min_size=3, max_size=3))
def test_totals_never_count_what_nobody_is_sure_of(shared_country, said):
    country = shared_country
    tps = country.all_tps(KECAMATAN)
    for kode, stated in zip(tps, said, strict=True):
        country.box_result(kode, changes={"paslon_1": Stated(*stated)})
    sure = [n for n, state in said if n is not None and state not in ("unsure", "absent")]
    with country.desk(PPK) as desk:
        recap = make_recap(desk, KECAMATAN, "gubernur")
        sums = rollup(desk.connection, KECAMATAN, "gubernur").sums
    assert recap.totals["paslon_1"] == sum(sure) == sums.get("paslon_1", 0)
    assert recap.missing["paslon_1"] == len(said) - len(sure)


def act_on(desk, tps, kind, value):
    """Do one act, whatever is needed for it named; False if it is not possible now."""
    standing = load_standing(desk.connection, tps, "gubernur")
    form = desk.folder.elections[next(iter(desk.folder.elections))].form_of("gubernur")
    named = {"confirmed": doubtful(form, standing.numbers)}
    try:
        if kind == "reopen":
            reopen(desk, tps, "gubernur", version=standing.version, reason="x")
            return True
        named["acknowledged"] = [rule.name for rule in form.rules]
        if kind == "check":
            check(desk, tps, "gubernur", version=standing.version, **named)
        else:
            change = {"paslon_1": value}
            correct(desk, tps, "gubernur", change, version=standing.version, reason="x", **named)
    except TpsError:
        return False
    return True


acts = st.lists(
    st.tuples(
        st.integers(0, 2), st.sampled_from(("check", "correct", "reopen")), st.integers(0, 300)
    ),
    max_size=8,
)


@FEW
@given(acts, st.randoms(use_true_random=False))
def test_the_order_of_acts_on_different_tps_does_not_matter(shared_country, done, dice):
    country = shared_country
    tps = country.all_tps(KECAMATAN)

    def play(order):
        for kode in tps:
            country.box_result(kode, (100, 50))
        with country.desk(PPK) as desk:
            for place, kind, value in order:
                act_on(desk, tps[place], kind, value)
            recap = make_recap(desk, KECAMATAN, "gubernur")
        states = [country.standing(kode).state for kode in tps]
        return recap.totals, recap.missing, [state in DECIDED for state in states]

    own = [[act for act in done if act[0] == place] for place in range(3)]
    mixed, left = [], [list(some) for some in own]
    while any(left):
        mixed.append(dice.choice([some for some in left if some]).pop(0))
    assert play(done) == play(mixed)


@FEW
@given(acts)
def test_an_act_names_every_number_that_it_changes(shared_country, done):
    country = shared_country
    tps = country.all_tps(KECAMATAN)[0]
    country.box_result(tps, (100, 50))
    before = country.standing(tps)
    with country.desk(PPK) as desk:
        known = len(acts_of(desk.connection, tps, "gubernur"))
        for _, kind, value in done:
            act_on(desk, tps, kind, value)
        new = acts_of(desk.connection, tps, "gubernur")[known:]
    numbers = dict(before.numbers)
    for act in new:
        for name, change in act.body.changes.items():
            assert numbers[name] == change.before
            numbers[name] = change.after
    after = country.standing(tps)
    assert numbers == after.numbers
    assert set(after.broken) == set(broken_rules(country.form("gubernur"), after.numbers))
    assert after.version == before.version + len(new)


rounds = count(1)


@settings(FEW, max_examples=5)
@given(st.lists(st.integers(0, 140), min_size=1, max_size=3))
def test_every_lock_stays_as_it_was_locked(shared_country, firsts):
    country = shared_country
    country.fill(KECAMATAN)
    locked = []
    for first in firsts:
        tps = country.all_tps(KECAMATAN)[0]
        with country.desk(PPK) as desk:
            act_on(desk, tps, "correct", first)
        locked.append(country.lock(KECAMATAN, now=1_732_700_000 + next(rounds)))
        with country.desk(officer(KECAMATAN[:4])) as desk:
            unlock_region(desk, KECAMATAN, "gubernur", reason="x")
    with country.desk(PPK) as desk:
        kept = locks_of(desk, KECAMATAN, "gubernur")[: len(locked)]
    for lock, then in zip(reversed(kept), locked, strict=True):
        recap = decode_recap(lock.recap)
        assert lock.digest == then.digest == digest_of(encode_recap(recap))
        assert recap.totals["paslon_1"] == sum(c.numbers["paslon_1"] for c in recap.columns)
