"""One's own account: who one is, what one did last, a new password."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tpsbox.errors import InputError

from tpscentral.pages.answers import account_of, page, went
from tpscentral.pages.forms import form_of
from tpscentral.pages.gate import act, view
from tpscentral.pages.login import TOO_OFTEN, allowed
from tpscentral.pages.site import site_of
from tpscentral.people import accounts, entering, journal, sessions
from tpscentral.people.passwords import check_password, hash_password
from tpscentral.people.sessions import Session

PATH = "/akun"
_LATEST = 20


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        view(PATH, own),
        act("/akun/sandi", change_password),
        act("/akun/keluar-lain", end_others),
    ]


def own(request: Request) -> Response:
    """One's own account."""
    return _page(request, "", 200)


def change_password(request: Request) -> Response:
    """A new password, for whoever knows the old one; all other sessions end."""
    site, form, account = site_of(request), form_of(request), account_of(request)
    if not allowed(request, account.username):
        return _page(request, TOO_OFTEN, 429)
    new = form.raw("sandi_baru")
    try:
        check_password(new, account.username)
        if new != form.raw("sandi_ulang"):
            raise InputError("Kedua sandi baru tidak sama.")
    except InputError as error:
        return _page(request, str(error), 400)
    now, old = site.now(), form.raw("sandi_lama")
    if not entering.knows_password(site.database, account.username, old, now):
        return _page(request, "Sandi lama salah.", 403)
    kept = hash_password(new)
    session: Session = request.state.session
    with site.database.write() as connection:
        accounts.set_password(connection, account.username, kept)
        sessions.end_all(connection, account.username, but=session.key)
        journal.write(connection, account.username, "sandi-baru", account.username, "", now)
    return went(request, PATH, "Sandi sudah diganti.")


def end_others(request: Request) -> Response:
    """End all sessions of this account but this one."""
    site, account = site_of(request), account_of(request)
    session: Session = request.state.session
    with site.database.write() as connection:
        ended = sessions.end_all(connection, account.username, but=session.key)
        journal.write(
            connection, account.username, "keluar-lain", account.username, str(ended), site.now()
        )
    return went(request, PATH, f"{ended} sesi lain sudah ditutup.")


def _page(request: Request, error: str, status: int) -> Response:
    account = account_of(request)
    with site_of(request).database.read() as connection:
        latest = journal.by_account(connection, account.username, _LATEST)
    return page(
        request, "own.html", target=account.username, status=status, latest=latest, error=error
    )
