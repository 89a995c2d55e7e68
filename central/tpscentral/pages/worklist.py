"""The work list: regions with their counts, down to the TPS of a kecamatan or desa."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tpscentral.levels import Level
from tpscentral.pages.answers import account_of
from tpscentral.pages.desks import looking, place_of, show
from tpscentral.pages.gate import view
from tpscentral.pages.lists import desa_of, state_counts, tps_list
from tpscentral.pages.place import open_place
from tpscentral.pages.regions import lock_states, region_rows
from tpscentral.rollup import added
from tpscentral.standing import StandingState


def routes() -> list[Route]:
    """The addresses of this module."""
    return [view("/", home), view("/daftar/{kode}/{contest}", worklist)]


def home(request: Request) -> Response:
    """Leads to where the account works."""
    region = account_of(request).region
    with looking(request) as desk:
        place = open_place(desk.connection, desk.folder, desk.account, region, None)
    return RedirectResponse(address_of(place.part, place.contest.key), 303)


def address_of(kode: str, contest: str) -> str:
    """Where a region or TPS is shown."""
    return f"/{'tps' if len(kode) == 13 else 'daftar'}/{kode}/{contest}"


def worklist(request: Request) -> Response:
    """The TPS of a kecamatan or desa, or the regions below a larger one."""
    if len(request.path_params["kode"]) >= Level.KECAMATAN.digits:
        return _tps_of(request)
    with looking(request) as desk:
        place = place_of(desk, request)
        rows = region_rows(desk.connection, place.kode, place.contest.key)
    return show(request, "regions.html", place, rows=rows, total=added(row.sums for row in rows))


def _tps_of(request: Request) -> Response:
    state = _state(request.query_params.get("keadaan", ""))
    after = request.query_params.get("setelah", "")
    if after and not (after.isascii() and after.isdigit() and len(after) == 13):
        raise HTTPException(404, "Halaman daftar itu tidak ada.")
    with looking(request) as desk:
        place = place_of(desk, request)
        if len(place.kode) == 13:
            return RedirectResponse(address_of(place.kode, place.contest.key), 303)
        connection, key = desk.connection, place.contest.key
        desa = desa_of(connection, place.kode[:6])
        found = tps_list(connection, place.kode, key, state, after, desa)
        counts = state_counts(connection, place.kode, key)
        lock = lock_states(connection, key, [place.kode[:6]]).get(place.kode[:6], "open")
    return show(
        request,
        "worklist.html",
        place,
        found=found,
        counts=counts,
        desa=desa,
        state=state,
        lock=lock,
        after=after,
    )


def _state(text: str) -> StandingState | None:
    try:
        return StandingState(text) if text else None
    except ValueError as error:
        raise HTTPException(404, "Keadaan itu tidak ada.") from error
