"""What officers do on the pages of a TPS: with what was typed kept, and who is second told."""

import re

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from plenary_samples import (
    KABUPATEN,
    KECAMATAN,
    TPS,
    box_record,
)
from seeded import send_sheets
from tpscentral.standing import Stated
from web_visitor import field, typed_sheet, words_of

PAGE = f"/tps/{TPS}/gubernur"


def correct(visitor, country, path=PAGE, *, reason="dibacakan ulang", **changes):
    more = {name: changes.pop(name) for name in ("rujukan", "aturan") if name in changes}
    visitor.get(f"{path}/koreksi")
    typed = typed_sheet(country, TPS, **changes) | {
        "alasan": reason,
        "versi": field(visitor.page, "versi"),
    }
    return visitor.post(f"{path}/koreksi", typed | more)


def test_sesuai(enter, country):
    country.box_result(TPS)
    ppk = enter(KECAMATAN)
    ppk.get(PAGE)
    answer = ppk.post(f"{PAGE}/sesuai", {"versi": field(ppk.page, "versi")})
    assert answer.headers["location"] == PAGE
    assert "Ditandai sesuai." in words_of(ppk.follow())
    assert country.standing(TPS).state == "checked"


def test_doubts_are_ticked_one_by_one(enter, country):
    doubts = ("paslon_1", "suara_sah")
    country.box_result(TPS, changes={name: Stated(50, "unsure") for name in doubts})
    ppk = enter(KECAMATAN)
    ppk.get(PAGE)
    version = field(ppk.page, "versi")
    answer = ppk.post(f"{PAGE}/sesuai", {"versi": version, "lihat": ["paslon_1"]})
    assert answer.status_code == 409 and "satu per satu" in answer.text
    assert re.search(r'value="paslon_1" checked', answer.text)
    rules = ["R3", "R4", "R6b", "R6a"]
    answer = ppk.post(f"{PAGE}/sesuai", {"versi": version, "lihat": doubts, "aturan": rules})
    assert answer.status_code == 303
    assert country.standing(TPS).numbers["paslon_1"] == Stated(50, "confirmed")


def test_rules_that_doubtful_numbers_break_are_named_and_can_be_ticked(enter, country):
    country.box_result(TPS, changes={"paslon_1": Stated(101, "unsure")})
    ppk = enter(KECAMATAN)
    assert 'name="aturan"' not in ppk.get(PAGE).text
    typed = {"versi": field(ppk.page, "versi"), "lihat": ["paslon_1"]}
    answer = ppk.post(f"{PAGE}/sesuai", typed)
    assert answer.status_code == 409 and "1 aturan tidak cocok" in answer.text
    rules = re.findall(r'name="aturan" value="(\w+)"', answer.text)
    assert rules == ["R3"] and "101 (ragu)" in answer.text
    answer = ppk.post(f"{PAGE}/sesuai", {"versi": typed["versi"], "aturan": rules})
    assert re.search(r'value="R3" checked', answer.text), "a tick outlives another error"
    assert ppk.post(f"{PAGE}/sesuai", typed | {"aturan": rules}).status_code == 303
    assert country.standing(TPS).broken == ("R3",)


def test_a_correction_with_its_reason_stands_beside_the_reading(enter, country):
    country.box_result(TPS, (100, 50))
    ppk = enter(KECAMATAN)
    correct(ppk, country, paslon_1="99", paslon_2="51")
    text = words_of(ppk.follow())
    assert "Koreksi tersimpan." in text
    assert "Koreksi Kecamatan, ppk-990101" in text and "dibacakan ulang" in text
    assert country.standing(TPS).state == "corrected"


def test_without_a_reason_nothing_typed_is_lost(enter, country):
    country.box_result(TPS)
    answer = correct(enter(KECAMATAN), country, paslon_1="99", paslon_2="51", reason="  ")
    assert answer.status_code == 400 and "Alasan harus diisi." in answer.text
    assert field(answer, "angka.paslon_1") == "99" and country.standing(TPS).state == "in"


@pytest.mark.parametrize("text", ["-1", "1000", "1,5", "dua", "٣", "<b>"])
def test_what_is_no_number_is_named_and_kept(enter, country, text):
    country.box_result(TPS)
    answer = correct(enter(KECAMATAN), country, paslon_1=text)
    assert answer.status_code == 400 and "angka 0 sampai 999" in answer.text
    assert field(answer, "angka.paslon_1") == text


def test_an_empty_box_is_a_hyphen_and_not_zero(enter, country):
    country.box_result(TPS)
    ppk = enter(KECAMATAN)
    answer = correct(ppk, country, disabilitas_l="")
    assert answer.status_code == 400 and "ketik -" in answer.text
    assert correct(ppk, country, disabilitas_l="-").status_code == 303
    assert country.standing(TPS).numbers["disabilitas_l"] == Stated(None, "corrected")


def test_a_doubtful_number_is_typed_and_not_offered(enter, country):
    country.box_result(TPS, changes={"paslon_1": Stated(100, "unsure")})
    ppk = enter(KECAMATAN)
    ppk.get(f"{PAGE}/koreksi")
    assert field(ppk.page, "angka.paslon_1") == ""
    assert field(ppk.page, "angka.paslon_2") == "50"
    answer = correct(ppk, country, paslon_1="", disabilitas_j="0", pengguna_dptb_l="1")
    assert answer.status_code == 409 and 'aria-invalid="true"' in answer.text
    assert correct(ppk, country, paslon_1="100").status_code == 303


def test_a_broken_rule_is_acknowledged_or_mended(enter, country):
    country.box_result(TPS)
    ppk = enter(KECAMATAN)
    answer = correct(ppk, country, paslon_1="99")
    assert answer.status_code == 409 and 'name="aturan" value="R3"' in answer.text
    assert field(answer, "angka.paslon_1") == "99"
    assert correct(ppk, country, paslon_1="99", aturan="R3").status_code == 303
    assert country.standing(TPS).broken == ("R3",)


def test_the_second_is_told_of_both_values_and_loses_nothing(enter, country):
    country.box_result(TPS, (100, 50))
    first, second = enter(KECAMATAN, name="satu"), enter(KECAMATAN, name="dua")
    second.get(f"{PAGE}/koreksi")
    typed = typed_sheet(country, TPS, paslon_1="98", paslon_2="52") | {"alasan": "milik dua"}
    typed["versi"] = field(second.page, "versi")
    correct(first, country, paslon_1="99", paslon_2="51", disabilitas_l="7", disabilitas_j="7")
    answer = second.post(f"{PAGE}/koreksi", typed)
    assert answer.status_code == 409
    text = words_of(answer)
    assert "Paslon 1: AYU & BIMA 99 98 satu dibacakan ulang" in text
    assert field(answer, "angka.paslon_1") == "98" and "milik dua" in answer.text
    # What only the first has touched is taken over, and not undone unseen.
    assert field(answer, "angka.disabilitas_l") == "7"
    typed |= {"versi": field(answer, "versi"), "angka.disabilitas_l": "7"}
    typed |= {"angka.disabilitas_j": "7"}
    assert second.post(f"{PAGE}/koreksi", typed).status_code == 303
    numbers = country.standing(TPS).numbers
    assert (numbers["paslon_1"].number, numbers["disabilitas_l"].number) == (98, 7)


def opened(visitor):
    """All that the form of a correction holds, as a browser sends it back."""
    visitor.get(f"{PAGE}/koreksi")
    inputs = re.findall(r'<input[^>]* name="([^"]*)"[^>]* value="([^"]*)"', visitor.page.text)
    return dict(inputs) | {"alasan": "dibacakan ulang"}


def test_a_new_result_of_the_box_is_told_and_not_undone(enter, country):
    country.box_result(TPS, (100, 50))
    ppk = enter(KECAMATAN)
    typed = opened(ppk) | {"angka.disabilitas_l": "7", "angka.disabilitas_j": "7"}
    country.box_result(TPS, (90, 60), changes={"suara_tidak_sah": Stated(3, "unsure")})
    answer = ppk.post(f"{PAGE}/koreksi", typed)
    assert answer.status_code == 409
    assert "Paslon 1: AYU & BIMA 90 100 kotak TPS hasil baru dari kotak" in words_of(answer)
    assert field(answer, "angka.paslon_1") == "90" and field(answer, "angka.disabilitas_l") == "7"
    assert field(answer, "angka.suara_tidak_sah") == ""
    typed = {name: field(answer, name) for name in typed if name != "alasan"}
    typed |= {"alasan": "dibacakan ulang", "angka.suara_tidak_sah": "3"}
    assert ppk.post(f"{PAGE}/koreksi", typed).status_code == 303
    numbers = country.standing(TPS).numbers
    assert (numbers["paslon_1"].number, numbers["disabilitas_l"].number) == (90, 7)


def test_a_form_that_is_shown_again_for_a_slip_still_tells_of_the_other(enter, country):
    country.box_result(TPS, (100, 50))
    first, second = enter(KECAMATAN, name="satu"), enter(KECAMATAN, name="dua")
    typed = opened(second) | {"angka.disabilitas_l": "1x"}
    correct(first, country, paslon_1="99", paslon_2="51")
    answer = second.post(f"{PAGE}/koreksi", typed)
    assert answer.status_code == 409 and "satu dibacakan ulang" in words_of(answer)
    assert field(answer, "angka.paslon_1") == "99" and field(answer, "angka.disabilitas_l") == "1x"


def test_a_correction_that_a_revote_came_before_is_shown_again(enter, country):
    country.box_result(TPS, (100, 50))
    ppk = enter(KECAMATAN)
    typed = opened(ppk) | {"angka.paslon_1": "98", "angka.paslon_2": "52"}
    ppk.get(PAGE)
    fields = {"versi": field(ppk.page, "versi"), "alasan": "Panwas", "psu": "ulang"}
    ppk.post(f"{PAGE}/psu", fields)
    ppk.follow()
    answer = ppk.post(f"{PAGE}/koreksi", typed)
    assert answer.status_code == 409 and "baru saja diubah" in answer.text
    assert field(answer, "angka.paslon_1") == "98" and "dibacakan ulang" in answer.text
    typed["versi"] = field(answer, "versi")
    answer = ppk.post(f"{PAGE}/koreksi", typed)
    assert answer.status_code == 409 and "Belum ada hasil TPS ini" in answer.text
    assert ppk.get(f"{PAGE}/koreksi").status_code == 404


def test_what_was_ticked_for_other_numbers_is_not_ticked_any_more(enter, country):
    country.box_result(TPS, changes={"paslon_1": Stated(50, "unsure")})
    ppk = enter(KECAMATAN)
    ppk.get(PAGE)
    typed = {"versi": field(ppk.page, "versi"), "lihat": ["paslon_1"], "aturan": ["R3"]}
    country.box_result(TPS, changes={"paslon_1": Stated(60, "unsure")})
    answer = ppk.post(f"{PAGE}/sesuai", typed)
    assert answer.status_code == 409
    assert re.search(r'value="paslon_1"', answer.text)
    assert not re.search(r'value="paslon_1" checked', answer.text)


def test_above_the_kecamatan_a_reference_is_needed(enter, country):
    country.fill(KABUPATEN)
    country.hand_up()
    kab = enter(KABUPATEN)
    answer = correct(kab, country, paslon_1="99", paslon_2="51")
    assert answer.status_code == 400 and "C.KEJADIAN KHUSUS" in answer.text
    changes = {"paslon_1": "99", "paslon_2": "51", "rujukan": "Nomor 1, halaman 2"}
    assert correct(kab, country, **changes).status_code == 303
    assert "Nomor 1, halaman 2" in words_of(kab.follow())


@pytest.mark.parametrize(
    ("region", "role", "status"),
    [(KECAMATAN, "observer", 403), ("990102", "ppk", 403), ("9901", "kabupaten", 409)],
)
def test_who_may_not_correct(enter, country, region, role, status):
    country.box_result(TPS)
    own = enter(KECAMATAN)
    own.get(f"{PAGE}/koreksi")
    typed = typed_sheet(country, TPS, paslon_1="99", paslon_2="51") | {
        "alasan": "x",
        "rujukan": "1",
    }
    typed["versi"] = field(own.page, "versi")
    other = enter(region, role, "lain")
    assert other.post(f"{PAGE}/koreksi", typed).status_code == status
    if status == 403:
        assert other.post(f"{PAGE}/koreksi", {}).status_code == 403
        assert other.post(f"{PAGE}/isian/ganda", {}).status_code == 403
    assert country.standing(TPS).state == "in"


@pytest.mark.parametrize("version", ["", "x", "9" * 40])
def test_a_form_without_its_version_is_refused(enter, country, version):
    country.box_result(TPS)
    ppk = enter(KECAMATAN)
    ppk.get(PAGE)
    assert ppk.post(f"{PAGE}/sesuai", {"versi": version}).status_code == 400


def test_reopened_psu_and_no_result(enter, country):
    country.box_result(TPS)
    country.check(TPS)
    ppk = enter(KECAMATAN)
    for part, more, state in (
        ("buka-kembali", {}, "in"),
        ("psu", {"psu": "ulang"}, "waiting"),
        ("tanpa-hasil", {}, "checked"),
    ):
        ppk.get(PAGE)
        fields = {"versi": field(ppk.page, "versi"), "alasan": "kata pleno", "bagian": "x"} | more
        assert ppk.post(f"{PAGE}/{part}", fields | {"alasan": ""}).status_code == 400
        assert ppk.post(f"{PAGE}/{part}", fields).status_code == 303
        assert country.standing(TPS).state == state
    text = words_of(ppk.get(PAGE))
    assert "Pleno menyatakan TPS ini tanpa hasil" in text and "Pemungutan Suara Ulang" in text
    assert "kata pleno" in text


def test_crops_and_the_heading_are_on_the_page(enter, country):
    election = country.elections[KABUPATEN]
    send_sheets(country.folder, country.database, election, TPS, "gubernur")
    ppk = enter(KECAMATAN)
    found = set(
        re.findall(r'src="(/tps/\d+/potongan/[0-9a-f]+/([\w-]+)\.jpg)"', ppk.get(PAGE).text)
    )
    names = {name for _, name in found}
    assert {"kepala", "lembar", "paslon_1", "paslon_1-tanda", "pemilih_dpt_l"} <= names
    for address, name in found:
        if name in ("kepala", "paslon_1-tanda"):
            assert ppk.get(address).headers["content-type"] == "image/jpeg"
    text = words_of(ppk.get(PAGE))
    assert "Kotak menyebut: TPS 001, DESA <b>SATU</b>" in text
    assert "jelas" in text and "turus" in text and "99,9%" in text


@pytest.mark.parametrize(("word", "votes"), [("terima", 80), ("abaikan", 90)])
def test_a_late_result_is_taken_or_left(enter, country, word, votes):
    country.box_result(TPS, (90, 60))
    country.check(TPS)
    key = Ed25519PrivateKey.generate()
    package = country.elections[KABUPATEN].package.hex()
    record = box_record(country, TPS, (80, 70), key, 2)
    late = country.keep_record(record, TPS, 1, 2, package, key)
    country.late(TPS, late)
    ppk = enter(KECAMATAN)
    text = words_of(ppk.get(PAGE))
    assert "1 hasil datang terlambat" in text and "Paslon 1: AYU & BIMA 90 80" in text
    fields = {"versi": field(ppk.page, "versi"), "hasil": late, "alasan": "dari kertas"}
    assert ppk.post(f"{PAGE}/terlambat", fields | {"putusan": "lain"}).status_code == 400
    assert ppk.post(f"{PAGE}/terlambat", fields | {"putusan": word}).status_code == 303
    assert country.standing(TPS).numbers["paslon_1"].number == votes
    assert "menunggu keputusan" not in words_of(ppk.follow())


@pytest.mark.parametrize("kode", [f"{KECAMATAN}abcdefg", f"{TPS[:10]}999"])
def test_a_place_that_is_no_tps_is_refused(enter, country, kode):
    ppk = enter(KECAMATAN)
    ppk.get(PAGE)
    answer = ppk.post(f"/tps/{kode}/gubernur/sesuai", {"versi": "1"})
    assert answer.status_code in (404, 409)
