"""Addresses without a page: the style sheets, and whether the centre is alive."""

from __future__ import annotations

import re
from importlib import resources

import msgspec
from sqlalchemy import select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tpscentral.pages.answers import NOT_SAVED
from tpscentral.pages.gate import view
from tpscentral.pages.site import site_of

_TYPES = {"css": "text/css", "js": "text/javascript"}
_NAME = re.compile(r"[a-z]{1,20}\.(css|js)")


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        view("/static/{name}", static, public=True),
        view("/healthz", health, public=True),
    ]


def static(request: Request) -> Response:
    """A style sheet or script of this program."""
    name: str = request.path_params["name"]
    match = _NAME.fullmatch(name)
    file = resources.files("tpscentral.pages") / "static" / name
    if match is None or not file.is_file():
        raise HTTPException(404)
    headers = {"Cache-Control": "max-age=300"}
    return Response(file.read_bytes(), media_type=_TYPES[match[1]], headers=headers)


def health(request: Request) -> Response:
    """Whether the database answers, and whether the broker is connected (null: not here)."""
    site = site_of(request)
    with site.database.read() as connection:
        connection.execute(select(1))
    broker = None if site.connected is None else site.connected()
    body = msgspec.json.encode({"database": True, "broker": broker})
    return Response(body, media_type="application/json", headers=NOT_SAVED)
