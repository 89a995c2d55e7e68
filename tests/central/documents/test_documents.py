"""D.HASIL and D.KEJADIAN KHUSUS: what they say is read back from the PDF, and verified."""

import io
import re

import pypdf
import pytest
from plenary_samples import (
    ADMIN,
    KABUPATEN,
    KECAMATAN,
    NOW,
    OBSERVER,
    OTHER_KECAMATAN,
    PROVINSI,
    TPS,
    officer,
    signing,
)
from tpscentral import cli
from tpscentral.documents.keeping import document_of
from tpscentral.documents.seal import SEAL, verify_seal
from tpscentral.documents.sheet import latin
from tpscentral.documents.terbilang import terbilang
from tpscentral.people import journal
from tpscentral.people.roles import ForbiddenError
from tpscentral.plenary.deciding import correct
from tpscentral.plenary.locks import lock_region, unlock_region
from tpscentral.plenary.objections import add_objection, settle_objection
from tpscentral.plenary.recap import decode_recap
from tpscentral.plenary.said import RefusedError
from tpscentral.plenary.signing import Member, Signing, Witness
from tpscentral.words import whole


def document(country, region, kind="hasil", contest="gubernur", account=None):
    with country.desk(account or officer(region)) as desk:
        return document_of(desk, region, contest, kind)


def pages_of(data):
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]


def totals_of(text, recap):
    """The figures beside each row of the last table, and the words after them."""
    found = {}
    for number, row in enumerate(recap.rows, 1):
        label = re.escape(f"{number}. {row.label}")
        figure = re.search(rf"{label}\s+([\d.]+)\s+([\d.]+)\s+([a-z ]+)", text)
        found[row.field] = figure and figure.groups()
    return found


def test_a_kecamatan_lists_its_tps_by_desa_and_its_totals_in_figures_and_words(country):
    country.fill(KECAMATAN, votes=(117, 23))
    lock = country.lock(KECAMATAN)
    made = document(country, KECAMATAN)
    assert made.name == "D.HASIL-gubernur-990101.pdf"
    pages = pages_of(made.data)
    text = "\n".join(pages)
    assert "MODEL D.HASIL KECAMATAN-KWK-GUBERNUR" in pages[0]
    assert "KECAMATAN: SATU   KABUPATEN/KOTA: KABUPATEN 9901   PROVINSI: PROVINSI UJI" in pages[0]
    assert "DESA <b>SATU</b>" in text
    for number, page in enumerate(pages, 1):
        assert f"Halaman {number} dari {len(pages)}" in page
    recap = decode_recap(lock.recap)
    shown = totals_of(text, recap)
    for row in recap.rows:
        total = recap.totals[row.field]
        assert shown[row.field] == (whole(total), "0", terbilang(total)), row.field
    assert recap.totals["paslon_1"] == 351
    assert "tiga ratus lima puluh satu" in text
    assert "Paslon 1: AYU & BIMA" in text


def test_who_signed_and_who_refused_is_on_it(country):
    country.fill(KECAMATAN)
    people = Signing(
        (*signing(2).members[:4], Member("Lima", signed=False, reason="sakit keras")),
        (Witness(1, "", "absent"), Witness(2, "Bu Tini", "refused", "hasil TPS 1 diragukan")),
        "Pak Was",
    )
    with country.desk(officer(KECAMATAN)) as desk:
        lock_region(desk, KECAMATAN, "gubernur", people)
    last = pages_of(document(country, KECAMATAN).data)[-1].replace("\n", " ")
    for words in (
        "Ketua PPK", "Anggota 4", "Lima", "tidak menandatangani: sakit keras", "tidak hadir",
        "Bu Tini", "menolak: hasil TPS 1 diragukan", "Pak Was", "27 November 2024",
    ):  # fmt: skip
        assert words in last


def test_marks_tell_what_was_corrected_and_what_has_no_result(country):
    country.fill(KECAMATAN)
    with country.desk(officer(KECAMATAN)) as desk:
        correct(desk, TPS, "gubernur", {"disabilitas_l": None}, version=2, reason="kosong")
    country.lock(KECAMATAN)
    text = "\n".join(pages_of(document(country, KECAMATAN).data))
    assert "K = dikoreksi dalam pleno" in text
    assert re.search(r"Pemilih disabilitas L\s+0\s+1\s+nol", text), "one TPS left it empty"


def test_the_kabupaten_shows_what_it_corrected(country):
    country.fill(KABUPATEN)
    country.hand_up()
    with country.desk(officer(KABUPATEN)) as desk:
        change = {"paslon_1": 90, "paslon_2": 60}
        correct(desk, TPS, "gubernur", change, version=2, reason="x", reference="KK 1")
    country.lock(KABUPATEN)
    text = "\n".join(pages_of(document(country, KABUPATEN).data)).replace("\n", " ")
    assert "MODEL D.HASIL KABUPATEN/KOTA-KWK-GUBERNUR" in text
    assert "* SATU dibetulkan setelah pleno di bawahnya" in text
    assert "Paslon 1: AYU & BIMA 300 menjadi 290" in text


def test_the_provinsi_has_its_own(country):
    country.fill()
    for kabupaten in (KABUPATEN, "9902"):
        country.hand_up(kabupaten)
        country.lock(kabupaten)
        country.take(kabupaten)
    country.lock(PROVINSI, paslon=2)
    pages = pages_of(document(country, PROVINSI).data)
    assert "MODEL D.HASIL PROVINSI-KWK-GUBERNUR" in pages[0]
    assert "delapan ratus" in "\n".join(pages)


def test_the_same_document_every_time_and_its_hash_in_the_journal(country):
    country.fill(KECAMATAN)
    country.lock(KECAMATAN)
    first = document(country, KECAMATAN)
    again = document(country, KECAMATAN, account=OBSERVER)
    assert (first.sha, first.data) == (again.sha, again.data)
    (country.folder.root / "documents" / f"{first.sha}.pdf").unlink()
    assert document(country, KECAMATAN).data == first.data, "made anew, it is the same"
    with country.database.read() as connection:
        told = [e for e in journal.newest(connection) if e.action == "dokumen"]
    assert len(told) == 1
    assert first.sha in told[0].detail


def test_there_is_no_document_before_the_lock_nor_for_strangers(country):
    with pytest.raises(RefusedError, match="dikunci"):
        document(country, KECAMATAN)
    country.fill(KECAMATAN)
    country.lock(KECAMATAN)
    with pytest.raises(ForbiddenError):
        document(country, KECAMATAN, account=officer(OTHER_KECAMATAN))
    assert document(country, KECAMATAN, account=ADMIN).data


def test_special_events_and_objections(country):
    ppk = officer(KECAMATAN)
    with country.desk(ppk) as desk:
        said = {"kind": "keberatan", "raised_by": "Budi", "text": "angka <i>beda</i>", "tps": TPS}
        settle_objection(desk, add_objection(desk, KECAMATAN, "gubernur", **said).n, "sama")
        said = {"kind": "kejadian", "raised_by": "Panwas", "text": "listrik padam"}
        add_objection(desk, KECAMATAN, "gubernur", **said)
    country.fill(KECAMATAN)
    country.lock(KECAMATAN)
    text = "\n".join(pages_of(document(country, KECAMATAN, "kejadian").data))
    assert "MODEL D.KEJADIAN KHUSUS DAN/ATAU KEBERATAN SAKSI-KWK" in text
    for words in (f"KEBERATAN SAKSI - TPS {TPS}", "<i>beda</i>", "Penyelesaian: sama",
                  "listrik padam", "belum selesai"):  # fmt: skip
        assert words in text


def test_without_any_it_says_nihil(country):
    country.fill(KECAMATAN)
    country.lock(KECAMATAN)
    assert "NIHIL" in pages_of(document(country, KECAMATAN, "kejadian").data)[0]


def verify(country, what, capsys, *options):
    code = cli.main(["verify-document", "--data", str(country.folder.root), str(what), *options])
    return code, capsys.readouterr()


def test_the_command_verifies_file_and_code(country, tmp_path, capsys):
    country.fill(KECAMATAN)
    country.lock(KECAMATAN)
    made = document(country, KECAMATAN)
    file = tmp_path / "hasil.pdf"
    file.write_bytes(made.data)
    code, told = verify(country, file, capsys)
    assert code == 0
    assert "paslon 1: 300" in told.out
    assert "TPS counted: 3 of 3" in told.out
    assert "lock: holds" in told.out
    text = SEAL.search(made.data.decode("latin-1")).group()
    assert verify(country, text, capsys)[0] == 0
    key = country.folder.key.public_key()
    assert verify_seal(text, key)[0].region == KECAMATAN
    code, told = verify(country, text, capsys, "--centre-key", key.public_bytes_raw().hex())
    assert code == 0
    assert "compare these totals" in told.out
    assert verify(country, text, capsys, "--centre-key", "11" * 32)[0] == 1
    with country.desk(officer(KABUPATEN)) as desk:
        unlock_region(desk, KECAMATAN, "gubernur", reason="x")
    assert "opened again" in verify(country, file, capsys)[1].out


def test_a_changed_file_and_other_files_are_told_in_one_line(country, tmp_path, capsys):
    country.fill(KECAMATAN)
    country.lock(KECAMATAN)
    made = document(country, KECAMATAN)
    file = tmp_path / "hasil.pdf"
    file.write_bytes(made.data + b"\n")
    code, told = verify(country, file, capsys)
    assert code == 1
    assert "not one that this centre has made" in told.err
    file.write_bytes(b"%PDF-1.4 nothing")
    assert verify(country, file, capsys)[0] == 3
    file.write_bytes(b"no pdf")
    assert verify(country, file, capsys)[0] == 3
    assert verify(country, tmp_path / "none.pdf", capsys)[0] == 3
    code, told = verify(country, "TPSD1:AAAA", capsys)
    assert code == 3
    assert told.err.count("\n") == 1


def test_a_document_of_before_a_lock_was_opened_does_not_hold_by_its_equal_numbers(
    country, tmp_path, capsys
):
    country.fill(KECAMATAN)
    country.lock(KECAMATAN)
    old, new = tmp_path / "old.pdf", tmp_path / "new.pdf"
    old.write_bytes(document(country, KECAMATAN).data)
    with country.desk(officer(KABUPATEN)) as desk:
        unlock_region(desk, KECAMATAN, "gubernur", reason="saksi menolak")
    country.lock(KECAMATAN, now=NOW + 600)
    new.write_bytes(document(country, KECAMATAN).data)
    assert "lock: was opened again since" in verify(country, old, capsys)[1].out
    assert "lock: holds" in verify(country, new, capsys)[1].out


def test_the_lock_is_of_that_time(country):
    country.fill(KECAMATAN)
    lock = country.lock(KECAMATAN)
    made = document(country, KECAMATAN)
    text = SEAL.search(made.data.decode("latin-1")).group()
    sealed, _ = verify_seal(text, country.folder.key.public_key())
    assert (sealed.locked_at, sealed.digest.hex()) == (NOW, lock.digest)


def test_signs_of_telephones_are_printed_as_plain_ones():
    typed = "\u201cSuara hilang\u201d \u2013 Pak Ju\u2019in, Ñ\u016b\u2026 e\u0301 \u2212 \u263a"
    assert latin(typed) == '"Suara hilang" - Pak Ju\'in, Ñu... e - ?'
