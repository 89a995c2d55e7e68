"""A plenary's desk for a request, and the answer that shows a place of the count."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from tpsbox.errors import AnswerError, InputError

from tpscentral.pages import wording
from tpscentral.pages.answers import account_of, page
from tpscentral.pages.forms import Form, form_of
from tpscentral.pages.place import Place, open_place
from tpscentral.pages.site import site_of
from tpscentral.people.roles import ForbiddenError
from tpscentral.plenary.desk import Desk


@contextmanager
def looking(request: Request) -> Iterator[Desk]:
    """The desk of whoever is in, within a transaction that only reads."""
    site = site_of(request)
    with site.database.read() as connection:
        yield Desk(connection, site.folder, account_of(request), site.now())


@contextmanager
def working(request: Request) -> Iterator[Desk]:
    """The desk of whoever is in, within a transaction that is committed at the end."""
    site = site_of(request)
    with site.database.write() as connection:
        yield Desk(connection, site.folder, account_of(request), site.now())


Doing = Callable[[Desk, str, str, Form], object]
"""An act at the place (kode) and contest of an address, with what the form brought."""


def attempted(request: Request, do: Doing) -> InputError | AnswerError | None:
    """Do an act in a transaction; what stood in its way, to show the form again with.

    Raises:
        ForbiddenError: it is not for this account: there is no form to show again.
    """
    asked = request.path_params
    try:
        with working(request) as desk:
            do(desk, asked["kode"], asked["contest"], form_of(request))
    except ForbiddenError:
        raise
    except (InputError, AnswerError) as error:
        return error
    return None


def status_of(error: InputError | AnswerError) -> int:
    """400 for what was typed wrong, 409 for what cannot be as things stand."""
    return 400 if isinstance(error, InputError) else 409


def place_of(desk: Desk, request: Request) -> Place:
    """The place that the address of a request names.

    Raises:
        HTTPException: 404, there is no such place or contest.
        ForbiddenError: it lies outside of the account's region.
    """
    asked = request.path_params
    return open_place(desk.connection, desk.folder, desk.account, asked["kode"], asked["contest"])


def show(
    request: Request, template: str, place: Place, *, status: int = 200, **values: Any
) -> Response:
    """A page about a place; the journal notes that it was seen."""
    return page(
        request,
        template,
        target=place.kode,
        detail=place.contest.key,
        status=status,
        place=place,
        wording=wording,
        **values,
    )
