"""Coming in and going out."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tpscentral.pages.answers import account_of, local_path, plain_page, went
from tpscentral.pages.cookies import SESSION, VISITOR, drop_cookie, set_cookie
from tpscentral.pages.forms import form_of
from tpscentral.pages.gate import LOGIN, act, view
from tpscentral.pages.site import site_of
from tpscentral.people import entering
from tpscentral.people.limits import address_key
from tpscentral.people.sessions import ABSOLUTE, Session

CODE = "/masuk/kode"
WRONG = (
    "Nama pengguna atau sandi salah, atau akun sedang terkunci. "
    "Setelah 5 kali salah, akun terkunci 15 menit."
)
WRONG_CODE = "Kode salah atau sudah dipakai. Tunggu kode berikutnya di aplikasi."
TOO_OFTEN = "Terlalu banyak percobaan. Tunggu satu menit."


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        view(LOGIN, login, public=True),
        act(LOGIN, enter, public=True),
        view(CODE, code, public=True),
        act(CODE, confirm, public=True),
        act("/keluar", leave),
    ]


def login(request: Request) -> Response:
    """The form for username and password."""
    goal = local_path(request.query_params.get("lanjut", "/"))
    if request.state.account is not None:
        return went(request, goal)
    ended = request.query_params.get("berakhir") == "1"
    return plain_page(request, "login.html", goal=goal, username="", error="", ended=ended)


def enter(request: Request) -> Response:
    """Username and password."""
    site, form = site_of(request), form_of(request)
    goal = local_path(form.raw("lanjut"))
    username = form.text("username", 64).casefold()

    def again(error: str, status: int) -> Response:
        return plain_page(
            request, "login.html", status=status, goal=goal, username=username, error=error,
            ended=False,
        )  # fmt: skip

    if not allowed(request, username):
        return again(TOO_OFTEN, 429)
    token = entering.enter(
        site.database, username, form.raw("sandi"), site.now(), training=site.training
    )
    if token is None:
        return again(WRONG, 403)
    onward = goal if site.training else f"{CODE}?lanjut={quote(goal)}"
    return with_session(request, went(request, onward), token)


def code(request: Request) -> Response:
    """The form for the code of the second factor."""
    goal = local_path(request.query_params.get("lanjut", "/"))
    if request.state.account is not None:
        return went(request, goal)
    if request.state.session is None:
        return went(request, f"{LOGIN}?lanjut={quote(goal)}")
    return plain_page(request, "code.html", goal=goal, error="")


def confirm(request: Request) -> Response:
    """The code of the second factor."""
    site, form = site_of(request), form_of(request)
    goal = local_path(form.raw("lanjut"))
    session: Session | None = request.state.session
    if request.state.account is not None:
        return went(request, goal)
    if session is None:
        return went(request, f"{LOGIN}?lanjut={quote(goal)}&berakhir=1")
    if not allowed(request, session.account.username):
        return plain_page(request, "code.html", status=429, goal=goal, error=TOO_OFTEN)
    digits = form.raw("kode").replace(" ", "")
    token = entering.confirm(site.database, site.seal, session, digits, site.now())
    if token is None:
        return plain_page(request, "code.html", status=403, goal=goal, error=WRONG_CODE)
    return with_session(request, went(request, goal), token)


def leave(request: Request) -> Response:
    """Go out."""
    site, session = site_of(request), request.state.session
    account_of(request)
    entering.leave(site.database, session, site.now())
    response = went(request, LOGIN, "Anda sudah keluar.")
    drop_cookie(request, response, SESSION)
    return response


def allowed(request: Request, username: str) -> bool:
    """Whether this address and this username may try once more."""
    site, host = site_of(request), request.client.host if request.client else ""
    ticks = site.ticks()
    return site.addresses.take(address_key(host), ticks) and site.usernames.take(username, ticks)


def with_session(request: Request, response: Response, token: str) -> Response:
    """Hand the browser the cookie of a new session, in place of what it had."""
    set_cookie(request, response, SESSION, token, ABSOLUTE)
    drop_cookie(request, response, VISITOR)
    return response
