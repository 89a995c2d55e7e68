"""From the correction of one TPS to the totals of the provinsi, as officers do it."""

import re
from io import BytesIO

from playwright.sync_api import expect
from plenary_samples import (
    KABUPATEN,
    KECAMATAN,
    NEIGHBOUR,
    OTHER_KABUPATEN,
    OTHER_KECAMATAN,
    SECOND_TPS,
    THIRD_TPS,
    TPS,
)
from pypdf import PdfReader
from seeded import send_sheets
from tpscentral.documents.terbilang import terbilang


def text_of(pdf):
    return " ".join(" ".join(page.extract_text() for page in PdfReader(pdf).pages).split())


def say_sesuai(page, tps):
    page.goto(f"/tps/{tps}/gubernur")
    page.get_by_role("button", name="Sesuai").click()
    expect(page.get_by_role("status")).to_have_text("Ditandai sesuai.")


def correct(page, tps, numbers, reason, reference=None):
    page.goto(f"/tps/{tps}/gubernur")
    page.get_by_role("link", name="Koreksi").first.click()
    for name, number in numbers.items():
        page.fill(f"[name='angka.{name}']", str(number))
    page.fill("[name=alasan]", reason)
    if reference:
        page.fill("[name=rujukan]", reference)
    page.get_by_role("button", name="Simpan koreksi").click()
    expect(page.get_by_role("status")).to_have_text("Koreksi tersimpan.")


def lock(page, region, members=5, paslon=2):
    page.goto(f"/rekap/{region}/gubernur")
    page.get_by_role("link", name="Kunci rekapitulasi").click()
    for n in range(1, members + 1):
        page.fill(f"#anggota-{n}", f"Anggota Nomor {n}")
    for n in range(1, paslon + 1):
        page.fill(f"#saksi-{n}", f"Saksi Nomor {n}")
    page.select_option("#saksi-hadir-2", "menolak")
    page.fill("#saksi-alasan-2", "tidak setuju angka TPS 001")
    page.fill("#pengawas", "Pengawas Uji")
    page.get_by_role("button", name=re.compile("^Kunci")).click()
    expect(page.get_by_role("status")).to_have_text("Rekapitulasi dikunci.")


def take_over(page, region, below):
    page.goto(f"/rekap/{region}/gubernur")
    page.get_by_role("button", name=f"Ambil alih {below}").click()
    expect(page.get_by_role("status")).to_have_text("Diambil alih.")


def document(page):
    with page.expect_download() as download:
        page.get_by_role("link", name="Unduh D.HASIL (PDF)").click()
    return BytesIO(download.value.path().read_bytes())


def totals(page):
    """The candidates' sums as the page shows them."""
    return [
        int(page.locator(f"#jumlah-paslon_{n}").inner_text().split()[0].replace(".", ""))
        for n in (1, 2)
    ]


def test_from_the_tps_to_the_provinsi(engine, country, visit):
    """On both engines; what else is tried in a browser is tried on one."""
    right = send_sheets(
        country.folder, country.database, country.elections[KABUPATEN], TPS, "gubernur",
        changes={"paslon_1": 999}, doubts=("disabilitas_l",),
    )  # fmt: skip
    country.box_result(SECOND_TPS, (120, 80))
    country.box_result(THIRD_TPS, (10, 20))
    country.fill(OTHER_KECAMATAN, votes=(1000 // 2, 33))
    country.lock(OTHER_KECAMATAN)
    country.fill(OTHER_KABUPATEN, votes=(100, 50))
    country.hand_up(OTHER_KABUPATEN)
    country.lock(OTHER_KABUPATEN)

    ppk = visit(KECAMATAN)
    ppk.goto(f"/tps/{TPS}/gubernur")
    expect(ppk.locator("img.crop").first).not_to_have_js_property("naturalWidth", 0)
    expect(ppk.locator("img.whole").first).not_to_have_js_property("naturalWidth", 0)
    expect(ppk.locator(".rules-broken")).to_contain_text("Suara sah = Paslon 1 + Paslon 2")
    fixed = {"paslon_1": right["paslon_1"], "disabilitas_l": right["disabilitas_l"]}
    correct(ppk, TPS, fixed, "Angka paslon 1 salah baca")
    say_sesuai(ppk, SECOND_TPS)
    say_sesuai(ppk, THIRD_TPS)
    lock(ppk, KECAMATAN)
    mine = [right["paslon_1"] + 130, right["paslon_2"] + 100]
    assert totals(ppk) == mine
    text = text_of(document(ppk))
    for votes in mine:
        assert f"{votes:,}".replace(",", ".") in text
        assert terbilang(votes) in text.lower()
    assert "tidak setuju angka TPS 001" in text

    kab = visit(KABUPATEN)
    take_over(kab, KABUPATEN, "SATU")
    take_over(kab, KABUPATEN, "DUA")
    correct(
        kab, NEIGHBOUR, {"paslon_1": 499, "paslon_2": 34}, "Tertukar satu", "Nomor 3, halaman 1"
    )
    expect(kab.locator("#berdampingan")).to_contain_text("Nomor 3, halaman 1")
    lock(kab, KABUPATEN)
    district = [mine[0] + 499, mine[1] + 34]
    assert totals(kab) == district
    assert f"{district[0]:,}".replace(",", ".") in text_of(document(kab))

    prov = visit("99")
    take_over(prov, "99", f"KABUPATEN {KABUPATEN}")
    take_over(prov, "99", f"KABUPATEN {OTHER_KABUPATEN}")
    lock(prov, "99")
    assert totals(prov) == [district[0] + 400, district[1] + 200]
    assert f"{district[0] + 400:,}".replace(",", ".") in text_of(document(prov))
