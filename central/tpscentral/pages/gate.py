"""The gate in front of every page: who is in, whether a form is ours, and how large it may be.

Routes are made by `view` and `act` alone, so that no page can forget to ask.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tpscentral.levels import within
from tpscentral.pages.answers import NOT_SAVED, journalled, local_path, plain_page
from tpscentral.pages.cookies import SESSION, VISITOR, get_cookie
from tpscentral.pages.forms import FORM_LIMIT, Form, read_form
from tpscentral.pages.site import site_of
from tpscentral.people import sessions
from tpscentral.people.journal import TARGET_LETTERS
from tpscentral.people.roles import ForbiddenError, Role
from tpscentral.people.sessions import Session

Handler = Callable[[Request], Response]
Endpoint = Callable[[Request], Awaitable[Response]]
REFUSED = "ditolak"
LOGIN = "/masuk"
LEAVE = "/keluar"
_OURS = (None, "same-origin", "none")


def view(path: str, handler: Handler, *, public: bool = False) -> Route:
    """A page to look at. The handler runs in a thread, and only for somebody who is in.

    With `public` it runs for everybody; `request.state.session` may be None.
    """

    def seen(request: Request) -> Response:
        recognise(request)
        if not public and request.state.account is None:
            return _to_login(request)
        if not public:
            require_inside(request)
        return handler(request)

    return Route(path, _threaded(seen), methods=["GET"], name=handler.__name__)


def act(path: str, handler: Handler, *, public: bool = False, limit: int = FORM_LIMIT) -> Route:
    """A form to take. The handler runs once session, origin and token are right; see `form_of`.

    `limit`: bytes of the body; what is larger is refused before it is read.
    """

    async def acted(request: Request) -> Response:
        await run_in_threadpool(recognise, request)
        # A stranger's body is read only as far as that of a plain form.
        known = public or request.state.account is not None
        form = await read_form(request, limit if known else min(limit, FORM_LIMIT))
        request.state.form = form
        if not known:
            return await run_in_threadpool(_unsaved, request, form, ended=True)
        if not ours(request, form):
            ended = request.state.ended
            return await run_in_threadpool(_unsaved, request, form, ended=ended)
        if not public:
            require_inside(request)
        return await run_in_threadpool(handler, request)

    return Route(path, acted, methods=["POST"], name=handler.__name__)


def recognise(request: Request) -> None:
    """Set `session`, and `account` if the session is a full one, in the state of a request."""
    request.state.session, request.state.account = None, None
    token = get_cookie(request, SESSION)
    session = _find(request, token) if token else None
    request.state.session = session
    request.state.ended = bool(token) and session is None
    if session is not None and session.stage == "full":
        request.state.account = session.account


def require_inside(request: Request) -> None:
    """Do nothing unless one region alone is served here and the account is of another.

    Raises:
        ForbiddenError: it is.
    """
    account, region = request.state.account, site_of(request).region
    if account is None or account.role is Role.ADMIN or within(account.region, region):
        return
    if request.url.path != LEAVE:
        raise ForbiddenError(f"Pusat luring ini hanya melayani wilayah {region}.")


def ours(request: Request, form: Form) -> bool:
    """Whether a form came from a page that we gave to this very browser."""
    if not _own_origin(request):
        return False
    site, given = site_of(request), form.raw("csrf").encode(errors="replace")
    session: Session | None = request.state.session
    expected = [session.csrf] if session else []
    if visitor := get_cookie(request, VISITOR):
        expected += [] if request.state.account else [site.seal.mark(f"form {visitor}")]
    return any(hmac.compare_digest(given, token.encode()) for token in expected)


def address(request: Request) -> str:
    """The path of a request as the journal takes it: at most 80 letters, none of them unseen."""
    return quote(request.url.path)[:TARGET_LETTERS]


def _own_origin(request: Request) -> bool:
    # Browsers of today say at least one of the two; what says neither still needs the token.
    if request.headers.get("sec-fetch-site") not in _OURS:
        return False
    origin = request.headers.get("origin")
    return origin is None or origin.partition("://")[2] == request.headers.get("host")


def _find(request: Request, token: str) -> Session | None:
    site = site_of(request)
    now = site.now()
    with site.database.read() as connection:
        session = sessions.find(connection, token, now)
    if session is not None and session.due(now):
        with site.database.write() as connection:
            sessions.note(connection, session, now)
    return session


def _to_login(request: Request) -> Response:
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    ended = "&berakhir=1" if request.state.ended else ""
    address = f"{LOGIN}?lanjut={quote(local_path(asked))}{ended}"
    return RedirectResponse(address, 303, headers=NOT_SAVED)


def _unsaved(request: Request, form: Form, *, ended: bool) -> Response:
    """Say that nothing was saved, and give back what was typed, to be kept until it is."""
    if request.state.account is not None:
        journalled(request, REFUSED, address(request), "formulir tidak dikenal")
    # Only to a page of ours: nobody else gets words of his choice onto this site.
    trusted = _own_origin(request) and "origin" in request.headers
    typed = form.typed() if trusted else {}
    hidden = ("versi", "semula", "sidik")
    shown = {
        name.removeprefix("angka.").replace("_", " "): text
        for name, text in typed.items()
        if text and "sandi" not in name and name not in hidden
    }
    return plain_page(
        request,
        "unsaved.html",
        status=403,
        ended=ended,
        typed=shown,
        back=quote(_came_from(request)),
    )


def _came_from(request: Request) -> str:
    host, slash, path = request.headers.get("referer", "").partition("://")[2].partition("/")
    return local_path(slash + path) if host == request.headers.get("host") else "/"


def _threaded(handler: Handler) -> Endpoint:
    async def run(request: Request) -> Response:
        return await run_in_threadpool(handler, request)

    return run
