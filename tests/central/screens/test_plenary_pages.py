"""Recapitulation, locks, documents, objections and progress of a region."""

import io

import pytest
from plenary_samples import KABUPATEN, KECAMATAN, SECOND_TPS, TPS, officer
from pypdf import PdfReader
from tpscentral.plenary.deciding import correct, reopen
from web_visitor import field, words_of

RECAP = f"/rekap/{KECAMATAN}/gubernur"
LOCK = f"/kunci/{KECAMATAN}/gubernur"
OBJECTIONS = f"/keberatan/{KECAMATAN}/gubernur"
AFTER = 1_732_800_000
"""The day after the voting."""


def names(members=5, **changes):
    typed = {f"anggota-{n}": f"Anggota {n}" for n in range(1, members + 1)}
    typed |= {f"saksi-{n}": f"Saksi {n}" for n in (1, 2)}
    typed |= {f"saksi-hadir-{n}": "tanda-tangan" for n in (1, 2)}
    return typed | {"pengawas": "Pengawas"} | changes


def close(visitor, **changes):
    """Send the form of the lock that is open."""
    return visitor.post(LOCK, names(**changes) | {"sidik": field(visitor.page, "sidik")})


def test_the_table_adds_up_by_desa_and_says_what_is_missing(enter, country):
    country.box_result(TPS, (100, 50))
    country.box_result(SECOND_TPS, (7, 3))
    text = words_of(enter(KECAMATAN).get(RECAP))
    assert "2 dari 3 TPS punya hasil" in text
    assert "JUMLAH 107" in text and "1 TPS tanpa angka" in text
    assert "3 TPS belum diperiksa" in text and "Belum bisa dikunci" in text


def test_a_lock_needs_every_name_and_keeps_what_was_typed(enter, country):
    country.fill(KECAMATAN)
    ppk = enter(KECAMATAN)
    ppk.get(LOCK)
    for missing in (
        {"anggota-5": ""},
        {"saksi-2": ""},
        {"saksi-hadir-2": "menolak"},
        {"saksi-hadir-2": "?"},
        {"anggota-hadir-1": "menolak"},
        {"pengawas": ""},
    ):
        answer = close(ppk, **missing)
        assert answer.status_code == 400, missing
        assert field(answer, "anggota-1") == "Anggota 1"
    refused = {"saksi-hadir-2": "menolak", "saksi-alasan-2": "tidak setuju"}
    assert close(ppk, **refused).status_code == 303
    text = words_of(ppk.follow())
    assert "Rekapitulasi dikunci." in text and "menolak (tidak setuju)" in text


def test_a_kecamatan_that_is_not_ready_is_not_locked(enter, country):
    country.fill(KECAMATAN)
    country.box_result(TPS)
    ppk = enter(KECAMATAN)
    assert TPS in words_of(ppk.get(LOCK))
    assert close(ppk).status_code == 409


def test_what_is_locked_is_what_was_shown(enter, country):
    country.fill(KECAMATAN)
    ppk = enter(KECAMATAN)
    ppk.get(LOCK)
    country.box_result(TPS, (90, 60))
    country.check(TPS)
    answer = close(ppk)
    assert answer.status_code == 409 and "Angka berubah sejak formulir ini dibuka" in answer.text
    assert field(answer, "anggota-1") == "Anggota 1" and "290" in words_of(answer)
    assert ppk.post(LOCK, names()).status_code == 409, "a form that does not say what was shown"
    assert close(ppk).status_code == 303


@pytest.mark.parametrize(("region", "role"), [("9901", "kabupaten"), (KECAMATAN, "observer")])
def test_only_its_own_plenary_locks(enter, country, region, role):
    country.fill(KECAMATAN)
    other = enter(region, role)
    assert other.get(LOCK).status_code == 403
    other.get(RECAP)
    assert other.post(LOCK, names(), token=field(other.page, "csrf")).status_code == 403


def test_documents_come_with_the_lock_and_say_its_totals(enter, country):
    country.fill(KECAMATAN, votes=(411, 57))
    ppk = enter(KECAMATAN)
    path = f"/dokumen/{KECAMATAN}/gubernur"
    assert ppk.get(f"{path}/hasil").status_code == 409
    country.lock(KECAMATAN)
    answer = ppk.get(f"{path}/hasil")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content == ppk.get(f"{path}/hasil").content
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    assert "1.233" in text and "171" in text
    assert ppk.get(f"{path}/kejadian").content.startswith(b"%PDF")
    assert ppk.get(f"{path}/lain").status_code == 404
    assert enter("990102").get(f"{path}/hasil").status_code == 403


def test_taking_over_and_unlocking_are_of_the_level_above(enter, country):
    country.fill(KECAMATAN)
    country.lock(KECAMATAN)
    ppk, kab = enter(KECAMATAN), enter(KABUPATEN)
    ppk.get(RECAP)
    for part in ("ambil-alih", "buka-kunci"):
        assert ppk.post(f"{RECAP}/{part}", {"alasan": "x"}).status_code == 403
    kab.get(f"/rekap/{KABUPATEN}/gubernur")
    back = {"kembali": KABUPATEN}
    answer = kab.post(f"{RECAP}/ambil-alih", back)
    assert answer.headers["location"] == f"/rekap/{KABUPATEN}/gubernur"
    assert "dikunci, diambil alih" in words_of(kab.follow())
    assert kab.post(f"{RECAP}/ambil-alih").status_code == 409
    assert kab.post(f"{RECAP}/buka-kunci", {"alasan": " "}).status_code == 400
    assert kab.post(f"{RECAP}/buka-kunci", {"alasan": "angka tertukar"}).status_code == 303
    assert "angka tertukar" in words_of(kab.follow())


def test_a_table_that_is_not_that_of_the_document_says_so(enter, country):
    country.fill(KECAMATAN)
    country.lock(KECAMATAN)
    country.take(KECAMATAN)
    kab, told = enter(KABUPATEN), "D.HASIL memuat angka saat dikunci"
    assert told not in words_of(kab.get(RECAP))
    with country.desk(officer(KABUPATEN)) as desk:
        change, why = {"paslon_1": 99, "paslon_2": 51}, {"reason": "salah", "reference": "1/1"}
        correct(desk, TPS, "gubernur", change, version=2, **why)
    assert told in words_of(kab.get(RECAP)) and "299" in words_of(kab.page)


def test_bupati_ends_at_the_kabupaten(enter, country):
    country.fill(KECAMATAN, "bupati", (5, 6, 7))
    country.lock(KECAMATAN, "bupati", paslon=3)
    page = enter(KABUPATEN).get(f"/rekap/{KECAMATAN}/bupati")
    assert "Ambil alih" in page.text
    assert "Ambil alih" not in enter("99").get(f"/rekap/{KABUPATEN}/bupati").text


def test_objections_are_raised_and_settled(enter, country):
    ppk = enter(KECAMATAN)
    ppk.get(OBJECTIONS)
    typed = {"jenis": "keberatan", "nama": "Saksi <b>1</b>", "tps": "1", "uraian": "Angka & turus"}
    answer = ppk.post(OBJECTIONS, typed)
    assert answer.status_code == 400 and field(answer, "nama") == "Saksi <b>1</b>"
    assert ppk.post(OBJECTIONS, typed | {"tps": TPS}).status_code == 303
    page = ppk.follow()
    assert "Saksi &lt;b&gt;1&lt;/b&gt;" in page.text and "Angka &amp; turus" in page.text
    [path] = {part for part in page.text.split('"') if part.endswith("/selesai")}
    assert enter(KECAMATAN, "observer").get(OBJECTIONS).text.count("/selesai") == 0
    ppk.get(OBJECTIONS)
    assert ppk.post(path, {"putusan": ""}).status_code == 400
    answer = ppk.post(path, {"putusan": "dihitung \x07 ulang"})
    assert answer.status_code == 400 and "dihitung \x07 ulang</textarea>" in answer.text
    for number in ("9" * 23, "9" * 5000, "x"):
        assert ppk.post(f"{OBJECTIONS}/{number}/selesai", {"putusan": "x"}).status_code == 404
    assert ppk.post(path, {"putusan": "dihitung ulang"}).status_code == 303
    assert "✓ Selesai dihitung ulang" in words_of(ppk.follow())
    answer = ppk.post(path, {"putusan": "sekali lagi"})
    assert answer.status_code == 409 and "sekali lagi" in words_of(answer)


def test_progress_counts_ways_and_names_what_is_overdue(enter, country, clock):
    country.box_result(TPS)
    kab = enter(KABUPATEN)
    text = words_of(kab.get(f"/kemajuan/{KABUPATEN}/gubernur"))
    assert "25% masuk: 1 dari 4 TPS" in text and "1 daring" in text and "3 menunggu" in text
    clock.now = AFTER
    late = enter(KECAMATAN)
    text = words_of(late.get(f"/kemajuan/{KECAMATAN}/gubernur"))
    assert "2 lewat waktu" in text and "TPS yang lewat waktu TPS 002" in text
    assert "28-11-2024 00.00.00 WIT" in text
    for path in ("99/gubernur", "semua/gubernur"):
        assert "1 dari 8 TPS" in words_of(enter("").get(f"/kemajuan/{path}"))
    assert enter("99").get(f"/kemajuan/{TPS}/gubernur").status_code == 404


@pytest.mark.parametrize("kind", ["rekap", "keberatan", "kunci"])
def test_only_regions_with_a_plenary_have_one(enter, kind):
    assert enter("").get(f"/{kind}/9901012001/gubernur").status_code == 404
    assert enter("").get(f"/{kind}/semua/gubernur").status_code == 404


def test_the_journal_tells_reasons_in_words_and_keeps_the_record(enter, country):
    country.fill(KABUPATEN)
    country.hand_up()
    with country.desk(officer(KABUPATEN)) as desk:
        reason, reference = "salah baca & ketik", "nomor 3, halaman 1"
        reopen(desk, TPS, "gubernur", version=2, reason=reason, reference=reference)
    page = enter(KABUPATEN).get("/jurnal")
    assert "salah baca &amp; ketik (rujukan: nomor 3, halaman 1) <details>" in page.text
    assert "body_sha256" in words_of(page)
