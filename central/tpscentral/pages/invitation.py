"""The one-time link: whoever holds it chooses a password and sets up the second factor."""

from __future__ import annotations

from typing import NamedTuple

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tpsbox.errors import InputError

from tpscentral.pages.answers import plain_page, went
from tpscentral.pages.forms import form_of
from tpscentral.pages.gate import LOGIN, act, view
from tpscentral.pages.login import TOO_OFTEN, allowed
from tpscentral.pages.site import Site, site_of
from tpscentral.people import accounts
from tpscentral.people.passwords import check_password, hash_password
from tpscentral.people.roles import Account
from tpscentral.people.totp import matching_step, new_secret, qr_svg

PATH = "/undangan/{token}"
GONE = "Tautan ini tidak berlaku lagi. Minta tautan baru kepada administrator."


class _Proof(NamedTuple):
    """A second factor that its owner has shown to work."""

    sealed: bytes
    step: int


def routes() -> list[Route]:
    """The routes of this module."""
    return [view(PATH, invitation, public=True), act(PATH, accept, public=True)]


def invitation(request: Request) -> Response:
    """The form. Looking at it uses nothing up: messengers open links to preview them."""
    return _form(request, _invited(request), new_secret(), "", 200)


def accept(request: Request) -> Response:
    """The password, and the first code."""
    site, form, account = site_of(request), form_of(request), _invited(request)
    # Sealed by us for this very account: a page cannot be made to set up a known secret.
    secret = _unsealed(site, form.raw("benih"), account)
    if not allowed(request, account.username):
        return _form(request, account, secret, TOO_OFTEN, 429)
    try:
        password = form.raw("sandi")
        check_password(password, account.username)
        if password != form.raw("ulang"):
            raise InputError("Kedua sandi tidak sama.")
        proof = None if site.training else _proof(site, account, secret, form.raw("kode"))
    except InputError as error:
        return _form(request, account, secret, str(error), 400)
    kept = hash_password(password)
    with site.database.write() as connection:
        token: str = request.path_params["token"]
        if accounts.set_up(connection, token, kept, proof, site.now()) is None:
            raise HTTPException(404, GONE)
    return went(request, LOGIN, "Akun Anda siap. Masuk dengan sandi yang baru.")


def _invited(request: Request) -> Account:
    site, token = site_of(request), request.path_params["token"]
    with site.database.read() as connection:
        account = accounts.invited(connection, token, site.now())
    if account is None:
        raise HTTPException(404, GONE)
    return account


def _form(request: Request, account: Account, secret: str, error: str, status: int) -> Response:
    site = site_of(request)
    sealed = site.seal.close(secret.encode(), _about(account)).hex()
    # Made by segno from our own text: it is markup, and nothing of it is anybody's words.
    qr = Markup(qr_svg(secret, account.username))
    return plain_page(
        request, "invitation.html", status=status, invited=account, secret=_in_fours(secret),
        sealed=sealed, qr=qr, error=error,
    )  # fmt: skip


def _unsealed(site: Site, text: str, account: Account) -> str:
    try:
        return site.seal.open(bytes.fromhex(text), _about(account)).decode()
    except ValueError:
        return new_secret()


def _proof(site: Site, account: Account, secret: str, code: str) -> _Proof:
    step = matching_step(secret, code.replace(" ", ""), site.now())
    if step is None:
        raise InputError("Kode tidak cocok. Pindai gambar kode, lalu ketik 6 angka terbaru.")
    return _Proof(site.seal.close(secret.encode(), account.username), step)


def _about(account: Account) -> str:
    return f"undangan {account.username}"


def _in_fours(secret: str) -> str:
    return " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
