"""Every page stands behind the gate, and only our own forms come through it."""

import re
import socket
import threading
from contextlib import contextmanager
from typing import ClassVar

import httpx
import pytest
import uvicorn
from sqlalchemy import func, select
from starlette.responses import PlainTextResponse
from tpsbox.errors import EnvironmentFault
from tpscentral.pages import app as pages_app
from tpscentral.pages.answers import local_path, page
from tpscentral.pages.forms import FORM_LIMIT, form_of
from tpscentral.pages.gate import act, view
from tpscentral.pages.headers import HEADERS
from tpscentral.people import journal
from tpscentral.people.roles import ForbiddenError
from tpscentral.schema import accounts, sessions
from web_visitor import Visitor, come_in, finished, officer, words_of

PUBLIC = {"/masuk", "/masuk/kode", "/undangan/{token}", "/static/{name}", "/healthz"}
HTML = "<script>alert('x')</script> & \"<b>tebal</b>"


class Sample:
    """A page module of its own, with what pages do."""

    taken: ClassVar[list] = []

    @classmethod
    def routes(cls):
        return [
            view("/contoh", cls.look),
            act("/contoh", cls.take),
            act("/contoh/foto", cls.photo, limit=1_000_000),
            view("/contoh/terlarang", cls.forbidden),
            view("/contoh/rusak", cls.broken),
        ]

    @staticmethod
    def look(request):
        return page(
            request, "own.html", target="6302042001001", detail="bupati", latest=[], error=HTML
        )

    @classmethod
    def take(cls, request):
        form = form_of(request)
        cls.taken.append((form.text("alasan", 100), form.many("saksi"), form.raw("sandi")))
        return PlainTextResponse("diterima")

    @staticmethod
    def photo(request):
        return PlainTextResponse(str(len(form_of(request).upload("foto") or b"")))

    @staticmethod
    def forbidden(request):
        raise ForbiddenError("Wilayah ini di luar wilayah akun Anda.")

    @staticmethod
    def broken(request):
        raise RuntimeError("with a secret in it")


@pytest.fixture(autouse=True)
def sample(monkeypatch):
    monkeypatch.setattr(pages_app, "MODULES", (*pages_app.MODULES, Sample))
    monkeypatch.setattr(Sample, "taken", [])


@pytest.fixture
def visitor(centre, app):
    return come_in(app, centre, officer(centre, "ppk.ada"))


def last(centre):
    with centre.database.read() as connection:
        return journal.newest(connection, limit=1)[0]


def test_every_route_is_behind_the_gate(app):
    """Nobody who is not in sees a page or has a form taken, whatever the address."""
    stranger = Visitor(app)
    for route in app.routes:
        path = re.sub(r"\{\w+(:int)?\}", "630204", route.path)
        answer = stranger.ask("GET" if "GET" in route.methods else "POST", path)
        if route.path in PUBLIC:
            assert answer.status_code in (200, 303, 403, 404), path
        elif "GET" in route.methods:
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/masuk?lanjut="), path
        else:
            assert answer.status_code == 403, path
            assert "belum tersimpan" in words_of(answer).casefold(), path


def test_a_page_that_was_seen_is_in_the_journal(centre, visitor):
    assert visitor.get("/contoh").status_code == 200
    entry = last(centre)
    assert (entry.account, entry.action) == ("ppk.ada", "lihat")
    assert (entry.target, entry.detail) == ("6302042001001", "bupati")


def test_words_of_others_are_shown_as_words(centre, visitor):
    text = visitor.get("/contoh").text
    assert HTML not in text and "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp;" in text


def test_a_form_without_our_token_is_not_taken(centre, visitor):
    for token in ("", "x", "é", "a" * 43):
        answer = visitor.post("/contoh", {"alasan": "palsu"}, token=token)
        assert answer.status_code == 403 and Sample.taken == [], token
        assert (last(centre).action, last(centre).target) == ("ditolak", "/contoh")


def test_a_token_in_letters_that_no_encoding_takes_is_not_taken(visitor):
    kind = "multipart/form-data; boundary=x; charset=unicode_escape"
    body = b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n\\ud800\r\n--x--\r\n'
    headers = {"Origin": "http://pusat", "Content-Type": kind}
    answer = visitor.ask("POST", "/contoh", content=body, headers=headers)
    assert answer.status_code == 403 and Sample.taken == []


def test_a_token_of_another_session_is_not_taken(centre, app, visitor):
    other = come_in(app, centre, officer(centre, "ppk.lain"))
    assert visitor.post("/contoh", {"alasan": "x"}, token=other.token()).status_code == 403
    assert Sample.taken == []


def test_a_form_of_another_site_is_not_taken_even_with_the_token(visitor):
    token = visitor.token()
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://pusat.evil.example"},
        {"Origin": "http://pusat:81"},
        {"Origin": "http://evil.example/http://pusat"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        answer = visitor.post("/contoh", {"alasan": "palsu"}, token=token, headers=headers)
        assert answer.status_code == 403 and Sample.taken == [], headers
    assert visitor.post("/contoh", {"alasan": "benar"}, token=token).status_code == 200


def test_another_site_puts_no_words_onto_our_page(app):
    answer = Visitor(app).ask(
        "POST", "/contoh", data={"alasan": "Kirim sandi Anda"}, headers={"Origin": "https://evil"}
    )
    assert answer.status_code == 403 and "Kirim sandi" not in answer.text


def test_our_own_form_is_taken_with_its_fields(visitor):
    fields = {"alasan": "  salah baca  ", "saksi": ["Ani", "Budi"], "sandi": " \x00apa "}
    assert visitor.post("/contoh", fields).text == "diterima"
    assert Sample.taken == [("salah baca", ["Ani", "Budi"], " \x00apa ")]


def test_what_cannot_be_a_reason_is_told(visitor):
    token = visitor.token()
    for words in ("a\0b", "a\x1b[2Jb", "a\u202eb", "a" * 101, "dua\nbaris"):
        answer = visitor.post("/contoh", {"alasan": words}, token=token)
        assert answer.status_code == 400 and Sample.taken == [], words
        assert "tidak terlihat" in answer.text or "paling banyak 100 huruf" in answer.text


def test_bodies_that_are_no_forms_are_refused_in_one_line(visitor):
    for body, kind in (
        (b"\xff\xfe{", b"application/json"),
        (b"no boundary", b"multipart/form-data"),
        (b"--x\r\nbroken", b"multipart/form-data; boundary=x"),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\n--x--", b"multipart/form-data; boundary=x"),
        (b"%zz=%&&&=;" * 30, b"application/x-www-form-urlencoded"),
        (b"a=b&" * 5000, b"application/x-www-form-urlencoded"),
        (b"", b"text/plain; charset=\xff"),
    ):
        headers = {"Origin": "http://pusat", "Content-Type": kind}
        answer = visitor.ask("POST", "/contoh", content=body, headers=headers)
        assert answer.status_code in (400, 403) and Sample.taken == [], (body, kind)


def test_a_photo_has_its_own_limit(visitor):
    for size, status in ((900_000, 200), (1_000_001, 413)):
        visitor.get("/contoh")
        answer = visitor.post("/contoh/foto", files={"foto": ("c.jpg", bytes(size))})
        assert answer.status_code == status
    visitor.get("/contoh")
    answer = visitor.post("/contoh", {"alasan": "x"}, files={"foto": ("c.jpg", bytes(FORM_LIMIT))})
    assert answer.status_code == 413 and "terlalu besar" in answer.text


def test_a_stranger_may_not_send_a_photo(app):
    """A body of a stranger is read as far as a plain form goes, and no further."""
    answer = Visitor(app).ask("POST", "/contoh/foto", content=bytes(FORM_LIMIT + 1))
    assert answer.status_code == 413


def test_a_body_without_a_length_is_counted_as_it_comes(app):
    sent = []

    async def endless():
        while True:
            sent.append(1)
            yield bytes(64 * 1024)

    async def ask():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://pusat") as client:
            return await client.post(
                "/contoh",
                content=endless(),
                headers={"Content-Type": "multipart/form-data; boundary=x"},
            )

    assert finished(ask()).status_code in (400, 413)
    assert len(sent) <= FORM_LIMIT // (64 * 1024) + 2


def test_refusals_and_faults_are_one_plain_line(centre, visitor):
    answer = visitor.get("/contoh/terlarang")
    assert answer.status_code == 403 and "di luar wilayah" in answer.text
    assert (last(centre).action, last(centre).target) == ("ditolak", "/contoh/terlarang")
    answer = visitor.get("/contoh/rusak")
    assert answer.status_code == 500 and "secret" not in answer.text
    assert "Beri tahu administrator" in answer.text
    assert visitor.get("/tidak/ada").status_code == 404
    assert visitor.ask("DELETE", "/contoh").status_code == 405


def test_a_database_that_is_away_is_one_plain_line(app, visitor, monkeypatch):
    class Away:
        @contextmanager
        def read(self):
            raise EnvironmentFault("database: connection refused to 10.0.0.5")
            yield

    monkeypatch.setattr(app.state.site, "database", Away())
    answer = visitor.get("/contoh")
    assert answer.status_code == 503 and "tidak bisa dipakai" in answer.text
    assert "10.0.0.5" not in answer.text


def test_every_answer_tells_the_browser_to_trust_nothing(visitor, app):
    addresses = (
        "/contoh",
        "/masuk",
        "/static/style.css",
        "/tidak-ada",
        "/contoh/rusak",
        "/healthz",
    )
    for path in addresses:
        headers = visitor.get(path).headers
        assert all(headers[name] == value for name, value in HEADERS.items()), path
    assert "unsafe" not in HEADERS["Content-Security-Policy"]
    assert visitor.get("/contoh").headers["cache-control"] == "no-store"


def test_only_style_sheets_are_static(app):
    visitor = Visitor(app)
    for name in ("..%2fapp.py", "app.py", "style.css%00", "STYLE.css", "x.css"):
        assert visitor.get(f"/static/{name}").status_code == 404, name
    assert visitor.get("/static/style.css").headers["content-type"].startswith("text/css")


@pytest.mark.parametrize(
    ("path", "local"),
    [
        ("/jurnal?wilayah=63", "/jurnal?wilayah=63"),
        ("//evil.example/x", "/"),
        ("https://evil.example", "/"),
        ("/\\evil", "/"),
        ("/\tx", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
        ("/é", "/"),
        ("//[", "/"),
    ],
)
def test_only_paths_of_this_site_are_gone_to(path, local):
    assert local_path(path) == local


def test_a_sentence_is_shown_once_and_only_ours(app, centre):
    visitor = come_in(app, centre, officer(centre, "ppk.ada"))
    visitor.post("/keluar")
    assert "Anda sudah keluar." in visitor.get("/masuk").text
    assert "Anda sudah keluar." not in visitor.get("/masuk").text
    visitor.cookies.set("pesan", "S2lyaW0gc2FuZGk=.00")
    assert "Kirim sandi" not in visitor.get("/masuk").text


def test_strangers_write_nothing_but_failures(app, centre):
    """Looking at public pages and forging forms fills no table."""
    for _ in range(3):
        stranger = Visitor(app)
        stranger.get("/masuk")
        stranger.post("/contoh", {"alasan": "x"})
        stranger.get("/undangan/x")
    with centre.database.read() as connection:
        for table in (sessions, accounts):
            assert connection.scalar(select(func.count()).select_from(table)) == 0
        assert journal.head(connection).n == 0


@pytest.fixture
def port(app):
    """The port of a real server of the pages."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join()


def test_a_hundred_megabytes_are_not_read(port):
    for path in ("/contoh", "/masuk", "/tidak-ada", "/healthz"):
        for chunked in (False, True):
            sent = send_much(port, path, chunked)
            assert sent < 25_000_000, f"{path} took {sent} bytes"
    assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200


def send_much(port, path, chunked):
    """Bytes of a body of 100 MB that the server let come before it closed the line."""
    size, piece, sent = 100_000_000, bytes(1_000_000), 0
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"
    kind = "application/x-www-form-urlencoded"
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n{framing}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        line.sendall(head.encode())
        try:
            while sent < size:
                line.sendall(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
                sent += len(piece)
        except OSError:
            pass  # the server has closed the line, as it should
    return sent
