"""Visitors of the centre's pages, without a socket: they keep cookies and send tokens back."""

import asyncio
import functools
import html
import re
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
from tpscentral.people import accounts
from tpscentral.people.accounts import NewAccount
from tpscentral.people.passwords import hash_password
from tpscentral.people.roles import Role
from tpscentral.people.sessions import start

PASSWORD = "empat kuda lari pagi"
START = 1_732_700_000


class Clock:
    """A wall clock and steady ticks that stand still until they are moved."""

    def __init__(self, now=START):
        self.now = now

    def __call__(self):
        return self.now


def finished(coroutine):
    """What a coroutine gives, in a loop and a thread of its own: a browser's driver keeps a loop
    running in the thread of the tests."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


class Visitor:
    """A browser that runs no scripts."""

    def __init__(self, app, base="http://pusat"):
        self.app, self.base = app, base
        self.cookies = httpx.Cookies()
        self.page = None

    def ask(self, method, path, **more):
        async def once():
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(
                transport=transport, base_url=self.base, cookies=self.cookies
            ) as client:
                answer = await client.request(method, path, **more)
                self.cookies = client.cookies
                return answer

        self.page = finished(once())
        return self.page

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def post(self, path, fields=None, *, files=None, token=None, headers=None):
        """Send a form as the last page would, with its token."""
        fields = {"csrf": self.token() if token is None else token} | (fields or {})
        headers = {"Origin": self.base, "Referer": str(self.page.url)} | (headers or {})
        return self.ask("POST", path, data=fields, files=files, headers=headers)

    def token(self):
        return field(self.page, "csrf")

    def follow(self):
        """Go where the last answer points to."""
        return self.get(self.page.headers["location"])

    def login(self, username, password=PASSWORD, goal="/akun"):
        self.get(f"/masuk?lanjut={goal}")
        return self.post("/masuk", {"username": username, "sandi": password, "lanjut": goal})


def until(true):
    """Wait for what another thread does; the test fails if it takes 20 s."""
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        time.sleep(0.002)


def field(page, name):
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page.text)
    assert found, f"{page.url}: no field {name}"
    return html.unescape(found[1])


def words_of(page):
    """The words of a page, one space between them."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page.text)).split())


@functools.cache
def _kept(password):
    return hash_password(password)


def officer(centre, username, role="ppk", region="630204", password=PASSWORD):
    """An account that is ready: in a training centre, its password is all it takes."""
    with centre.database.write() as connection:
        accounts.create(connection, NewAccount(username, f"Ibu {username}", Role(role), region), 1)
        accounts.set_password(connection, username, _kept(password))
    return username


def come_in(app, centre, username, now=START, base="http://pusat"):
    """A visitor with a full session, without the work of coming in."""
    visitor = Visitor(app, base)
    with centre.database.write() as connection:
        token = start(connection, username, "full", now)
    visitor.cookies.set("sesi" if base.startswith("http:") else "__Host-sesi", token)
    visitor.get("/akun")
    return visitor


def typed_sheet(country, tps, **changes):
    """What the form of a correction holds when it is opened, with changes to it."""
    numbers = country.standing(tps).numbers
    texts = {
        f"angka.{name}": "-" if stated.number is None else str(stated.number)
        for name, stated in numbers.items()
    }
    return texts | {f"angka.{name}": text for name, text in changes.items()}
