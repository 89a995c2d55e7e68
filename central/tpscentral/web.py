"""The centre's pages: read only, rendered on the server, without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import resources
from typing import Any

import jinja2
import msgspec
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tpsbox.errors import EnvironmentFault, InputError
from tpsbox.record.statement import check_tps

from tpscentral import words
from tpscentral.database import Database
from tpscentral.detail import tps_view
from tpscentral.folder import Folder
from tpscentral.overview import overview
from tpscentral.schema import photos
from tpscentral.thumbnails import thumbnail
from tpscentral.views import Overview, TpsView

POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
NOT_SAVED = {"Cache-Control": "no-store"}
FOR_EVER = {"Cache-Control": "private, max-age=31536000, immutable"}
"""A photo's address is the hash of its content, so it never changes."""


class Pages:
    """Handlers of all addresses; they run in worker threads, since the database blocks."""

    def __init__(
        self, folder: Folder, database: Database, connected: Callable[[], bool] | None
    ) -> None:
        """`connected` tells whether ingest, if it runs in this process, has the broker."""
        self._folder = folder
        self._database = database
        self._connected = connected
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader("tpscentral"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals["words"] = words
        self._templates.globals["states"] = {
            state.name.lower(): text for state, text in words.STATES.items()
        }

    def index(self, _request: Request) -> Response:
        """The list of all TPS."""
        return self._page("index.html", view=self._overview())

    def tps(self, request: Request) -> Response:
        """One TPS."""
        return self._page("tps.html", view=self._tps(request))

    def index_json(self, _request: Request) -> Response:
        """The list of all TPS for programs."""
        return _json(self._overview())

    def tps_json(self, request: Request) -> Response:
        """One TPS for programs."""
        return _json(self._tps(request))

    def photo(self, request: Request) -> Response:
        """A photo as it was received."""
        sha = self._known_photo(request)
        path = self._folder.photos / sha[:2] / f"{sha}.jpg"
        return FileResponse(path, media_type="image/jpeg", headers=FOR_EVER)

    def small_photo(self, request: Request) -> Response:
        """A small version of a photo."""
        sha = self._known_photo(request)
        try:
            data = thumbnail(self._folder.photos, sha)
        except InputError as error:
            raise HTTPException(404, "Foto ini tidak bisa ditampilkan.") from error
        return Response(data, media_type="image/jpeg", headers=FOR_EVER)

    def style(self, _request: Request) -> Response:
        """The style sheet."""
        text = (resources.files("tpscentral") / "static" / "style.css").read_text("utf-8")
        return Response(text, media_type="text/css")

    def health(self, _request: Request) -> Response:
        """Whether the database answers, and whether the broker is connected (null: not here)."""
        with self._database.read() as connection:
            connection.execute(select(1))
        broker = None if self._connected is None else self._connected()
        return _json({"database": True, "broker": broker})

    def failed(self, _request: Request, error: Exception) -> Response:
        """A plain page for addresses that do not exist and for faults of disk or database."""
        code, text = 503, "Basis data atau disk pusat sedang tidak bisa dibaca. Coba lagi nanti."
        if isinstance(error, HTTPException):
            code = error.status_code
            text = error.detail if code == 404 else "Permintaan ini tidak bisa dilayani."
        return self._page("error.html", status=code, code=code, text=text)

    def _page(self, name: str, status: int = 200, **values: Any) -> Response:
        text = self._templates.get_template(name).render(values)
        return HTMLResponse(text, status, headers=NOT_SAVED)

    def _overview(self) -> Overview:
        with self._database.read() as connection:
            return overview(self._folder, connection)

    def _tps(self, request: Request) -> TpsView:
        try:
            kode = check_tps(request.path_params["kode"])
        except InputError as error:
            raise HTTPException(404, "Kode TPS terdiri atas 13 angka.") from error
        with self._database.read() as connection:
            view = tps_view(self._folder, connection, kode)
        if view is None:
            raise HTTPException(404, "TPS ini belum terdaftar di pusat.")
        return view

    def _known_photo(self, request: Request) -> str:
        sha: str = request.path_params["sha"]
        if re.fullmatch("[0-9a-f]{64}", sha):
            with self._database.read() as connection:
                if connection.scalar(select(photos.c.sha).where(photos.c.sha == sha).limit(1)):
                    return sha
        raise HTTPException(404, "Foto ini tidak ada di pusat.")


class SafeHeaders:
    """Adds to every answer the headers that tell a browser to trust nothing in it."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and its answer back."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, with_headers)


def create_app(
    folder: Folder, database: Database, connected: Callable[[], bool] | None = None
) -> Starlette:
    """The web application over an initialised folder."""
    pages = Pages(folder, database, connected)
    return Starlette(
        routes=[
            Route("/", pages.index),
            Route("/tps/{kode}", pages.tps),
            Route("/photo/{sha}", pages.photo),
            Route("/photo/{sha}/small", pages.small_photo),
            Route("/api/tps.json", pages.index_json),
            Route("/api/tps/{kode}.json", pages.tps_json),
            Route("/style.css", pages.style),
            Route("/healthz", pages.health),
        ],
        middleware=[Middleware(SafeHeaders)],
        exception_handlers={
            HTTPException: pages.failed,
            EnvironmentFault: pages.failed,
            FileNotFoundError: pages.failed,
        },
    )


def _json(view: object) -> Response:
    return Response(msgspec.json.encode(view), media_type="application/json", headers=NOT_SAVED)
