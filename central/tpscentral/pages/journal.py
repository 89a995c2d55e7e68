"""The journal for people: the administrator sees all of it, others that of their region."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tpscentral.pages.answers import account_of, page
from tpscentral.pages.gate import view
from tpscentral.pages.site import site_of
from tpscentral.people import journal
from tpscentral.people.roles import require_see

PATH = "/jurnal"
_PAGE = 100


def routes() -> list[Route]:
    """The routes of this module."""
    return [view(PATH, journal_page)]


def journal_page(request: Request) -> Response:
    """What was seen and done in a region, newest first."""
    site, account = site_of(request), account_of(request)
    region = request.query_params.get("wilayah", "")[:13] or account.region
    if not (region.isascii() and region.isdigit()):
        region = account.region
    require_see(account, region)
    below = request.query_params.get("sebelum", "")[:18]
    with site.database.read() as connection:
        rows = journal.newest(
            connection, region=region, limit=_PAGE + 1,
            below=int(below) if below.isascii() and below.isdigit() else None,
        )  # fmt: skip
        head = journal.head(connection)
    return page(
        request, "journal.html", target=region or "jurnal", detail="jurnal",
        rows=rows[:_PAGE], more=len(rows) > _PAGE, region=region, head=head,
    )  # fmt: skip
