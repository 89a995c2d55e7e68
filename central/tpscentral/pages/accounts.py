"""The administrator's page of accounts: make them, many at once, invite, close and open them."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tpsbox.errors import AnswerError, InputError

from tpscentral.pages.answers import account_of, page, went
from tpscentral.pages.forms import form_of
from tpscentral.pages.gate import act, view
from tpscentral.pages.site import site_of
from tpscentral.people import accounts
from tpscentral.people.accounts import USERNAME, Invitation, NewAccount
from tpscentral.people.import_csv import (
    COLUMNS,
    CSV_LIMIT,
    ROLE_WORDS,
    import_accounts,
    parse_accounts,
    role_of,
)
from tpscentral.people.roles import Account, require_admin

PATH = "/admin/akun"
_PAGE = 200


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        view(PATH, listing),
        act(PATH, add),
        act("/admin/akun/impor", import_table, limit=CSV_LIMIT + 64 * 1024),
        act("/admin/akun/{username}/undang", invite),
        act("/admin/akun/{username}/tutup", disable),
        act("/admin/akun/{username}/buka", enable),
    ]


def listing(request: Request) -> Response:
    """All accounts, or those of a region."""
    _admin(request)
    return _list(request)


def add(request: Request) -> Response:
    """Make one account, and show its one-time link."""
    form, admin, site = form_of(request), _admin(request), site_of(request)
    try:
        new = NewAccount(
            form.text("username", 64), form.text("nama"), role_of(form.text("peran", 20)),
            form.text("wilayah", 13),
        )  # fmt: skip
        with site.database.write() as connection:
            made = import_accounts(connection, [new], site.now(), admin.username)
    except (InputError, AnswerError) as error:
        return _list(request, str(error), 400)
    return _links(request, made)


def import_table(request: Request) -> Response:
    """Make all accounts of a table, or none of them."""
    form, admin, site = form_of(request), _admin(request), site_of(request)
    try:
        data = form.upload("berkas")
        if data is None:
            raise InputError("Pilih berkas CSV dulu.")
        new = parse_accounts(data)
        with site.database.write() as connection:
            made = import_accounts(connection, new, site.now(), admin.username)
    except (InputError, AnswerError) as error:
        return _list(request, str(error), 400)
    return _links(request, made)


def invite(request: Request) -> Response:
    """Give an account a new one-time link; what it had no longer works."""
    admin, site = _admin(request), site_of(request)
    with site.database.write() as connection:
        made = accounts.invite(connection, _username(request), site.now(), admin.username)
    return _links(request, [made])


def disable(request: Request) -> Response:
    """Let an account in no more."""
    admin, site = _admin(request), site_of(request)
    username = _username(request)
    if username == admin.username:
        raise AnswerError("Akun Anda sendiri tidak bisa Anda tutup.")
    with site.database.write() as connection:
        accounts.disable(connection, username, site.now(), admin.username)
    return went(request, PATH, f"Akun {username} ditutup.")


def enable(request: Request) -> Response:
    """Let an account in again."""
    admin, site = _admin(request), site_of(request)
    username = _username(request)
    with site.database.write() as connection:
        accounts.enable(connection, username, site.now(), admin.username)
    return went(request, PATH, f"Akun {username} dibuka lagi.")


def _admin(request: Request) -> Account:
    account = account_of(request)
    require_admin(account)
    return account


def _username(request: Request) -> str:
    username: str = request.path_params["username"]
    if not USERNAME.fullmatch(username):
        raise HTTPException(404)
    return username


def _list(request: Request, error: str = "", status: int = 200) -> Response:
    site, asked = site_of(request), request.query_params
    after, region = asked.get("setelah", ""), asked.get("wilayah", "")[:13]
    after = after if USERNAME.fullmatch(after) else ""
    region = region if region.isascii() and region.isdigit() else ""
    with site.database.read() as connection:
        found = accounts.listing(connection, after=after, region=region, limit=_PAGE + 1)
    typed = form_of(request).typed() if request.method == "POST" else {}
    return page(
        request, "accounts.html", target=region or "akun", status=status,
        rows=found[:_PAGE], more=len(found) > _PAGE, region=region, error=error, typed=typed,
        now=site.now(), roles=list(ROLE_WORDS), columns=",".join(COLUMNS),
    )  # fmt: skip


def _links(request: Request, made: Sequence[Invitation]) -> Response:
    """The one-time links, which are shown this once and kept nowhere."""
    base = f"{request.url.scheme}://{request.url.netloc}"
    return page(request, "links.html", target="akun", detail="tautan", base=base, made=made)
