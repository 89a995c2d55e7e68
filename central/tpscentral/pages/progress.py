"""Kemajuan: what has come in and how, what is overdue, and which boxes are heard of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tpscentral.pages.boxes import box_counts, missing_boxes
from tpscentral.pages.desks import looking, place_of, show
from tpscentral.pages.gate import view
from tpscentral.pages.lists import ListRow, desa_of, tps_list
from tpscentral.pages.regions import region_rows
from tpscentral.rollup import added
from tpscentral.standing import StandingState
from tpscentral.words import hours_ahead

OVERDUE_AFTER = timedelta(days=1)
"""From midnight before the voting: counting ends on the same day (PKPU 25/2023, article 49)."""


def routes() -> list[Route]:
    """The addresses of this module."""
    return [view("/kemajuan/{kode}/{contest}", progress)]


def progress(request: Request) -> Response:
    """The regions below a place with what has come in from them."""
    with looking(request) as desk:
        place = place_of(desk, request)
        if len(place.kode) > 10:
            raise HTTPException(404, "Kemajuan ditampilkan per wilayah.")
        connection, key = desk.connection, place.contest.key
        until = overdue_from(place.election.date, place.kode or "31")
        rows = region_rows(connection, place.kode, key)
        overdue: tuple[ListRow, ...] = ()
        if desk.now >= until and len(place.kode) >= 6:
            desa = desa_of(connection, place.kode[:6])
            overdue = tps_list(connection, place.kode, key, StandingState.WAITING, "", desa).rows
        counts = box_counts(connection, place.kode)
        lost = missing_boxes(connection, place.kode) if len(place.kode) >= 4 else ()
    return show(
        request,
        "progress.html",
        place,
        rows=rows,
        total=added(row.sums for row in rows),
        until=until,
        late=desk.now >= until,
        overdue=overdue,
        boxes=counts,
        lost=lost,
    )


def overdue_from(date: str, kode: str) -> int:
    """Unix seconds from which a TPS that has sent nothing is overdue, by its local midnight."""
    day = datetime.fromisoformat(date).replace(tzinfo=UTC)
    return int((day + OVERDUE_AFTER - timedelta(hours=hours_ahead(kode))).timestamp())
