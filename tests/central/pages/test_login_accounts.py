"""The administrator keeps the accounts, and nobody else; what is done to them is in the journal."""

import re

import pytest
from tpscentral.people import accounts, journal
from tpscentral.people.import_csv import CSV_LIMIT
from web_visitor import PASSWORD, START, Visitor, come_in, field, officer, words_of

CSV = (
    "username,nama,peran,wilayah\n"
    'ppk.630205,"Ibu Siti, PPK",ppk,630205\n'
    "\n"
    "saksi.1,Pak Joko,pengamat,6302\n"
)


@pytest.fixture
def admin(centre, training_app):
    return come_in(training_app, centre, officer(centre, "admin", "admin", ""))


def listed(centre):
    with centre.database.read() as connection:
        return {row.account.username: row for row in accounts.listing(connection)}


def journalled(centre):
    with centre.database.read() as connection:
        return [(e.account, e.action, e.target) for e in journal.newest(connection)]


def upload(admin, data):
    admin.get("/admin/akun")
    return admin.post("/admin/akun/impor", files={"berkas": ("akun.csv", data)})


def test_a_table_becomes_accounts_with_links_that_work(centre, training_app, admin):
    page = upload(admin, b"\xef\xbb\xbf" + CSV.encode())
    links = re.findall(r"http://pusat(/undangan/[\w-]+)", page.text)
    assert page.status_code == 200 and len(links) == 2
    assert listed(centre)["ppk.630205"].account.name == "Ibu Siti, PPK"
    assert listed(centre)["saksi.1"].account.role == "observer"
    assert ("admin", "akun-baru", "ppk.630205") in journalled(centre)
    new = Visitor(training_app)
    new.get(links[0])
    assert new.post(links[0], {"sandi": PASSWORD, "ulang": PASSWORD}).status_code == 303
    assert new.login("ppk.630205").status_code == 303
    assert new.follow().status_code == 200
    # Nobody sees the links again.
    assert links[1] not in admin.get("/admin/akun").text


def test_one_bad_line_makes_no_account(centre, admin):
    for line, why in (
        ("AB,Nama,ppk,630205", "baris 6: 'AB': nama pengguna"),
        ("ppk.630206,Nama,camat,630206", "baris 6: 'camat': peran harus salah satu dari"),
        ("ppk.630206,Nama,ppk,6302", "baris 6: '6302': kode wilayah untuk peran ini 6 angka"),
        ("ppk.630206,,ppk,630206", "baris 6: ppk.630206: namanya kosong"),
        ("ppk.630206,Na\x07ma,ppk,630206", "baris 6: Ada karakter yang tidak terlihat"),
        ("ppk.630205,Lagi,ppk,630205", "baris 6: ppk.630205 ada dua kali"),
        ("saksi.2,Nama", "baris 6: ada 2 kolom, seharusnya 4"),
        ("saksi.2,Nama,admin,63", "administrator tidak terikat wilayah"),
        ('saksi.2,"Na"ma,ppk,630205', "baris 6: tanda kutip atau pemisah tidak benar"),
        ("admin,Nama,admin,", "admin: akun dengan nama ini sudah ada"),
    ):
        page = upload(admin, (CSV + "\n" + line + "\n").encode())
        assert page.status_code == 400 and why in words_of(page), line
        assert set(listed(centre)) == {"admin"}, line


def test_what_is_no_table_is_told(centre, admin):
    for data, why in (
        (b"\xff\xfe\x00", "bukan UTF-8"),
        (b"nama,peran\n", "baris pertama harus: username,nama,peran,wilayah"),
        (b"username,nama,peran,wilayah\n\n", "tidak ada akun di bawah baris pertama"),
        (b"", "Pilih berkas CSV dulu"),
        (b"a" * (CSV_LIMIT + 1), "lebih besar dari 4 MB"),
    ):
        page = upload(admin, data)
        assert page.status_code == 400 and why in words_of(page), data[:20]
    assert upload(admin, b"a" * (CSV_LIMIT + 100_000)).status_code == 413
    assert set(listed(centre)) == {"admin"}


def test_semicolons_as_spreadsheets_write_them(centre, admin):
    assert (
        upload(admin, CSV.replace(",", ";").replace("; PPK", ", PPK").encode()).status_code == 200
    )
    assert set(listed(centre)) == {"admin", "ppk.630205", "saksi.1"}


def test_one_account_by_hand_keeps_what_was_typed_when_refused(centre, admin):
    fields = {"username": "ppk.630205", "nama": "Ibu <i>Siti</i>", "peran": "ppk", "wilayah": "63"}
    page = admin.post("/admin/akun", fields)
    assert page.status_code == 400 and "6 angka" in page.text
    assert field(page, "nama") == "Ibu <i>Siti</i>" and "<i>" not in page.text
    page = admin.post("/admin/akun", fields | {"wilayah": "630205"})
    assert page.status_code == 200 and "/undangan/" in page.text
    assert listed(centre)["ppk.630205"].account.region == "630205"


def test_closing_opening_and_inviting_again(centre, training_app, admin):
    other = come_in(training_app, centre, officer(centre, "ppk.ada"))
    assert other.page.status_code == 200
    admin.get("/admin/akun")
    assert admin.post("/admin/akun/ppk.ada/tutup").status_code == 303
    assert "Akun ppk.ada ditutup." in admin.follow().text
    assert other.get("/akun").status_code == 303
    assert Visitor(training_app).login("ppk.ada").status_code == 403
    admin.post("/admin/akun/ppk.ada/buka")
    admin.follow()
    assert Visitor(training_app).login("ppk.ada").status_code == 303
    page = admin.post("/admin/akun/ppk.ada/undang")
    assert "/undangan/" in page.text
    assert Visitor(training_app).login("ppk.ada").status_code == 403
    acts = [
        (action, target) for account, action, target in journalled(centre) if account == "admin"
    ]
    for action in ("akun-tutup", "akun-buka", "undangan"):
        assert (action, "ppk.ada") in acts


def test_nobody_closes_his_own_account_or_one_that_is_none(centre, admin):
    admin.get("/admin/akun")
    assert admin.post("/admin/akun/admin/tutup").status_code == 409
    assert not listed(centre)["admin"].disabled
    for name in ("tidak.ada", "%00", "A"):
        admin.get("/admin/akun")
        assert admin.post(f"/admin/akun/{name}/tutup").status_code in (404, 409), name


@pytest.mark.parametrize("role", ["ppk", "provinsi", "observer"])
def test_accounts_are_for_the_administrator_alone(centre, training_app, role):
    region = {"ppk": "630204", "provinsi": "63", "observer": "63"}[role]
    visitor = come_in(training_app, centre, officer(centre, "siapa", role, region))
    officer(centre, "ppk.lain")
    token = visitor.token()
    assert visitor.get("/admin/akun").status_code == 403
    for path in ("/admin/akun", "/admin/akun/ppk.lain/undang", "/admin/akun/ppk.lain/tutup",
                 "/admin/akun/ppk.lain/buka", "/admin/akun/impor"):  # fmt: skip
        fields = {"username": "baru", "nama": "Baru", "peran": "admin", "wilayah": ""}
        assert visitor.post(path, fields, token=token).status_code == 403, path
    assert set(listed(centre)) == {"siapa", "ppk.lain"} and listed(centre)["ppk.lain"].ready
    assert ("siapa", "ditolak", "/admin/akun/impor") in journalled(centre)


def test_the_journal_shows_each_region_its_own(centre, training_app, admin):
    ppk = come_in(training_app, centre, officer(centre, "ppk.ada", "ppk", "630204"))
    with centre.database.write() as connection:
        for target in ("6302042001001", "6302052001001", "630204"):
            journal.write(connection, "orang.lain", "koreksi", target, "<b>1 -> 2</b>", START)
    page = ppk.get("/jurnal")
    assert "6302042001001" in page.text and "6302052001001" not in page.text
    assert "&lt;b&gt;1 -&gt; 2" in page.text
    with centre.database.read() as connection:
        assert journal.verify(connection) == journal.head(connection)
    for path in ("/jurnal?wilayah=630205", "/jurnal?wilayah=6302", "/jurnal?wilayah=63"):
        assert ppk.get(path).status_code == 403, path
    assert "6302052001001" in admin.get("/jurnal").text
    assert "6302042001001" not in admin.get("/jurnal?wilayah=630205").text


def test_the_journal_is_paged(centre, admin):
    with centre.database.write() as connection:
        for number in range(150):
            journal.write(connection, "x", "lihat", f"63020420010{number:02}", "", START)
    page = admin.get("/jurnal?wilayah=630204")
    older = re.search(r'href="(/jurnal\?[^"]*sebelum=\d+)"', page.text)[1].replace("&amp;", "&")
    first = set(re.findall(r"63020420010\d\d+", page.text))
    second = set(re.findall(r"63020420010\d\d+", admin.get(older).text))
    assert len(first) == 100 and len(second) == 50 and not first & second


def test_a_new_password_needs_the_old_one_and_ends_other_sessions(centre, training_app):
    officer(centre, "ppk.ada")
    here, there = (come_in(training_app, centre, "ppk.ada") for _ in range(2))
    new = "lima kuda lari sore"
    fields = {"sandi_baru": new, "sandi_ulang": new}
    assert here.post("/akun/sandi", fields | {"sandi_lama": "bukan sandi saya"}).status_code == 403
    for bad in ("pendek", "katasandi123"):
        both = {"sandi_baru": bad, "sandi_ulang": bad, "sandi_lama": PASSWORD}
        assert here.post("/akun/sandi", both).status_code == 400
    assert there.get("/akun").status_code == 200
    assert here.post("/akun/sandi", fields | {"sandi_lama": PASSWORD}).status_code == 303
    assert "Sandi sudah diganti." in here.follow().text
    assert there.get("/akun").status_code == 303
    assert Visitor(training_app).login("ppk.ada").status_code == 403
    assert Visitor(training_app).login("ppk.ada", new).status_code == 303


def test_other_sessions_can_be_ended(centre, training_app):
    officer(centre, "ppk.ada")
    here, there = (come_in(training_app, centre, "ppk.ada") for _ in range(2))
    here.post("/akun/keluar-lain")
    assert "1 sesi lain sudah ditutup." in here.follow().text
    assert there.get("/akun").status_code == 303
