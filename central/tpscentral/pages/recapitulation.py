"""The recapitulation of a region: its table, its lock, taking over, and its documents."""

from __future__ import annotations

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tpscentral.documents.keeping import document_of
from tpscentral.levels import Level, last_level, level_of
from tpscentral.pages.answers import journalled, went
from tpscentral.pages.desks import Doing, attempted, looking, place_of, show, status_of, working
from tpscentral.pages.forms import Form, form_of
from tpscentral.pages.gate import act, view
from tpscentral.pages.place import Place
from tpscentral.pages.regions import LockWord, lock_states
from tpscentral.pages.tps_view import closed_because
from tpscentral.people.roles import Role
from tpscentral.plenary.desk import Desk
from tpscentral.plenary.locks import Lock, locks_of, take_over, unlock_region
from tpscentral.plenary.readiness import Readiness, readiness_of
from tpscentral.plenary.recap import Recap, digest_of, encode_recap
from tpscentral.plenary.recapping import make_recap
from tpscentral.schema import WORDS

VOTES = ("suara_sah", "suara_tidak_sah", "suara_total", "pengguna_total_j")
"""Shown beside the candidates' votes; all other fields are one click away."""
DOWNLOADED = "unduh"
DOCUMENTS = ("hasil", "kejadian")


class RecapView(msgspec.Struct, frozen=True):
    """A region's table as it would be locked now, and what may be done.

    `own`: the account works in this plenary; `above`: in the one that takes over from it.
    `below` says how the plenaries right below stand; `closed` why nothing may be changed here.
    """

    recap: Recap
    locks: tuple[Lock, ...]
    readiness: Readiness
    below: dict[str, LockWord]
    own: bool
    above: bool
    goes_up: bool
    closed: str

    @property
    def lock(self) -> Lock | None:
        """The lock that holds, if any."""
        return self.locks[0] if self.locks and self.locks[0].holds else None

    @property
    def changed(self) -> bool:
        """Whether the plenary above has changed the table since: D.HASIL holds what was locked."""
        return self.lock is not None and self.lock.digest != digest_of(encode_recap(self.recap))


def routes() -> list[Route]:
    """The addresses of this module."""
    path = "{kode}/{contest}"
    return [
        view(f"/rekap/{path}", recapitulation),
        act(f"/rekap/{path}/ambil-alih", taken),
        act(f"/rekap/{path}/buka-kunci", unlocked),
        view(f"/dokumen/{path}/{{jenis}}", document),
    ]


def recapitulation(request: Request) -> Response:
    """The table of D.HASIL as it stands now."""
    return recap_page(request)


def recap_page(request: Request, *, status: int = 200, error: str = "") -> Response:
    """The page, with what went wrong in an act and with what was typed for it."""
    with looking(request) as desk:
        place = plenary_place(desk, request)
        seen = _recap_view(desk, place)
    typed = form_of(request).typed() if error else {}
    return show(
        request,
        "recap.html",
        place,
        status=status,
        view=seen,
        view_fields=[*((f, " vote") for f in _paslon(seen.recap)), *((f, "") for f in VOTES)],
        error=error,
        typed=typed,
    )


def plenary_place(desk: Desk, request: Request) -> Place:
    """The place of an address, which holds a plenary.

    Raises:
        HTTPException: 404, it does not.
        ForbiddenError: it lies outside of the account's region.
    """
    place = place_of(desk, request)
    if place.level is None:
        raise HTTPException(404, "Wilayah ini tidak mengadakan pleno.")
    return place


def taken(request: Request) -> Response:
    """A region below was taken over into the plenary of the account."""

    def do(desk: Desk, kode: str, contest: str, _form: Form) -> None:
        take_over(desk, kode, contest)

    return _acted(request, do, "Diambil alih.")


def unlocked(request: Request) -> Response:
    """A region was opened again by the level above."""

    def do(desk: Desk, kode: str, contest: str, form: Form) -> None:
        unlock_region(desk, kode, contest, reason=form.text("alasan", WORDS, lines=True))

    return _acted(request, do, "Kunci dibuka.")


def document(request: Request) -> Response:
    """D.HASIL or D.KEJADIAN KHUSUS of a locked region as PDF."""
    asked = request.path_params
    if asked["jenis"] not in DOCUMENTS:
        raise HTTPException(404, "Tidak ada dokumen seperti itu.")
    with working(request) as desk:
        place = plenary_place(desk, request)
        made = document_of(desk, place.kode, place.contest.key, asked["jenis"])
    target = f"{place.kode}/{place.contest.key}"
    journalled(request, DOWNLOADED, target, f"{made.name} {made.sha}")
    headers = {
        "Content-Disposition": f'attachment; filename="{made.name}"',
        "Cache-Control": "no-store",
    }
    return Response(made.data, media_type="application/pdf", headers=headers)


def _paslon(recap: Recap) -> list[str]:
    return [row.field for row in recap.rows if row.field.startswith("paslon_")]


def _recap_view(desk: Desk, place: Place) -> RecapView:
    kode, key = place.kode, place.contest.key
    level, account = level_of(kode), desk.account
    recap = make_recap(desk, kode, key)
    below = [column.kode for column in recap.columns]
    holds = level is not Level.KECAMATAN
    admin = account.role is Role.ADMIN and level is Level.PROVINSI
    return RecapView(
        recap=recap,
        locks=tuple(locks_of(desk, kode, key)),
        readiness=readiness_of(desk.connection, recap),
        below=lock_states(desk.connection, key, below) if holds else {},
        own=account.level is level and account.region == kode,
        above=admin or (level.above is not None and account.level is level.above),
        goes_up=level is not last_level(key) and level.above is not None,
        closed=closed_because(desk, kode, key) if account.level is level else "",
    )


def _acted(request: Request, do: Doing, said: str) -> Response:
    asked = request.path_params
    if error := attempted(request, do):
        return recap_page(request, status=status_of(error), error=str(error))
    back = form_of(request).text("kembali", 13) or asked["kode"]
    return went(request, f"/rekap/{back}/{asked['contest']}", said)
