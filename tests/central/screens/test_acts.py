"""What officers do on the pages of a TPS: with what was typed kept, and who is second told."""

import io
import re

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image
from plenary_samples import (
    KABUPATEN,
    KECAMATAN,
    NEIGHBOUR,
    TPS,
    box_record,
)
from seeded import send_sheets
from tpscentral.pages import paper_photo
from tpscentral.people import journal
from tpscentral.standing import Stated
from web_visitor import field, words_of

PAGE = f"/tps/{TPS}/gubernur"


def sheet(country, **changes):
    """What the form of a correction holds when it is opened, with changes to it."""
    numbers = country.standing(TPS).numbers
    texts = {
        f"angka.{name}": "-" if stated.number is None else str(stated.number)
        for name, stated in numbers.items()
    }
    return texts | {f"angka.{name}": text for name, text in changes.items()}


def correct(visitor, country, path=PAGE, *, reason="dibacakan ulang", **changes):
    more = {name: changes.pop(name) for name in ("rujukan", "aturan") if name in changes}
    visitor.get(f"{path}/koreksi")
    typed = sheet(country, **changes) | {"alasan": reason, "versi": field(visitor.page, "versi")}
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
    typed = sheet(country, paslon_1="98", paslon_2="52") | {"alasan": "milik dua"}
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
    typed = sheet(country, paslon_1="99", paslon_2="51") | {"alasan": "x", "rujukan": "1"}
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


def test_two_people_type_without_seeing_each_other(enter, country):
    country.box_result(TPS, (100, 50))
    one, two = enter(KECAMATAN, name="satu"), enter(KECAMATAN, name="dua")
    path = f"{PAGE}/isian/ganda"
    assert field(one.get(path), "angka.paslon_1") == ""
    answer = one.post(path, sheet(country, paslon_1=""))
    assert answer.status_code == 400 and "belum diketik" in answer.text
    assert one.post(path, sheet(country, paslon_1="99")).status_code == 303
    assert "Menunggu isian orang kedua" in words_of(one.follow())
    assert "> 99 <" not in two.get(path).text and 'value="99"' not in two.page.text
    assert two.post(path, sheet(country, paslon_1="98")).status_code == 303
    text = words_of(two.follow())
    assert "Dua isian berbeda pada 1 isian" in text and "AYU & BIMA 99 98 100" in text


def test_a_sheet_typed_by_hand_needs_two_people_and_a_photo(enter, country):
    country.box_result(NEIGHBOUR)
    texts = {
        f"angka.{name}": str(stated.number)
        for name, stated in country.standing(NEIGHBOUR).numbers.items()
    }
    one, two = enter(KECAMATAN, name="satu"), enter(KECAMATAN, name="dua")
    path = f"{PAGE}/isian/ketik"
    one.get(path)
    assert "Foto lembar C.HASIL" in one.post(path, texts).text
    bad = one.post(path, texts, files={"foto": ("x.jpg", b"\xff\xd8\xffno", "image/jpeg")})
    assert bad.status_code == 400 and "JPEG yang utuh" in bad.text
    jpeg = _jpeg()
    done = one.post(path, texts, files={"foto": ("x.jpg", jpeg, "image/jpeg")})
    assert done.status_code == 303
    two.get(path)
    assert "foto dari isian pertama dipakai" in two.page.text
    photo = field(two.page, "foto_sidik")
    assert two.post(path, texts | {"foto_sidik": photo}).status_code == 303
    assert country.standing(TPS).source == "typed"
    assert "DIKETIK dari kertas" in words_of(two.get(PAGE))
    assert two.get(f"/tps/{TPS}/foto/{photo}").content == jpeg


def test_a_reference_that_cannot_be_kept_loses_nothing_of_a_typed_sheet(enter, country):
    texts = {"angka.paslon_1": "100", "rujukan": "nomor \x07 1"}
    ppk, path = enter(KECAMATAN), f"{PAGE}/isian/ketik"
    ppk.get(path)
    answer = ppk.post(path, texts)
    assert answer.status_code == 400 and "tidak terlihat setelah “nomor”" in answer.text
    assert field(answer, "angka.paslon_1") == "100"


def test_a_revote_is_typed_beside_nothing_of_the_old_vote(enter, country):
    election = country.elections[KABUPATEN]
    send_sheets(country.folder, country.database, election, TPS, "gubernur")
    texts = sheet(country)
    one, two = enter(KECAMATAN, name="satu"), enter(KECAMATAN, name="dua")
    one.get(PAGE)
    fields = {"versi": field(one.page, "versi"), "alasan": "Panwas", "psu": "ulang"}
    assert one.post(f"{PAGE}/psu", fields).status_code == 303
    path = f"{PAGE}/isian/ketik"
    assert "/potongan/" not in one.get(path).text
    photo = {"foto": ("x.jpg", _jpeg(), "image/jpeg")}
    assert one.post(path, texts, files=photo).status_code == 303
    two.get(path)
    sha = field(two.page, "foto_sidik")
    assert two.post(path, texts | {"foto_sidik": sha}).status_code == 303
    page = two.get(PAGE)
    assert "/potongan/" not in page.text
    assert f'class="whole" src="/tps/{TPS}/foto/{sha}"' in page.text
    assert "hasilnya disisihkan" in words_of(page)


def test_the_photo_of_one_contest_is_not_offered_for_the_other(enter, country):
    ppk = enter(KECAMATAN)
    path = f"/tps/{TPS}/bupati/isian/ketik"
    ppk.get(path)
    texts = {f"angka.{each.name}": "0" for each in country.form("bupati").fields}
    photo = {"foto": ("x.jpg", _jpeg(), "image/jpeg")}
    assert ppk.post(path, texts, files=photo).status_code == 303
    assert "foto dari isian pertama" not in ppk.get(f"{PAGE}/isian/ketik").text


def test_a_photo_of_paper_is_in_the_journal_and_none_is_larger_than_can_be_carried(
    enter, country, monkeypatch
):
    ppk, path = enter(KECAMATAN), f"{PAGE}/isian/ketik"
    ppk.get(path)

    def attach(jpeg):
        return ppk.post(path, {}, files={"foto": ("x.jpg", jpeg, "image/jpeg")})

    answer = attach(_jpeg() + bytes(16_000_000))
    assert "paling besar 16 MB" in words_of(answer) and 'name="foto_sidik"' not in answer.text
    photo = field(attach(_jpeg()), "foto_sidik")
    with country.database.read() as connection:
        rows = journal.newest(connection, region=TPS)
    assert [(row.account, row.detail) for row in rows if row.action == "foto-kertas"] == [
        ("ppk-990101", photo)
    ]
    monkeypatch.setattr(paper_photo, "ITEMS_PER_TPS", 1)
    assert "terlalu banyak foto" in attach(_jpeg() + b"x").text
    assert field(attach(_jpeg()), "foto_sidik") == photo, "one that is there may come again"


def test_a_photo_may_be_large_and_a_plain_form_may_not(enter, country):
    ppk = enter(KECAMATAN)
    ppk.get(f"{PAGE}/isian/ketik")
    large = {"foto": ("x.jpg", b"\xff" * 21_000_000, "image/jpeg")}
    assert ppk.post(f"{PAGE}/isian/ketik", {}, files=large).status_code == 413
    assert ppk.post(f"{PAGE}/koreksi", {"alasan": "x" * 300_000}).status_code == 413


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


def _jpeg():
    data = io.BytesIO()
    Image.new("RGB", (60, 90), "white").save(data, "JPEG")
    return data.getvalue()


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
