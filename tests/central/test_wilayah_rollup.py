"""The TPS that must report are known beforehand, and sums are those of what counts."""

import json

import msgspec
import pytest
from central_samples import ELECTION_TOML, NOW, TPS, Box
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from tpsbox.errors import AnswerError, InputError
from tpsbox.forms.election import load_election
from tpscentral.cli import main
from tpscentral.enrol import enrol
from tpscentral.rollup import Rollup, added, freshen, rollup, rollups_below
from tpscentral.schema import contests, places, rollups, standings, wilayah
from tpscentral.standing import (
    StandingState,
    Stated,
    load_standing,
    save_standing,
)
from tpscentral.wilayah import Ground, fill, fill_election, parse_regions, region_names

KOTABARU = load_election("pilkada-2024-kotabaru")
STATES = ("accepted", "confirmed", "corrected", "unsure", "absent")


def tps_total(connection, kode):
    """By the list of regions."""
    column = wilayah.c
    here = (column.kode == kode) if kode else (column.tingkat == 1)
    return connection.scalar(select(func.sum(column.tps)).where(here))


@pytest.fixture
def kotabaru(centre):
    """A database with the regions of Kotabaru."""
    with centre.database.write() as connection:
        assert fill_election(connection, KOTABARU) == 551
    return centre.database


def state(database, tps, numbers, contest="bupati", **more):
    """Let numbers count, as a result of a box would."""
    said = {"state": StandingState.IN, "source": "box", "cara": "online", "arrived_at": NOW}
    with database.write() as connection:
        now = load_standing(connection, tps, contest)
        changed = msgspec.structs.replace(now, numbers=numbers, **(said | more))
        save_standing(connection, changed)


def sums(database, region, contest="bupati"):
    with database.read() as connection:
        return rollup(connection, region, contest)


def test_the_regions_of_an_election_are_entered_once(kotabaru):
    with kotabaru.write() as connection:
        assert fill_election(connection, KOTABARU) == 551
        levels = select(wilayah.c.tingkat, func.count()).group_by(wilayah.c.tingkat)
        assert dict(connection.execute(levels).all()) == {1: 1, 2: 1, 3: 22, 4: 202}
        assert connection.scalar(select(func.count()).select_from(places)) == 551
        assert connection.scalar(select(func.count()).select_from(standings)) == 2 * 551
        assert connection.scalar(select(func.count()).select_from(contests)) == 2 * 22
        assert [tps_total(connection, kode) for kode in ("", "63", "6302", "630204")] == [
            551, 551, 551, sum(d.tps for d in KOTABARU.region.kecamatan[3].desa)
        ]  # fmt: skip
        names = region_names(connection, ["63", "6302", "630201", "99"])
    assert names == {"63": "KALIMANTAN SELATAN", "6302": "KOTABARU", "630201": "PULAU SEMBILAN"}


def test_nothing_has_come_in_yet(kotabaru):
    whole = sums(kotabaru, "6302")
    assert (whole.total, whole.arrived, whole.states) == (551, 0, {"waiting": 551})
    assert (whole.sums, whole.counted, whole.cara, whole.flagged) == ({}, {}, {}, 0)
    with kotabaru.read() as connection:
        assert len(rollups_below(connection, "6302", "gubernur")) == 22
        desa = rollups_below(connection, "630201", "gubernur")
        assert [one.total for one in desa.values()] == [1, 2, 2, 2, 4]
        assert list(rollups_below(connection, "", "gubernur")) == ["63"]
        assert rollups_below(connection, "6302", "ppwp") == {}


def test_unsure_and_empty_are_left_out_and_null_is_not_zero(kotabaru):
    first, second, third = KOTABARU.all_tps()[:3]
    state(kotabaru, first, {"paslon_1": Stated(10, "accepted"), "paslon_2": Stated(5, "unsure")})
    state(
        kotabaru, second, {"paslon_1": Stated(0, "confirmed"), "paslon_2": Stated(None, "absent")}
    )
    state(kotabaru, third, {"paslon_1": Stated(None, "corrected")}, flagged=2, cara="radio")
    whole = sums(kotabaru, "630201")
    assert (whole.sums, whole.counted) == ({"paslon_1": 10}, {"paslon_1": 2})
    assert (whole.cara, whole.flagged, whole.arrived) == ({"online": 2, "radio": 1}, 1, 3)
    assert sums(kotabaru, first[:10]).sums == {"paslon_1": 10}
    assert sums(kotabaru, "630201", "gubernur").sums == {}


def test_sums_follow_every_change_whether_or_not_somebody_made_them_anew(kotabaru):
    tps = KOTABARU.all_tps()[0]
    for votes in (3, 8):
        state(kotabaru, tps, {"paslon_1": Stated(votes, "accepted")})
        assert sums(kotabaru, "63").sums == {"paslon_1": votes}
        while freshen(kotabaru):
            pass
        with kotabaru.read() as connection:
            assert set(connection.scalars(select(rollups.c.stale))) == {0}
        assert sums(kotabaru, "63").sums == {"paslon_1": votes}


def test_somebody_who_may_write_keeps_the_sums_that_were_made(kotabaru):
    with kotabaru.write() as connection:
        rollup(connection, "6302", "bupati")
        stale = select(rollups.c.contest).where(rollups.c.stale == 1)
        assert set(connection.scalars(stale)) == {"gubernur"}


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    said=st.lists(
        st.tuples(
            st.sampled_from(KOTABARU.all_tps()[:60]),
            st.one_of(st.none(), st.integers(0, 999)),
            st.sampled_from(STATES),
        ),
        max_size=12,
    )
)
def test_a_region_is_the_sum_of_those_below_it(kotabaru, said):
    with kotabaru.write() as connection:
        connection.execute(update(standings).values(numbers=None, version=0))
        connection.execute(update(rollups).values(stale=1))
    for tps, votes, word in said:
        state(kotabaru, tps, {"paslon_1": Stated(votes, word)})
    with kotabaru.read() as connection:
        for region in ("", "63", "6302", "630201", "630202"):
            parts = rollups_below(connection, region, "bupati")
            assert added(parts.values()) == rollup(connection, region, "bupati")
    counts = {t: v for t, v, w in said}
    sure = {t: w for t, v, w in said}
    total = sum(v for t, v in counts.items() if v is not None and sure[t] in STATES[:3])
    assert sums(kotabaru, "").sums.get("paslon_1", 0) == total


def test_published_figures_of_kotabaru_come_out_to_the_vote(kotabaru, shared):
    published = json.loads((shared / "regions" / "kotabaru-6302.json").read_text())
    paslon = {p["id"]: f"paslon_{p['nomor_urut']}" for key in ("gubernur", "bupati")
              for p in published["pilkada_2024"][key]}  # fmt: skip
    for kecamatan in published["kecamatan"]:
        tps = [kode for kode in KOTABARU.all_tps() if kode.startswith(kecamatan["kode"])]
        for contest in ("gubernur", "bupati"):
            came = kecamatan[f"{contest}_tps_masuk"]
            votes = kecamatan[f"{contest}_suara_28_nov_2024"]
            for n, kode in enumerate(tps[:came]):
                share = {
                    paslon[id]: Stated(count // came + (n < count % came), "accepted")
                    for id, count in votes.items()
                }
                state(kotabaru, kode, share, contest)
    bupati, gubernur = sums(kotabaru, "6302"), sums(kotabaru, "63", "gubernur")
    assert [bupati.sums[f"paslon_{n}"] for n in (1, 2, 3)] == [71_461, 61_266, 25_105]
    assert [gubernur.sums[f"paslon_{n}"] for n in (1, 2)] == [104_696, 45_037]
    assert (bupati.arrived, gubernur.arrived, bupati.total) == (546, 547, 551)


def test_a_tps_that_no_list_names_is_expected_from_its_enrolment(centre):
    with centre.database.read() as connection:
        assert load_standing(connection, TPS, "ppwp") is None
    enrol(centre.folder, centre.database, Box(centre).request(), NOW)
    with centre.database.read() as connection:
        assert load_standing(connection, TPS, "ppwp").state == "waiting"
        assert [tps_total(connection, TPS[:n]) for n in (2, 4, 6, 10)] == [1] * 4
        assert rollup(connection, TPS[:4], "kedua").total == 1


def test_two_elections_cannot_have_one_contest_in_a_kecamatan(centre, tmp_path, kotabaru):
    other = tmp_path / "lain.toml"
    other.write_text(ELECTION_TOML.replace('name = "uji"', 'name = "lain"'))
    ground = Ground({}, {TPS[:10]: (1,)})
    with centre.database.write() as connection:
        fill(connection, ground, centre.election)
    with (
        pytest.raises(AnswerError, match="has the contest"),
        centre.database.write() as connection,
    ):
        fill(connection, ground, load_election(str(other)))


FILE = {
    "id2name": {"11": "ACEH", "1101": "A", "110101": "B", "1101012001": "SATU", "12": "LAIN"},
    "tps": {"1101012001": [2, 901, 902], "1101012002": [-7], "1201012001": [1]},
}


def test_a_file_of_regions_with_special_tps_is_entered_for_one_region(centre, tmp_path, engine):
    file = tmp_path / "wilayah.json"
    file.write_text(json.dumps(FILE))
    arguments = ["wilayah", "import", str(file), "--data", str(centre.folder.root)]
    assert main([*arguments, "--region", "11"]) == 0
    with centre.database.read() as connection:
        found = connection.scalars(select(places.c.tps).order_by(places.c.tps)).all()
        assert [tps[-3:] for tps in found] == ["001", "002", "901", "902", "007"]
        assert rollup(connection, "11", "ppwp").total == 5
        assert region_names(connection, ["1101012002", "11"]) == {
            "1101012002": "1101012002", "11": "ACEH",
        }  # fmt: skip
    assert main(arguments) == 0
    with centre.database.read() as connection:
        assert tps_total(connection, "") == 6


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"id2name": {}, "tps": {}}',
        b'{"id2name": {}, "tps": {"1101": [1]}}',
        b'{"id2name": {}, "tps": {"1101012001": [1, 901]}}',
        b'{"id2name": {}, "tps": {"1101012001": []}}',
        b'{"id2name": {}, "tps": {"1101012001": [0]}}',
        b'{"id2name": {"11": ""}, "tps": {"1101012001": [1]}}',
        b'{"id2name": {}, "tps": {"1101012001": [5000]}}',
        b"\xff",
    ],
)
def test_what_is_no_file_of_regions_is_refused_in_one_line(data):
    with pytest.raises(InputError) as told:
        parse_regions(data)
    assert "\n" not in str(told.value)


def test_all_of_indonesia_can_be_read(shared):
    ground = parse_regions((shared / "regions" / "indonesia-tps-2024.json").read_bytes())
    inland = {kode: numbers for kode, numbers in ground.desa.items() if kode < "99"}
    assert sum(map(len, inland.values())) == 820_161
    assert len({kode[:6] for kode in inland}) == 7_277


def test_the_sum_of_nothing_is_nothing():
    assert added([]) == Rollup()
