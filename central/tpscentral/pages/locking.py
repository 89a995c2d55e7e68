"""Kunci: the form with the names of those who sign a region's result, and of those who refuse."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tpsbox.errors import InputError

from tpscentral.levels import level_of
from tpscentral.pages.answers import went
from tpscentral.pages.desks import attempted, looking, show, status_of
from tpscentral.pages.forms import Form, form_of
from tpscentral.pages.gate import act, view
from tpscentral.pages.place import Place
from tpscentral.pages.recapitulation import plenary_place
from tpscentral.people.roles import require_work
from tpscentral.plenary.desk import Desk, check_open
from tpscentral.plenary.locks import lock_region
from tpscentral.plenary.readiness import readiness_of
from tpscentral.plenary.recap import digest_of, encode_recap
from tpscentral.plenary.recapping import make_recap
from tpscentral.plenary.signing import MEMBERS, NAME_LIMIT, Member, Presence, Signing, Witness
from tpscentral.schema import WORDS

PRESENCES: Mapping[str, Presence] = {
    "tanda-tangan": "signed",
    "menolak": "refused",
    "tidak-hadir": "absent",
}
PATH = "/kunci/{kode}/{contest}"


def routes() -> list[Route]:
    """The addresses of this module."""
    return [view(PATH, locking), act(PATH, locked)]


def locking(request: Request) -> Response:
    """The form, with the totals that it closes."""
    return _page(request)


def locked(request: Request) -> Response:
    """The region is closed; or the form again, with all names that were typed."""
    asked = request.path_params

    def do(desk: Desk, kode: str, contest: str, form: Form) -> None:
        signing = _signing(form, plenary_place(desk, request))
        lock_region(desk, kode, contest, signing, form.text("sidik", 64))

    if error := attempted(request, do):
        return _page(request, status=status_of(error), error=str(error))
    return went(request, f"/rekap/{asked['kode']}/{asked['contest']}", "Rekapitulasi dikunci.")


def _page(request: Request, *, status: int = 200, error: str = "") -> Response:
    with looking(request) as desk:
        place = plenary_place(desk, request)
        level = level_of(place.kode)
        require_work(desk.account, place.kode, level)
        if not error:
            check_open(desk, place.kode, place.contest.key, level)
        recap = make_recap(desk, place.kode, place.contest.key)
        ready = readiness_of(desk.connection, recap)
    return show(
        request,
        "lock.html",
        place,
        status=status,
        recap=recap,
        digest=digest_of(encode_recap(recap)),
        readiness=ready,
        counts=MEMBERS[level],
        presences=PRESENCES,
        error=error,
        typed=form_of(request).typed() if error else {},
    )


def _signing(form: Form, place: Place) -> Signing:
    most = max(MEMBERS[level_of(place.kode)])
    members = (_member(form, n) for n in range(1, most + 1))
    return Signing(
        tuple(member for member in members if member is not None),
        tuple(_witness(form, paslon.nomor) for paslon in place.contest.paslon),
        form.text("pengawas", NAME_LIMIT),
    )


def _member(form: Form, n: int) -> Member | None:
    name = form.text(f"anggota-{n}", NAME_LIMIT)
    reason = form.text(f"anggota-alasan-{n}", WORDS)
    signed = form.text(f"anggota-hadir-{n}", 20) != "menolak"
    if not name and not reason:
        return None
    return Member(name, signed=signed, reason=reason or None)


def _witness(form: Form, nomor: int) -> Witness:
    presence = PRESENCES.get(form.text(f"saksi-hadir-{nomor}", 20))
    if presence is None:
        raise InputError(f"Saksi paslon {nomor}: pilih menandatangani, menolak atau tidak hadir.")
    name = form.text(f"saksi-{nomor}", NAME_LIMIT)
    return Witness(nomor, name, presence, form.text(f"saksi-alasan-{nomor}", WORDS) or None)
