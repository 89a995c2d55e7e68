"""A whole day in a training centre: everything that was sent is there, once, and counts."""

import pytest
from sqlalchemy import select
from tpscentral.cli import main
from tpscentral.database import Database
from tpscentral.folder import open_folder
from tpscentral.locking import is_locked
from tpscentral.rollup import rollup
from tpscentral.schema import results, standings

ELECTION = """
name = "latihan"
title = "Pemilihan latihan"
date = "2024-11-27"
tps_limit = 600
[[contest]]
key = "bupati"
title = "Bupati"
form = "kwk-2024-bupati"
paslon = [{nomor = 1, nama = "Satu"}, {nomor = 2, nama = "Dua"}, {nomor = 3, nama = "Tiga"}]
[region]
kode = "6302"
nama = "KOTABARU"
provinsi = "KALIMANTAN SELATAN"
kecamatan = [
  {kode = "630201", nama = "SATU", desa = [{kode = "6302012001", nama = "A", tps = 4}]},
  {kode = "630202", nama = "DUA", desa = [{kode = "6302022001", nama = "B", tps = 3}]},
]
"""


def simulate(folder, *more):
    election = folder / "latihan.toml"
    election.write_text(ELECTION)
    data = folder / "data"
    named = ["--region", "6302", "--election", str(election), "--data", str(data)]
    return data, main(["simulate", *named, "--seconds", "0", "--once", *more])


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    data, code = simulate(tmp_path_factory.mktemp("day"), "--papers", "0", "--plenaries", "1")
    assert code == 0
    database = Database(open_folder(data).database)
    yield database
    database.close()


def test_every_tps_has_sent_and_every_result_counts(played):
    with played.read() as connection:
        assert set(connection.scalars(select(results.c.tally))) == {"done"}
        newest = select(results.c.tps).where(results.c.state == "newest")
        assert len(set(connection.scalars(newest))) == 7
        sums = rollup(connection, "6302", "bupati")
    assert sums.total == sums.arrived == 7
    assert sums.sums["suara_sah"] > 0


def test_a_plenary_was_held_and_the_others_are_left_to_people(played):
    with played.read() as connection:
        assert is_locked(connection, "630201", "bupati")
        assert not is_locked(connection, "630202", "bupati")
        mine = standings.c.kecamatan == "630201"
        assert set(connection.scalars(select(standings.c.state).where(mine))) <= {
            "checked",
            "corrected",
        }


def test_a_folder_in_use_is_left_alone(tmp_path, capsys):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mine").touch()
    _, code = simulate(tmp_path)
    assert code == 1
    assert "not empty" in capsys.readouterr().err
    assert (tmp_path / "data" / "mine").exists()


@pytest.mark.parametrize(
    ("region", "code", "words"),
    [("63", 3, "no election lists it"), ("63o2", 3, "wilayah"), ("6399", 3, "no election")],
)
def test_an_unknown_region_is_one_clear_line(tmp_path, capsys, region, code, words):
    assert main(["simulate", "--region", region, "--data", str(tmp_path / "data")]) == code
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1
    assert not (tmp_path / "data").exists()
