"""What officers type from paper: by two people who do not see each other, with a photo of it."""

import io

from PIL import Image
from plenary_samples import KABUPATEN, KECAMATAN, NEIGHBOUR, TPS
from seeded import send_sheets
from tpscentral.pages import paper_photo
from tpscentral.people import journal
from web_visitor import field, typed_sheet, words_of

PAGE = f"/tps/{TPS}/gubernur"


def _jpeg():
    data = io.BytesIO()
    Image.new("RGB", (60, 90), "white").save(data, "JPEG")
    return data.getvalue()


def test_two_people_type_without_seeing_each_other(enter, country):
    country.box_result(TPS, (100, 50))
    one, two = enter(KECAMATAN, name="satu"), enter(KECAMATAN, name="dua")
    path = f"{PAGE}/isian/ganda"
    assert field(one.get(path), "angka.paslon_1") == ""
    answer = one.post(path, typed_sheet(country, TPS, paslon_1=""))
    assert answer.status_code == 400 and "belum diketik" in answer.text
    assert one.post(path, typed_sheet(country, TPS, paslon_1="99")).status_code == 303
    assert "Menunggu isian orang kedua" in words_of(one.follow())
    assert "> 99 <" not in two.get(path).text and 'value="99"' not in two.page.text
    assert two.post(path, typed_sheet(country, TPS, paslon_1="98")).status_code == 303
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
    texts = typed_sheet(country, TPS)
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
