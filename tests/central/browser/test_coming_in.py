"""From the one-time link to going out again, over TLS in a real browser; and a forged form."""

import socket
import threading
from urllib.parse import parse_qs, urlsplit

import cv2
import numpy as np
import pyotp
import pytest
import uvicorn
import zxingcpp
from argon2 import PasswordHasher
from playwright.sync_api import expect
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from tpscentral.certificates import Authority, key_pem, new_key, pem
from tpscentral.pages.app import create_app
from tpscentral.people import accounts, journal, passwords
from tpscentral.people.accounts import NewAccount
from tpscentral.people.roles import Role
from web_visitor import PASSWORD, Clock

FORGED = """<form method="post" action="{address}/akun/keluar-lain"></form>
<button onclick="document.forms[0].submit()">Hadiah</button>"""


@pytest.fixture
def serve(tmp_path):
    """Serve an application over TLS on a port of its own."""
    authority, key, running = Authority.create(), new_key(), []
    cert_file, key_file = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert_file.write_bytes(pem(authority.server(key.public_key(), "127.0.0.1")))
    key_file.write_bytes(key_pem(key))

    def start(app):
        listener = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(
            app, log_level="critical", lifespan="off",
            ssl_certfile=str(cert_file), ssl_keyfile=str(key_file),
        )  # fmt: skip
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        running.append((server, thread))
        return f"https://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def address(serve, centre, clock, monkeypatch):
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", quick)
    monkeypatch.setattr(passwords, "_nobody", [])
    return serve(create_app(centre.folder, centre.database, clock=clock, ticks=clock))


@pytest.fixture
def page(chromium, address):
    context = chromium.new_context(
        base_url=address, ignore_https_errors=True, viewport={"width": 1366, "height": 900}
    )
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def scanned(picture):
    """The secret in a QR code, as a telephone's camera would see it on the screen."""
    pixels = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE)
    (code,) = zxingcpp.read_barcodes(pixels)
    assert code.text.startswith("otpauth://totp/"), code.text
    return parse_qs(urlsplit(code.text).query)["secret"][0]


def await_focus(page, field):
    """The page puts the cursor there by itself, a moment after it is shown."""
    expect(page.locator(field)).to_be_focused()


def test_with_the_keyboard_alone_from_the_link_to_the_way_out(centre, clock, page, address, serve):
    with centre.database.write() as connection:
        new = NewAccount("ppk.630204", "Ibu <b>Ani</b>", Role.PPK, "630204")
        accounts.create(connection, new, clock.now)
        link = accounts.invite(connection, new.username, clock.now).path
    page.goto(link)
    secret = scanned(page.locator(".qr svg").screenshot())
    keys = page.keyboard
    await_focus(page, "#sandi")
    for text in (PASSWORD, PASSWORD, pyotp.TOTP(secret).at(clock.now)):
        keys.type(text)
        keys.press("Tab")
    keys.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Akun Anda siap")

    clock.now += 30
    page.goto("/akun")
    await_focus(page, "#username")
    keys.type("ppk.630204")
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Kode pengaman")).to_be_visible()
    await_focus(page, "#kode")
    keys.type(pyotp.TOTP(secret).at(clock.now))
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Ibu <b>Ani</b>")).to_be_visible()
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    session = cookies["__Host-sesi"]
    assert session["httpOnly"] and session["secure"] and session["sameSite"] == "Strict"

    # A neighbour on the same host gets the cookie sent along, and is refused all the same.
    forged = FORGED.format(address=address)
    evil = serve(Starlette(routes=[Route("/", lambda _request: HTMLResponse(forged))]))
    page.goto(evil)
    page.get_by_role("button", name="Hadiah").click()
    expect(page.get_by_role("heading", name="Belum tersimpan")).to_be_visible()
    with centre.database.read() as connection:
        refused = journal.newest(connection, limit=1)[0]
    assert (refused.account, refused.action) == ("ppk.630204", "ditolak")

    page.goto("/akun")
    page.get_by_role("button", name="Keluar", exact=True).press("Enter")
    expect(page.get_by_role("status")).to_have_text("Anda sudah keluar.")
    page.goto("/akun")
    expect(page.get_by_role("heading", name="Masuk")).to_be_visible()
