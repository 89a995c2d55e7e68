"""Special events and objections of witnesses, raised and settled in a plenary."""

from __future__ import annotations

from typing import cast

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tpscentral.pages.answers import went
from tpscentral.pages.desks import Doing, attempted, looking, show, status_of
from tpscentral.pages.forms import Form, form_of
from tpscentral.pages.gate import act, view
from tpscentral.pages.recapitulation import plenary_place
from tpscentral.pages.tps_view import closed_because
from tpscentral.plenary.desk import Desk
from tpscentral.plenary.objections import (
    TEXT_LIMIT,
    Kind,
    add_objection,
    objections_of,
    settle_objection,
)
from tpscentral.plenary.signing import NAME_LIMIT

PATH = "/keberatan/{kode}/{contest}"
NUMBER_DIGITS = 9
"""An INTEGER of PostgreSQL holds every number of so many digits."""


def routes() -> list[Route]:
    """The addresses of this module."""
    return [
        view(PATH, objections),
        act(PATH, added),
        act(f"{PATH}/{{n}}/selesai", settled),
    ]


def objections(request: Request) -> Response:
    """All of a region's plenary and of those below it."""
    return _page(request)


def added(request: Request) -> Response:
    """An event or objection was recorded."""

    def do(desk: Desk, kode: str, contest: str, form: Form) -> None:
        add_objection(
            desk,
            kode,
            contest,
            kind=cast(Kind, form.text("jenis", 10)),
            raised_by=form.text("nama", NAME_LIMIT),
            text=form.text("uraian", TEXT_LIMIT, lines=True),
            tps=form.text("tps", 13) or None,
        )

    return _acted(request, do, "Tercatat.")


def settled(request: Request) -> Response:
    """What became of one was recorded."""

    def do(desk: Desk, _kode: str, _contest: str, form: Form) -> None:
        outcome = form.text("putusan", TEXT_LIMIT, lines=True)
        settle_objection(desk, _number(request), outcome)

    return _acted(request, do, "Penyelesaian dicatat.")


def _number(request: Request) -> int:
    """The number of the objection in the address.

    Raises:
        HTTPException: 404, it is none that a database could hold.
    """
    text: str = request.path_params["n"]
    if not (text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS):
        raise HTTPException(404, "Tidak ada keberatan atau kejadian ini.")
    return int(text)


def _acted(request: Request, do: Doing, said: str) -> Response:
    asked = request.path_params
    if error := attempted(request, do):
        return _page(request, str(error), status_of(error))
    return went(request, f"/keberatan/{asked['kode']}/{asked['contest']}", said)


def _page(request: Request, error: str = "", status: int = 200) -> Response:
    with looking(request) as desk:
        place = plenary_place(desk, request)
        found = objections_of(desk, place.kode, place.contest.key)
        closed = closed_because(desk, place.kode, place.contest.key)
    typed = form_of(request).typed() if error else {}
    return show(
        request,
        "objections.html",
        place,
        status=status,
        found=found,
        closed=closed,
        error=error,
        typed=typed,
        settling=request.path_params.get("n"),
    )
