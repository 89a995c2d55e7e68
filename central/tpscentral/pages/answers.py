"""What handlers answer with: pages, which the journal notes, and the way to another page."""

from __future__ import annotations

import secrets
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tpscentral.pages.cookies import (
    SENTENCE,
    VISITOR,
    drop_cookie,
    get_cookie,
    get_sentence,
    set_cookie,
    set_sentence,
)
from tpscentral.pages.site import site_of
from tpscentral.people.journal import Note
from tpscentral.people.roles import Account
from tpscentral.people.sessions import Session

NOT_SAVED = {"Cache-Control": "no-store"}
SEEN = "lihat"


def page(
    request: Request, template: str, *, target: str, detail: str = "", status: int = 200,
    **values: Any,
) -> Response:  # fmt: skip
    """A page for somebody who is in; that it was seen is in the journal before it is sent.

    `target` is what it shows: the wilayah code of a region or TPS, or an account.
    """
    response = plain_page(request, template, status=status, **values)
    journalled(request, SEEN, target, detail)
    return response


def plain_page(request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
    """A page that shows nothing of the count: to come in, or what went wrong."""
    site = site_of(request)
    session: Session | None = getattr(request.state, "session", None)
    visitor = get_cookie(request, VISITOR)
    token = visitor or secrets.token_urlsafe(32)
    sentence = get_sentence(request, site.seal)
    context = {
        "account": getattr(request.state, "account", None),
        "csrf": session.csrf if session else site.seal.mark(f"form {token}"),
        "training": site.training,
        "sentence": sentence,
        "path": request.url.path,
    }
    text = site.templates.get_template(template).render(context | values)
    response = HTMLResponse(text, status, headers=NOT_SAVED)
    if session is None and not visitor:
        set_cookie(request, response, VISITOR, token)
    if sentence:
        drop_cookie(request, response, SENTENCE)
    return response


def went(request: Request, path: str, say: str = "") -> Response:
    """The way to another page after an act; `say` is shown there, once."""
    response = RedirectResponse(local_path(path), 303, headers=NOT_SAVED)
    if say:
        set_sentence(request, response, site_of(request).seal, say)
    return response


def journalled(request: Request, action: str, target: str, detail: str = "") -> None:
    """Write to the journal what whoever is in has seen or tried."""
    site, account = site_of(request), account_of(request)
    site.notes.add(Note(site.now(), account.username, action, target, detail))


def account_of(request: Request) -> Account:
    """Who is in."""
    account: Account | None = getattr(request.state, "account", None)
    if account is None:
        raise HTTPException(401, "Masuk dulu.")
    return account


def local_path(path: str) -> str:
    """The path if it is one of this site, else its first page: nobody is sent elsewhere."""
    plain = path.isascii() and path.isprintable() and "\\" not in path
    return path if plain and path[:1] == "/" and path[:2] != "//" else "/"
