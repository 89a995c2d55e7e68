"""The web application: all pages behind one gate, and one page for everything that goes wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import ModuleType

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from tpsbox.errors import AnswerError, EnvironmentFault, InputError
from tpsbox.structs import make_ready

from tpscentral.database import Database
from tpscentral.folder import Folder
from tpscentral.pages import (
    accounts,
    correction,
    entry,
    invitation,
    journal,
    locking,
    login,
    objecting,
    own,
    pictures,
    plain,
    progress,
    recapitulation,
    tps,
    worklist,
)
from tpscentral.pages.answers import journalled, plain_page
from tpscentral.pages.forms import TOO_LARGE
from tpscentral.pages.gate import REFUSED, address
from tpscentral.pages.headers import HEADERS, SafeHeaders
from tpscentral.pages.site import Site
from tpscentral.people.passwords import CrowdedError
from tpscentral.people.roles import ForbiddenError

MODULES: tuple[ModuleType, ...] = (
    plain,
    login,
    invitation,
    own,
    accounts,
    journal,
    worklist,
    progress,
    tps,
    correction,
    entry,
    pictures,
    recapitulation,
    locking,
    objecting,
)
"""Each has a function `routes()`."""
_SENTENCES = {
    400: "Kiriman ini tidak bisa dibaca.",
    401: "Masuk dulu.",
    404: "Halaman ini tidak ada.",
    405: "Permintaan ini tidak bisa dilayani.",
    413: TOO_LARGE,
}


def create_app(
    folder: Folder,
    database: Database,
    connected: Callable[[], bool] | None = None,
    *,
    clock: Callable[[], float] = time.time,
    ticks: Callable[[], float] = time.monotonic,
) -> Starlette:
    """The web application over an initialised folder.

    Raises:
        EnvironmentFault, InputError: the folder's keys or configuration cannot be read.
    """
    make_ready()  # requests are answered in threads
    routes: list[BaseRoute] = [route for module in MODULES for route in module.routes()]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(SafeHeaders)],
        exception_handlers={
            HTTPException: _refused,
            ForbiddenError: _forbidden,
            InputError: _unusable,
            AnswerError: _answered_no,
            EnvironmentFault: _faulty,
            CrowdedError: _crowded,
            ClientDisconnect: _gone,
            Exception: _broken,
        },
    )
    app.state.site = Site(folder, database, connected, clock, ticks)
    return app


def _refused(request: Request, error: Exception) -> Response:
    code = error.status_code if isinstance(error, HTTPException) else 400
    said = error.detail if isinstance(error, HTTPException) else ""
    # What the library says of itself is English: status phrases, and what is wrong with a body.
    ours = said if said.endswith(".") and code != 400 else ""
    return _page(request, code, ours or _SENTENCES.get(code, "Permintaan ini ditolak."))


def _forbidden(request: Request, error: Exception) -> Response:
    if getattr(request.state, "account", None) is not None:
        journalled(request, REFUSED, address(request), str(error)[:4000])
    return _page(request, 403, str(error))


def _unusable(request: Request, error: Exception) -> Response:
    return _page(request, 400, str(error))


def _answered_no(request: Request, error: Exception) -> Response:
    return _page(request, 409, str(error))


def _faulty(request: Request, _error: Exception) -> Response:
    return _page(request, 503, "Basis data atau disk pusat sedang tidak bisa dipakai. Coba lagi.")


def _crowded(request: Request, error: Exception) -> Response:
    return _page(request, 503, str(error))


def _broken(request: Request, _error: Exception) -> Response:
    answer = _page(request, 500, "Ada kesalahan di program ini. Beri tahu administrator.")
    answer.headers.update(HEADERS)  # made outside of all middleware
    return answer


def _gone(_request: Request, _error: Exception) -> Response:
    return Response(status_code=400)


def _page(request: Request, code: int, text: str) -> Response:
    return plain_page(request, "error.html", status=code, code=code, text=text)
