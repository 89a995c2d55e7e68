"""What officers may not do, as they see it; and nothing that anybody types is markup."""

import pytest
from playwright.sync_api import expect
from plenary_samples import KECAMATAN, NEIGHBOUR, SECOND_TPS, THIRD_TPS, TPS
from tpscentral.people.sessions import IDLE

HTML = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def test_another_region_is_refused(country, visit):
    page = visit(KECAMATAN)
    assert page.goto(f"/tps/{NEIGHBOUR}/gubernur").status == 403
    expect(page.locator("main")).to_contain_text("di luar wilayah akun Anda")


def test_a_locked_kecamatan_takes_no_correction(country, visit):
    country.fill(KECAMATAN)
    page = visit(KECAMATAN)
    page.goto(f"/tps/{TPS}/gubernur/koreksi")
    country.lock(KECAMATAN)
    page.fill("[name='angka.paslon_1']", "99")
    page.fill("[name=alasan]", "terlambat")
    page.get_by_role("button", name="Simpan koreksi").click()
    expect(page.get_by_role("alert")).to_have_text("Rekapitulasi kecamatan sudah dikunci.")
    assert page.input_value("[name='angka.paslon_1']") == "99"


def test_who_only_looks_has_no_button(country, visit):
    country.box_result(TPS)
    page = visit(KECAMATAN, "observer")
    page.goto(f"/tps/{TPS}/gubernur")
    expect(page.locator(".closed")).to_have_text("Akun ini hanya melihat.")
    assert page.get_by_role("button", name="Sesuai").count() == 0


def test_an_expired_session_saves_nothing_and_loses_nothing(country, visit, clock):
    country.box_result(TPS)
    page = visit(KECAMATAN)
    page.goto(f"/tps/{TPS}/gubernur/koreksi")
    page.fill("[name=alasan]", "Angka tertukar di lembar dua")
    clock.now += IDLE + 1
    page.get_by_role("button", name="Simpan koreksi").click()
    expect(page.get_by_role("alert")).to_contain_text("Sesi Anda sudah berakhir")
    expect(page.locator("main")).to_contain_text("Angka tertukar di lembar dua")
    assert country.standing(TPS).state == "in"


def test_a_forged_form_changes_nothing(country, visit, address):
    country.box_result(TPS)
    page = visit(KECAMATAN)
    version = country.standing(TPS).version
    page.goto(f"/tps/{TPS}/gubernur")
    page.set_content(
        f'<form method="post" action="{address}/tps/{TPS}/gubernur/sesuai">'
        f'<input name="versi" value="{version}"><button>Menang undian</button></form>'
    )
    page.get_by_role("button", name="Menang undian").click()
    expect(page.get_by_role("alert")).to_contain_text("tidak berasal dari halaman Anda")
    assert country.standing(TPS).state == "in"


def test_the_second_of_two_corrections_is_told(country, visit):
    country.box_result(TPS, (100, 50))
    first, second = visit(KECAMATAN, name="satu"), visit(KECAMATAN, name="dua")
    for page in (first, second):
        page.goto(f"/tps/{TPS}/gubernur/koreksi")
    for page, votes in ((first, "99"), (second, "98")):
        page.fill("[name='angka.paslon_1']", votes)
        page.fill("[name='angka.paslon_2']", str(150 - int(votes)))
        page.fill("[name=alasan]", f"dibacakan {votes}")
        page.get_by_role("button", name="Simpan koreksi").click()
    expect(second.get_by_role("alert")).to_contain_text("baru saja diubah orang lain")
    told = second.locator(".late")
    expect(told).to_contain_text("dibacakan 99")
    expect(told.locator("tr", has_text="Paslon 1")).to_contain_text("98")
    assert second.input_value("[name='angka.paslon_1']") == "98"
    assert second.input_value("[name=alasan]") == "dibacakan 98"
    second.get_by_role("button", name="Simpan koreksi").click()
    expect(second.get_by_role("status")).to_have_text("Koreksi tersimpan.")
    assert country.standing(TPS).numbers["paslon_1"].number == 98


def test_a_correction_with_the_keyboard_alone(country, visit):
    country.fill(KECAMATAN)
    country.box_result(TPS, (100, 50))
    page = visit(KECAMATAN)
    page.goto(f"/tps/{TPS}/gubernur")
    page.keyboard.press("n")
    page.wait_for_url(f"**/tps/{SECOND_TPS}/gubernur")
    page.keyboard.press("p")
    page.wait_for_url(f"**/tps/{TPS}/gubernur")
    page.keyboard.press("k")
    page.wait_for_url("**/koreksi")
    visited = set()
    for _ in range(60):
        name = page.evaluate("document.activeElement.name || document.activeElement.innerText")
        visited.add(name)
        if name == "angka.paslon_1":
            page.keyboard.type("60")
        elif name == "angka.paslon_2":
            page.keyboard.type("90")
        elif name == "alasan":
            page.keyboard.type("dibacakan ulang")
        elif name == "Simpan koreksi":
            outline = "getComputedStyle(document.activeElement).outlineStyle"
            assert page.evaluate(outline) == "solid"
            page.keyboard.press("Enter")
            break
        page.keyboard.press("Tab")
    assert {"angka.pemilih_dpt_l", "alasan"} <= visited
    expect(page.get_by_role("status")).to_have_text("Koreksi tersimpan.")
    numbers = country.standing(TPS).numbers
    assert (numbers["paslon_1"].number, numbers["paslon_2"].number) == (60, 90)


def test_the_skip_link_comes_first(visit):
    page = visit(KECAMATAN)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Langsung ke isi"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#isi"


@pytest.fixture
def full_of_html(country, visit):
    """A plenary in which every text field got markup, typed in the browser."""
    country.fill(KECAMATAN)
    page = visit(KECAMATAN)
    page.goto(f"/tps/{TPS}/gubernur/koreksi")
    page.fill("[name='angka.paslon_1']", "99")
    page.fill("[name='angka.paslon_2']", "51")
    page.fill("[name=alasan]", HTML)
    page.get_by_role("button", name="Simpan koreksi").click()
    page.goto(f"/keberatan/{KECAMATAN}/gubernur")
    page.fill("#nama", HTML)
    page.fill("#uraian", HTML)
    page.get_by_role("button", name="Catat", exact=True).click()
    page.locator("[name=putusan]").fill(HTML)
    page.get_by_role("button", name="Catat penyelesaian").click()
    page.goto(f"/kunci/{KECAMATAN}/gubernur")
    for place in page.locator("main form input[type=text]").all():
        place.fill(HTML)
    page.select_option("#anggota-hadir-2", "menolak")
    page.select_option("#saksi-hadir-2", "menolak")
    page.get_by_role("button", name="Kunci Kecamatan SATU").click()
    expect(page.get_by_role("status")).to_have_text("Rekapitulasi dikunci.")
    return page


def test_markup_in_every_text_field_is_shown_as_text(full_of_html):
    page = full_of_html
    parts = (f"tps/{TPS}", f"keberatan/{KECAMATAN}", f"rekap/{KECAMATAN}", f"tps/{THIRD_TPS}")
    for path in (*(f"/{part}/gubernur" for part in parts), "/jurnal"):
        page.goto(path)
        assert page.locator("main img[src=x], main script").count() == 0
    page.goto(f"/rekap/{KECAMATAN}/gubernur")
    expect(page.locator("main")).to_contain_text(HTML)
