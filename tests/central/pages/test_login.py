"""Who knows the password and has the telephone comes in; nobody else does, or learns anything."""

import re
import threading

import pyotp
import pytest
from sqlalchemy import select, update
from tpscentral.pages.app import create_app
from tpscentral.pages.login import TOO_OFTEN, WRONG, WRONG_CODE
from tpscentral.people import accounts, journal, passwords
from tpscentral.people.accounts import NewAccount
from tpscentral.people.entering import FAILURES, LOCKED_OUT
from tpscentral.people.roles import Role
from tpscentral.people.sessions import ABSOLUTE, HALF_WAY, IDLE
from tpscentral.schema import accounts as table
from tpscentral.schema import sessions
from web_visitor import PASSWORD, START, Visitor, come_in, field, officer, words_of


@pytest.fixture
def visitor(app):
    return Visitor(app)


@pytest.fixture
def invited(centre):
    """An account with a one-time link."""
    with centre.database.write() as connection:
        new = NewAccount("ppk.630204", "Ibu <b>Ani</b>", Role.PPK, "630204")
        accounts.create(connection, new, START)
        return accounts.invite(connection, new.username, START)


@pytest.fixture
def secret(visitor, invited):
    """The authenticator's secret of an account that was set up by its link."""
    return set_up(visitor, invited)


def set_up(visitor, invited, password=PASSWORD):
    page = visitor.get(invited.path)
    assert page.status_code == 200 and "<svg" in page.text
    secret = re.search(r'class="key">([A-Z2-7 ]+)<', page.text)[1].replace(" ", "")
    fields = {"sandi": password, "ulang": password, "benih": field(page, "benih")}
    fields["kode"] = code(secret, START)
    assert visitor.post(invited.path, fields).status_code == 303
    assert "Akun Anda siap" in visitor.follow().text
    return secret


def code(secret, now):
    return pyotp.TOTP(secret).at(now)


def done(centre):
    with centre.database.read() as connection:
        return [(entry.account, entry.action) for entry in journal.entries(connection)]


def test_from_the_link_to_the_page_that_was_asked_for(centre, visitor, clock, secret):
    clock.now += 60
    asked = visitor.get("/jurnal?wilayah=630204")
    assert asked.status_code == 303
    assert asked.headers["location"] == "/masuk?lanjut=/jurnal%3Fwilayah%3D630204"
    page = visitor.follow()
    goal = field(page, "lanjut")
    visitor.post("/masuk", {"username": "ppk.630204", "sandi": PASSWORD, "lanjut": goal})
    half = dict(visitor.cookies)["sesi"]
    assert visitor.get("/jurnal").status_code == 303
    visitor.get("/masuk/kode?lanjut=/jurnal?wilayah=630204")
    visitor.post("/masuk/kode", {"kode": code(secret, clock.now), "lanjut": goal})
    assert visitor.page.headers["location"] == "/jurnal?wilayah=630204"
    assert dict(visitor.cookies)["sesi"] != half
    page = visitor.follow()
    assert page.status_code == 200 and "Ibu &lt;b&gt;Ani&lt;/b&gt;" in page.text
    assert done(centre)[-2:] == [("ppk.630204", "masuk"), ("ppk.630204", "lihat")]
    visitor.post("/keluar")
    assert "Anda sudah keluar" in visitor.follow().text
    assert visitor.get("/jurnal").status_code == 303
    assert done(centre)[-1] == ("ppk.630204", "keluar")


def test_a_cookie_that_was_taken_before_the_code_lets_nobody_in(visitor, app, clock, secret):
    clock.now += 60
    visitor.login("ppk.630204")
    thief = Visitor(app)
    thief.cookies.set("sesi", dict(visitor.cookies)["sesi"])
    visitor.get("/masuk/kode")
    visitor.post("/masuk/kode", {"kode": code(secret, clock.now)})
    assert visitor.get("/akun").status_code == 200
    assert thief.get("/akun").status_code == 303


def test_no_code_counts_twice(visitor, app, clock, secret):
    # The code that set the account up was of the step of START.
    visitor.login("ppk.630204")
    visitor.get("/masuk/kode")
    page = visitor.post("/masuk/kode", {"kode": code(secret, START)})
    assert page.status_code == 403 and WRONG_CODE in page.text
    page = visitor.post("/masuk/kode", {"kode": code(secret, START + 30)})
    assert page.status_code == 303
    second = Visitor(app)
    second.login("ppk.630204")
    second.get("/masuk/kode")
    assert second.post("/masuk/kode", {"kode": code(secret, START + 30)}).status_code == 403


def test_what_is_no_code_is_refused(visitor, clock, secret):
    visitor.login("ppk.630204")
    for kode in ("", "12345", "１２３４５６", "\x00"):
        visitor.get("/masuk/kode")
        assert visitor.post("/masuk/kode", {"kode": kode}).status_code == 403, kode
    assert visitor.get("/akun").status_code == 303


def test_the_code_must_follow_within_five_minutes(visitor, clock, secret):
    visitor.login("ppk.630204")
    visitor.get("/masuk/kode")
    clock.now += HALF_WAY
    page = visitor.post("/masuk/kode", {"kode": code(secret, clock.now)})
    assert page.status_code == 403 and "Sesi Anda sudah berakhir" in page.text


def test_unknown_wrong_closed_and_locked_look_the_same(centre, visitor, clock):
    officer(centre, "ppk.ada")
    officer(centre, "ppk.tutup")
    with centre.database.write() as connection:
        accounts.disable(connection, "ppk.tutup", START)
        locked = table.c.username == "ppk.kunci"
        accounts.create(connection, NewAccount("ppk.kunci", "K", Role.PPK, "630204"), START)
        connection.execute(update(table).where(locked).values(locked_until=START + 10))
    pages = set()
    for name in ("ppk.tidak-ada", "ppk.ada", "ppk.tutup", "ppk.kunci"):
        visitor.get("/masuk")
        page = visitor.post("/masuk", {"username": name, "sandi": "salah sekali ini"})
        assert page.status_code == 403 and WRONG in page.text
        pages.add(re.sub(r'name="csrf" value="[^"]*"', "", page.text).replace(name, "NAMA"))
    assert len(pages) == 1
    visitor.get("/masuk")
    # The right password of a closed account says no more.
    assert visitor.post("/masuk", {"username": "ppk.tutup", "sandi": PASSWORD}).status_code == 403


def test_five_failures_lock_the_account_out_for_fifteen_minutes(centre, training_app, clock):
    officer(centre, "ppk.ada")
    for _ in range(FAILURES):
        assert Visitor(training_app).login("ppk.ada", "salah sekali ini").status_code == 403
        clock.now += 12
    visitor = Visitor(training_app)
    assert visitor.login("ppk.ada").status_code == 403
    clock.now += LOCKED_OUT
    assert visitor.login("ppk.ada").status_code == 303


def test_wrong_codes_count_towards_the_lock_out(centre, visitor, clock, secret):
    clock.now += 60
    for _ in range(FAILURES):
        # Knowing the password in between starts no new count.
        visitor.login("ppk.630204")
        clock.now += 24
        visitor.get("/masuk/kode")
        visitor.post("/masuk/kode", {"kode": "000000"})
    assert visitor.login("ppk.630204").status_code == 403
    reasons = [e.detail for e in newest(centre) if e.action == "masuk-gagal"]
    assert any("terkunci 15 menit" in reason for reason in reasons)


def newest(centre):
    with centre.database.read() as connection:
        return journal.newest(connection)


def test_one_account_is_tried_slowly_from_any_number_of_addresses(centre, app, clock):
    statuses = []
    for _ in range(12):
        statuses.append(Visitor(app).login("ppk.tidak-ada", "salah sekali ini"))
    assert [page.status_code for page in statuses] == [403] * 10 + [429] * 2
    assert TOO_OFTEN in statuses[-1].text
    clock.now += 12
    assert Visitor(app).login("ppk.tidak-ada", "salah sekali ini").status_code == 403


def test_a_session_ends_when_idle_and_in_any_case_after_twelve_hours(centre, app, clock):
    officer(centre, "ppk.ada")
    visitor = come_in(app, centre, "ppk.ada")
    while clock.now < START + ABSOLUTE - IDLE:
        clock.now += IDLE - 1
        assert visitor.get("/akun").status_code == 200
    clock.now = START + ABSOLUTE
    answer = visitor.get("/akun")
    assert answer.headers["location"] == "/masuk?lanjut=/akun&berakhir=1"
    assert "Sesi Anda sudah berakhir" in visitor.follow().text
    other = come_in(app, centre, "ppk.ada", clock.now)
    clock.now += IDLE
    assert other.get("/akun").status_code == 303


def test_a_form_after_the_session_ended_says_so_and_keeps_what_was_typed(centre, app, clock):
    officer(centre, "ppk.ada")
    visitor = come_in(app, centre, "ppk.ada")
    clock.now += IDLE
    fields = {"alasan": "salah baca <script>alert(1)</script>", "sandi_lama": PASSWORD}
    page = visitor.post("/akun/sandi", fields)
    assert page.status_code == 403
    assert "Sesi Anda sudah berakhir, jadi yang Anda kirim belum tersimpan" in words_of(page)
    assert "&lt;script&gt;alert(1)" in page.text and "<script" not in page.text
    assert PASSWORD not in page.text
    assert 'href="/masuk?lanjut=/akun"' in page.text


def test_the_database_knows_no_cookie(centre, app):
    officer(centre, "ppk.ada")
    visitor = come_in(app, centre, "ppk.ada")
    with centre.database.read() as connection:
        row = connection.execute(select(sessions)).one()
    assert dict(visitor.cookies)["sesi"] not in map(str, row)


def test_cookies_are_out_of_reach(centre, app):
    for base, name, secure in (
        ("http://pusat", "sesi", False),
        ("https://pusat", "__Host-sesi", True),
    ):
        officer(centre, f"ppk.{len(base)}")
        centre.folder.__dict__["config"] = centre.folder.config
        visitor = Visitor(app, base)
        cookie = visitor.get("/masuk").headers["set-cookie"]
        wanted = {"HttpOnly", "Path=/", "SameSite=strict"} | ({"Secure"} if secure else set())
        assert wanted <= set(cookie.split("; ")) and "Domain" not in cookie
        assert cookie.startswith("__Host-awal=") == secure
        assert come_in(app, centre, f"ppk.{len(base)}", base=base).page.status_code == 200
        assert ("strict-transport-security" in visitor.page.headers) == secure, name


def test_a_training_centre_says_so_and_asks_no_code(centre, training_app):
    officer(centre, "ppk.ada")
    visitor = Visitor(training_app)
    assert "LATIHAN" in visitor.get("/masuk").text
    visitor.login("ppk.ada")
    assert "LATIHAN" in visitor.follow().text
    assert visitor.page.status_code == 200
    assert "LATIHAN" in visitor.get("/tidak-ada").text


def test_without_a_code_set_up_a_password_is_not_enough(centre, visitor):
    officer(centre, "ppk.ada")
    assert visitor.login("ppk.ada").status_code == 403
    assert newest(centre)[0].detail == "belum ada kode pengaman"


def test_nobody_is_sent_elsewhere_after_coming_in(centre, training_app):
    officer(centre, "ppk.ada")
    for goal in ("//evil.example", "https://evil.example", "/\\evil", "x", "/a\nb"):
        visitor = Visitor(training_app)
        visitor.get("/masuk")
        visitor.post("/masuk", {"username": "ppk.ada", "sandi": PASSWORD, "lanjut": goal})
        assert visitor.page.headers["location"] == "/", goal


def test_a_link_works_once_and_in_time(centre, app, clock, invited):
    first, second, late = Visitor(app), Visitor(app), Visitor(app)
    for visitor in (first, second, late):
        assert visitor.get(invited.path).status_code == 200  # looking uses nothing up
    fields = {"sandi": PASSWORD, "ulang": PASSWORD}
    late_fields = fields | {"benih": field(second.page, "benih")}
    set_up(first, invited)
    answer = second.post(invited.path, late_fields)
    assert answer.status_code == 404 and "tidak berlaku lagi" in answer.text
    with centre.database.write() as connection:
        again = accounts.invite(connection, "ppk.630204", clock.now, days=1)
    clock.now += 24 * 3600
    assert late.get(again.path).status_code == 404
    assert late.get("/undangan/tidak-ada").status_code == 404


def test_a_new_link_shuts_out_whoever_was_in(centre, app, invited):
    set_up(Visitor(app), invited)
    visitor = come_in(app, centre, "ppk.630204")
    with centre.database.write() as connection:
        accounts.invite(connection, "ppk.630204", START)
    assert visitor.get("/akun").status_code == 303
    assert Visitor(app).login("ppk.630204").status_code == 403


def test_a_password_that_will_not_do_is_told_and_the_picture_stays(visitor, invited):
    page = visitor.get(invited.path)
    shown = re.search(r'class="key">([A-Z2-7 ]+)<', page.text)[1]
    for password, again, why in (
        ("pendek", "pendek", "terlalu pendek"),
        ("PPK.630204-lalu-lagi", "PPK.630204-lalu-lagi", "nama pengguna"),
        ("katasandi123", "katasandi123", "mudah ditebak"),
        ("x1" * 65, "x1" * 65, "terlalu panjang"),
        (PASSWORD, PASSWORD + "!", "tidak sama"),
        (PASSWORD, PASSWORD, "Kode tidak cocok"),
    ):
        fields = {"sandi": password, "ulang": again, "benih": field(page, "benih")}
        page = visitor.post(invited.path, fields | {"kode": "000000"})
        assert page.status_code == 400 and why in page.text, password
        assert re.search(r'class="key">([A-Z2-7 ]+)<', page.text)[1] == shown


def test_nobody_can_plant_a_secret_of_his_own(centre, visitor, invited):
    visitor.get(invited.path)
    planted = pyotp.random_base32()
    fields = {"sandi": PASSWORD, "ulang": PASSWORD, "benih": planted.encode().hex()}
    fields["kode"] = code(planted, START)
    assert visitor.post(invited.path, fields).status_code == 400


def test_the_sealed_secret_is_no_secret_in_the_database(centre, visitor, secret):
    with centre.database.read() as connection:
        row = connection.execute(select(table)).one()
    assert secret.encode() not in row.totp and row.password.startswith("$argon2id$")


def test_a_code_sealed_with_another_key_is_told_in_one_line(centre, visitor, clock, secret):
    (centre.folder.keys / "seal.key").write_bytes(bytes(32))
    other = Visitor(create_app(centre.folder, centre.database, clock=clock, ticks=clock))
    other.login("ppk.630204")
    other.get("/masuk/kode")
    page = other.post("/masuk/kode", {"kode": code(secret, START + 30)})
    assert page.status_code == 400 and "one-time link" in page.text


def test_passwords_are_the_same_however_a_keyboard_composes_them(centre, training_app):
    officer(centre, "ppk.ada", password="café sudah buka pagi")
    decomposed = "cafe\u0301 sudah buka pagi"
    assert Visitor(training_app).login("ppk.ada", decomposed).status_code == 303


def test_a_crowd_at_the_door_is_told_to_come_again(centre, visitor, monkeypatch):
    monkeypatch.setattr(passwords, "_IN_ALL", threading.BoundedSemaphore(1))
    visitor.get("/masuk")
    with passwords._turn():
        page = visitor.post("/masuk", {"username": "ppk.ada", "sandi": PASSWORD})
    assert page.status_code == 503 and "Coba lagi sebentar lagi" in page.text
    assert journal_is_empty(centre)


def journal_is_empty(centre):
    with centre.database.read() as connection:
        return journal.head(connection).n == 0
