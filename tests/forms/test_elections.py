"""Election files: the two that are shipped, their package ids, and what a broken one says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tpsbox.errors import InputError
from tpsbox.forms.election import load_election, parse_election, shipped_elections

ROOT = Path(__file__).resolve().parents[2]
REGIONS = ROOT.parent / "shared" / "regions" / "kotabaru-6302.json"

SMALL = """\
name = "kecil"
title = "Pilkada Kecil"
date = 2024-11-27
tps_limit = 600

[[contest]]
key = "bupati"
title = "Bupati"
form = "kwk-2024-bupati"
paslon = [{ nomor = 1, nama = "A - B" }, { nomor = 2, nama = "C - D" }]

[region]
kode = "6302"
nama = "KOTABARU"
provinsi = "KALIMANTAN SELATAN"

[[region.kecamatan]]
kode = "630204"
nama = "PULAU LAUT UTARA"
desa = [
  { kode = "6302042001", nama = "SATU", tps = 2 },
  { kode = "6302042002", nama = "DUA", tps = 1 },
]
"""


def test_shipped_package_ids_never_change():
    # A package id is signed into every record: a change here is a change of the election.
    ids = {name: load_election(name).package.hex() for name in shipped_elections()}
    assert ids == {"pemilu-2024-ppwp": "10d32016", "pilkada-2024-kotabaru": "a3061089"}


def test_kotabaru_has_551_tps_in_202_desa_of_22_kecamatan():
    election = load_election("pilkada-2024-kotabaru")
    assert election.region is not None
    desa = [place for kecamatan in election.region.kecamatan for place in kecamatan.desa]
    assert (len(election.region.kecamatan), len(desa)) == (22, 202)
    assert sum(place.tps for place in desa) == 551
    assert len(set(election.all_tps())) == 551
    forms = election.forms
    assert {key: (form.paslon, form.limit) for key, form in forms.items()} == {
        "gubernur": (2, 600),
        "bupati": (3, 600),
    }
    tags = [page.tag.id for form in forms.values() for page in form.pages if page.tag]
    assert tags == [201, 202, 203, 301, 302, 303]


def test_pemilu_takes_any_tps_code():
    election = load_election("pemilu-2024-ppwp")
    assert election.all_tps() == ()
    assert election.tps("3101011001001").nomor == 1
    assert [p.id for p in election.contest_of("ppwp").paslon] == ["100025", "100026", "100027"]


def test_tps_by_code():
    election = parse_election(SMALL.encode(), "kecil")
    assert election.all_tps() == ("6302042001001", "6302042001002", "6302042002001")
    assert (election.tps("6302042001002").desa, election.tps("6302042001002").nomor) == ("SATU", 2)
    for kode in ("6302042001003", "6302042001000", "63020420010", "٦302042001001", ""):
        with pytest.raises(InputError):
            election.tps(kode)


def test_package_ignores_comments_and_key_order_but_no_word():
    package = parse_election(SMALL.encode(), "kecil").package
    lines = SMALL.splitlines()
    reordered = "\n".join(["# words", *reversed(lines[:4]), *lines[4:]])
    assert parse_election(reordered.encode(), "kecil").package == package
    changed = SMALL.replace("C - D", "C - E")
    assert parse_election(changed.encode(), "kecil").package != package


def test_an_election_may_ask_for_another_error_rate():
    plain = parse_election(SMALL.encode(), "kecil")
    asked = SMALL.replace("tps_limit", "error_bound = 1e-4\ntps_limit")
    looser = parse_election(asked.encode(), "kecil")
    assert (plain.error_bound, looser.error_bound) == (None, 1e-4)
    assert looser.package != plain.package


BROKEN = {
    "not TOML": ("name = ", "Invalid value"),
    "not text": (b"\xff\xfe", "utf-8"),
    "no contest": (SMALL.replace("[[contest]]", "[[contes]]"), "contes"),
    "unknown form": (SMALL.replace("kwk-2024-bupati", "kwk-1999"), "kwk-1999"),
    "unknown key": (SMALL.replace("tps_limit", "tps_limits = 1\ntps_limit"), "tps_limits"),
    "error rate below what was measured": (
        SMALL.replace("tps_limit", "error_bound = 1e-6\ntps_limit"),
        "error_bound",
    ),
    "negative limit": (SMALL.replace("= 600", "= -1"), "tps_limit"),
    "no number": (
        SMALL.replace('title = "Bupati"', 'title = "Bupati"\nreserve_percent = nan'),
        "reserve_percent",
    ),
    "date in words": (SMALL.replace("2024-11-27", '"besok"'), "date"),
    "desa twice": (SMALL.replace("6302042002", "6302042001"), "6302042001 is listed twice"),
    "desa elsewhere": (SMALL.replace("6302042002", "6302052002"), "does not lie in 630204"),
    "desa without TPS": (SMALL.replace("tps = 1", "tps = 0"), "tps"),
    "paslon out of order": (SMALL.replace("nomor = 2", "nomor = 3"), "1, 2, 3"),
    "seven paslon": (
        SMALL.replace(
            '{ nomor = 2, nama = "C - D" }',
            ", ".join(f'{{ nomor = {n}, nama = "P" }}' for n in range(2, 8)),
        ),
        "2 to 6 paslon, not 7",
    ),
    "unknown label": (
        SMALL.replace('title = "Bupati"', 'title = "Bupati"\nlabels = { pengguna_dptc = "x" }'),
        "pengguna_dptc",
    ),
    "same tags": (
        SMALL.replace('title = "Bupati"', 'title = "Bupati"\ntags = [1, 1, 2]'),
        "different tags",
    ),
    "tags of two contests": (
        SMALL
        + """
[[contest]]
key = "gubernur"
title = "Gubernur"
form = "kwk-2024-bupati"
paslon = [{ nomor = 1, nama = "E" }, { nomor = 2, nama = "F" }]
""",
        "give every contest tags of its own",
    ),
    "nested without end": ("name = " + "[" * 5000, "nests too deep"),
    "endless number": (SMALL.replace("600", "6" * 5000), "4300"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_broken_file_says_so_in_one_line(what):
    text, words = BROKEN[what]
    with pytest.raises(InputError) as caught:
        parse_election(text if isinstance(text, bytes) else text.encode(), "rusak.toml")
    message = str(caught.value)
    assert "rusak.toml" in message
    assert words in message
    assert "\n" not in message


def test_unknown_election_and_missing_file(tmp_path):
    with pytest.raises(InputError, match="pilkada-2024-kotabaru"):
        load_election("pilkada-1999")
    with pytest.raises(InputError, match=r"tidak-ada\.toml"):
        load_election(str(tmp_path / "tidak-ada.toml"))
    with pytest.raises(InputError, match="directory"):
        load_election(str(tmp_path))


def test_election_by_path(tmp_path):
    path = tmp_path / "kecil.toml"
    path.write_text(SMALL, encoding="utf-8")
    assert load_election(str(path)) == parse_election(SMALL.encode(), "kecil")


@pytest.mark.skipif(not REGIONS.exists(), reason="../shared/regions is not here")
def test_shipped_kotabaru_file_is_what_the_script_prints():
    script = ROOT / "scripts" / "make-election-kotabaru"
    made = subprocess.run(
        [sys.executable, script, REGIONS], capture_output=True, check=True, timeout=60
    )
    shipped = ROOT / "firmware/tpsbox/forms/elections/pilkada-2024-kotabaru.toml"
    assert made.stdout == shipped.read_bytes()
