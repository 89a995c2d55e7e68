"""The page of a TPS, and the short acts on it: sesuai, buka kembali, tanpa hasil, PSU, late."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tpsbox.errors import InputError

from tpscentral.pages.answers import went
from tpscentral.pages.desks import Doing, attempted, looking, place_of, show, status_of
from tpscentral.pages.forms import Form, FormError, form_of
from tpscentral.pages.gate import act, view
from tpscentral.pages.tps_view import tps_view
from tpscentral.plenary.deciding import BrokenRulesError, check, reopen, state_no_result
from tpscentral.plenary.desk import Desk
from tpscentral.plenary.late import decide_late
from tpscentral.plenary.revote import set_psu
from tpscentral.psu import Psu
from tpscentral.schema import WORDS
from tpscentral.standing import OvertakenError

PATH = "/tps/{kode}/{contest}"

OVERTAKEN = "TPS ini baru saja diubah orang lain. Lihat lagi angka di bawah, lalu simpan kembali."


def routes() -> list[Route]:
    """The addresses of this module."""
    return [
        view(PATH, tps),
        act(f"{PATH}/sesuai", checked),
        act(f"{PATH}/buka-kembali", reopened),
        act(f"{PATH}/tanpa-hasil", without_result),
        act(f"{PATH}/psu", revoted),
        act(f"{PATH}/terlambat", late_decided),
    ]


def tps(request: Request) -> Response:
    """A TPS: photo beside numbers, what was said of each, and what may be done."""
    return tps_page(request)


def tps_page(
    request: Request,
    *,
    status: int = 200,
    error: str = "",
    overtaken: bool = False,
    broken: tuple[str, ...] = (),
) -> Response:
    """The page, with what went wrong in an act and with what was typed for it.

    Where somebody else was quicker nothing is ticked: it was said of other numbers. `broken` names
    rules that doubtful numbers break as soon as they are confirmed, to be ticked as well.
    """
    with looking(request) as desk:
        place = place_of(desk, request)
        if len(place.kode) != 13:
            raise HTTPException(404, "Kode TPS terdiri atas 13 angka.")
        shown = tps_view(desk, place)
    typed = form_of(request) if error else None
    ticked: set[str] = set()
    if typed and not overtaken:
        ticked = set(typed.many("lihat") + typed.many("aturan"))
    return show(
        request,
        "tps.html",
        place,
        status=status,
        view=shown,
        error=error,
        typed=typed.typed() if typed else {},
        ticked=ticked,
        broken=tuple(r for r in shown.rules if r.holds is False or r.name in ticked.union(broken)),
        psu=tuple(Psu),
    )


def checked(request: Request) -> Response:
    """Sesuai: the numbers are those on the paper."""

    def do(desk: Desk, kode: str, contest: str, form: Form) -> None:
        seen, rules = form.many("lihat"), form.many("aturan")
        check(desk, kode, contest, version=version_of(form), confirmed=seen, acknowledged=rules)

    return _acted(request, do, "Ditandai sesuai.")


def reopened(request: Request) -> Response:
    """A decision is taken back."""

    def do(desk: Desk, kode: str, contest: str, form: Form) -> None:
        reason, reference = reasons_of(form)
        reopen(desk, kode, contest, version=version_of(form), reason=reason, reference=reference)

    return _acted(request, do, "TPS dibuka kembali.")


def without_result(request: Request) -> Response:
    """The plenary states that this TPS has no result."""

    def do(desk: Desk, kode: str, contest: str, form: Form) -> None:
        reason, reference = reasons_of(form)
        state_no_result(
            desk, kode, contest, version=version_of(form), reason=reason, reference=reference
        )

    return _acted(request, do, "Dinyatakan tanpa hasil.")


def revoted(request: Request) -> Response:
    """How the voting or counting was held."""

    def do(desk: Desk, kode: str, contest: str, form: Form) -> None:
        reason, reference = reasons_of(form)
        psu = form.text("psu", 16)
        set_psu(
            desk, kode, contest, psu, version=version_of(form), reason=reason, reference=reference
        )

    return _acted(request, do, "Keadaan TPS dicatat.")


def late_decided(request: Request) -> Response:
    """A result that came late is taken or left."""

    def do(desk: Desk, kode: str, contest: str, form: Form) -> None:
        reason, reference = reasons_of(form)
        decision = form.text("putusan", 8)
        if decision not in ("terima", "abaikan"):
            raise InputError("Pilih terima atau abaikan.")
        decide_late(
            desk,
            form.text("hasil", 64),
            contest,
            take=decision == "terima",
            version=version_of(form),
            reason=reason,
            reference=reference,
        )

    return _acted(request, do, "Keputusan atas hasil terlambat dicatat.")


def version_of(form: Form) -> int:
    """The version of the standing that the form was made from.

    Raises:
        FormError: there is none.
    """
    text = form.text("versi", 12)
    if not (text.isascii() and text.isdigit()):
        raise FormError("Formulir ini tidak lengkap; buka lagi halaman TPS.")
    return int(text)


def reasons_of(form: Form) -> tuple[str, str | None]:
    """The reason, and the reference to C.KEJADIAN KHUSUS if one was given."""
    return form.text("alasan", WORDS, lines=True), form.text("rujukan", WORDS) or None


def _acted(request: Request, do: Doing, said: str) -> Response:
    """Do it in a transaction; what is wrong with it is shown on the page, with what was typed."""
    asked = request.path_params
    if error := attempted(request, do):
        overtaken = isinstance(error, OvertakenError)
        told = OVERTAKEN if overtaken else str(error)
        broken = error.rules if isinstance(error, BrokenRulesError) else ()
        return tps_page(
            request, status=status_of(error), error=told, overtaken=overtaken, broken=broken
        )
    return went(request, f"/tps/{asked['kode']}/{asked['contest']}", said)
