"""The work list: who sees which region, what the counts say, and where the links lead."""

import re

import msgspec
import pytest
from plenary_samples import NEIGHBOUR, SECOND_TPS, THIRD_TPS, TPS
from seeded import keep_result
from sqlalchemy import select
from tpscentral.pages import lists
from tpscentral.schema import journal
from tpscentral.standing import load_standing, save_standing
from web_visitor import Visitor, words_of

LIST = "/daftar/990101/gubernur"


def shown_tps(page):
    return re.findall(r'href="/tps/(\d{13})/gubernur"', page.text)


def change(country, tps, **values):
    with country.database.write() as connection:
        standing = load_standing(connection, tps, "gubernur")
        save_standing(connection, msgspec.structs.replace(standing, **values))


def test_who_is_not_in_is_sent_to_the_login_and_back(app):
    answer = Visitor(app).get(LIST)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/masuk?lanjut={LIST}"


@pytest.mark.parametrize(
    ("region", "goal"),
    [
        ("990101", "/daftar/990101/gubernur"),
        ("9901", "/daftar/9901/gubernur"),
        ("99", "/daftar/99/gubernur"),
        ("", "/daftar/semua/gubernur"),
    ],
)
def test_the_first_page_is_where_the_account_works(enter, region, goal):
    visitor = enter(region)
    assert visitor.get("/").headers["location"] == goal
    assert visitor.follow().status_code == 200


def test_observers_of_a_desa_and_of_a_tps_see_their_own(enter):
    desa = enter("9901012001", "observer")
    assert desa.get("/").headers["location"] == "/daftar/9901012001/gubernur"
    assert shown_tps(desa.follow()) == [TPS, SECOND_TPS]
    tps = enter(TPS, "observer")
    assert tps.get("/").headers["location"] == f"/tps/{TPS}/gubernur"
    assert tps.follow().status_code == 200
    assert tps.get(f"/tps/{SECOND_TPS}/gubernur").status_code == 403


def test_a_kecamatan_lists_its_tps_with_counts_by_state(enter, country):
    country.box_result(TPS)
    country.box_result(SECOND_TPS)
    country.check(SECOND_TPS)
    page = enter("990101").get(LIST)
    assert shown_tps(page) == [TPS, SECOND_TPS, THIRD_TPS]
    assert "1 – menunggu 1 ○ masuk 0 ? perlu dilihat" in words_of(page)
    assert "1 ✓ sesuai" in words_of(page)


def test_the_filter_leaves_only_that_state(enter, country):
    country.box_result(TPS)
    visitor = enter("990101")
    assert shown_tps(visitor.get(f"{LIST}?keadaan=in")) == [TPS]
    assert shown_tps(visitor.get(f"{LIST}?keadaan=waiting")) == [SECOND_TPS, THIRD_TPS]
    assert "Tidak ada TPS" in visitor.get(f"{LIST}?keadaan=broken").text
    assert visitor.get(f"{LIST}?keadaan=lain").status_code == 404


def test_the_list_of_a_desa(enter):
    visitor = enter("990101")
    assert shown_tps(visitor.get("/daftar/9901012002/gubernur")) == [THIRD_TPS]


def test_paging_shows_every_tps_once(enter, monkeypatch):
    monkeypatch.setattr(lists, "PAGE_ROWS", 1)
    visitor, seen, path = enter("990101"), [], LIST
    while path:
        page = visitor.get(path)
        seen += shown_tps(page)
        following = re.search(r'href="([^"]*setelah=\d+)', page.text)
        path = following[1] if following else None
    assert seen == [TPS, SECOND_TPS, THIRD_TPS]
    assert visitor.get(f"{LIST}?setelah=x").status_code == 404


def test_what_needs_a_look_is_marked(enter, country):
    country.box_result(TPS, votes=(1, 2))
    change(country, TPS, broken=("R3",), flagged=1, psu="lanjutan", source="typed", cara="typed")
    text = words_of(enter("990101").get(LIST))
    for words in ("1 aturan tidak cocok", "1 hasil terlambat", "diketik", "Suara Lanjutan"):
        assert words in text


def test_larger_regions_count_what_lies_below(enter, country):
    country.box_result(TPS)
    country.box_result(NEIGHBOUR)
    text = words_of(enter("9901").get("/daftar/9901/gubernur"))
    assert "2 dari 4 TPS sudah masuk" in text
    assert "SATU 990101 3 1 2 1" in text
    assert "DUA 990102 1 1 0 1" in text
    assert "2 dari 8 TPS" in words_of(enter("99").get("/daftar/99/gubernur"))
    assert "2 dari 8 TPS" in words_of(enter("").get("/daftar/semua/gubernur"))


@pytest.mark.parametrize("path", ["/daftar/990102/gubernur", "/daftar/9901/gubernur"])
def test_another_region_is_refused_and_noted(enter, country, path):
    answer = enter("990101").get(path)
    assert answer.status_code == 403
    assert "di luar wilayah akun Anda" in answer.text
    with country.database.read() as connection:
        actions = list(connection.scalars(select(journal.c.action)))
    assert actions[-1] == "ditolak"


@pytest.mark.parametrize(
    "path", ["/daftar/990101/walikota", "/daftar/99010/gubernur", "/daftar/990109/gubernur"]
)
def test_places_and_contests_that_are_not(enter, path):
    assert enter("").get(path).status_code == 404


def test_each_view_is_in_the_journal(enter, country):
    enter("990101").get(LIST)
    with country.database.read() as connection:
        row = connection.execute(select(journal).order_by(journal.c.n.desc())).first()
    assert (row.account, row.action, row.target) == ("ppk-990101", "lihat", "990101")


def test_results_that_contradict_are_counted(enter, country):
    keep_result(country, TPS, "ab" * 32, state="newest")
    keep_result(country, TPS, "cd" * 32, state="conflict")
    assert "1 hasil bertentangan" in words_of(enter("990101").get(LIST))
