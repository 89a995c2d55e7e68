"""The pages of a small country in a real browser: Debian's Chromium, driven by Playwright."""

import shutil
import socket
import threading

import pytest
import uvicorn
from argon2 import PasswordHasher
from playwright.sync_api import expect, sync_playwright
from plenary_samples import Country, make_country
from tpscentral.pages.app import create_app
from tpscentral.people import passwords
from web_visitor import PASSWORD, Clock, officer

WAIT_MS = 60_000
"""Milliseconds before a test gives up on a page; none is waited for in full when all is well."""


@pytest.fixture(scope="session")
def made_country(tmp_path_factory):
    return make_country(tmp_path_factory.mktemp("negeri"), training=True)


@pytest.fixture
def country(made_country, request, tmp_path):
    """On SQLite, or on the engine of a test that asks for `engine`."""
    if "engine" in request.fixturenames:
        request.getfixturevalue("engine")
    made = Country(shutil.copytree(made_country, tmp_path / "data"))
    yield made
    made.database.close()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def address(country, clock, monkeypatch):
    """Where the pages are served, by the same server as in use."""
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", quick)
    app = create_app(country.folder, country.database, clock=clock, ticks=clock)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def chromium():
    path = shutil.which("chromium")
    assert path, "Chromium is missing: scripts/setup installs it, or sudo apt-get install chromium"
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        # Chromium refuses its sandbox to root, as whom many run tests in a container.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, address, country):
    """Come in as an officer with a browser of one's own; a fault of a page fails the test."""
    opened, faults = [], []

    def come(region, role=None, name=None):
        roles = {6: "ppk", 4: "kabupaten", 2: "provinsi", 0: "admin"}
        role = role or roles[len(region)]
        name = officer(country, name or f"{role}-{region}", role, region)
        context = chromium.new_context(base_url=address, viewport={"width": 1280, "height": 720})
        context.set_default_timeout(WAIT_MS)
        opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
        page.goto("/masuk")
        page.fill("[name=username]", name)
        page.fill("[name=sandi]", PASSWORD)
        page.get_by_role("button", name="Masuk").click()
        page.wait_for_url(lambda url: "/masuk" not in url)
        return page

    yield come
    for context in opened:
        context.close()
    assert not faults
