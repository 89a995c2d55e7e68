"""Special events and objections of witnesses, raised and settled in a plenary."""

from __future__ import annotations

from typing import cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tpsbox.errors import AnswerError, InputError

from tpscentral.pages.answers import went
from tpscentral.pages.desks import looking, show, working
from tpscentral.pages.forms import form_of
from tpscentral.pages.gate import act, view
from tpscentral.pages.recapitulation import plenary_place
from tpscentral.pages.tps_view import closed_because
from tpscentral.people.roles import ForbiddenError
from tpscentral.plenary.objections import (
    TEXT_LIMIT,
    Kind,
    add_objection,
    objections_of,
    settle_objection,
)
from tpscentral.plenary.signing import NAME_LIMIT

PATH = "/keberatan/{kode}/{contest}"


def routes() -> list[Route]:
    """The addresses of this module."""
    return [
        view(PATH, objections),
        act(PATH, added),
        act(f"{PATH}/{{n:int}}/selesai", settled),
    ]


def objections(request: Request) -> Response:
    """All of a region's plenary and of those below it."""
    return _page(request)


def added(request: Request) -> Response:
    """An event or objection was recorded."""
    asked, form = request.path_params, form_of(request)
    try:
        with working(request) as desk:
            add_objection(
                desk,
                asked["kode"],
                asked["contest"],
                kind=cast(Kind, form.text("jenis", 10)),
                raised_by=form.text("nama", NAME_LIMIT),
                text=form.text("uraian", TEXT_LIMIT, lines=True),
                tps=form.text("tps", 13) or None,
            )
    except ForbiddenError:
        raise
    except (InputError, AnswerError) as error:
        return _page(request, str(error), 400 if isinstance(error, InputError) else 409)
    return went(request, f"/keberatan/{asked['kode']}/{asked['contest']}", "Tercatat.")


def settled(request: Request) -> Response:
    """What became of one was recorded."""
    asked, form = request.path_params, form_of(request)
    try:
        with working(request) as desk:
            settle_objection(desk, asked["n"], form.text("putusan", TEXT_LIMIT, lines=True))
    except ForbiddenError:
        raise
    except (InputError, AnswerError) as error:
        return _page(request, str(error), 400 if isinstance(error, InputError) else 409)
    return went(request, f"/keberatan/{asked['kode']}/{asked['contest']}", "Penyelesaian dicatat.")


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
    )
