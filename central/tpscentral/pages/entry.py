"""Two people type what they see on the paper: beside a box's result, or in place of one."""

from __future__ import annotations

from typing import Literal

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tpsbox.errors import AnswerError, InputError
from tpsbox.forms.model import Form as Sheet

from tpscentral.pages.answers import account_of, went
from tpscentral.pages.desks import looking, place_of, show, status_of, working
from tpscentral.pages.figures import figures_of
from tpscentral.pages.forms import PHOTO_LIMIT, form_of
from tpscentral.pages.formulas import labels_of
from tpscentral.pages.gate import act, view
from tpscentral.pages.paper_photo import keep_paper
from tpscentral.pages.place import Place
from tpscentral.pages.tps import PATH
from tpscentral.pages.tps_view import TpsView, tps_view
from tpscentral.people.roles import ForbiddenError
from tpscentral.plenary.desk import require_level
from tpscentral.plenary.entries import Comparison, EntryKind, enter
from tpscentral.schema import WORDS

KINDS: dict[str, EntryKind] = {"ganda": "blind", "ketik": "typed"}
"""By the word in the address: a blind second entry, or a sheet typed by hand."""


class Draft(msgspec.Struct, frozen=True):
    """The form as it is shown again: what was typed, and what is wrong with it."""

    texts: dict[str, str] = {}
    error: str = ""
    wrong: dict[str, str] = {}
    unseen: tuple[str, ...] = ()
    photo: str = ""
    reference: str = ""


def routes() -> list[Route]:
    """The addresses of this module."""
    return [
        view(f"{PATH}/isian/{{jenis}}", entry),
        act(f"{PATH}/isian/{{jenis}}", entered, limit=PHOTO_LIMIT),
    ]


def entry(request: Request) -> Response:
    """An empty sheet to type, or how the two entries compare once both are in."""
    with looking(request) as desk:
        place = place_of(desk, request)
        seen = tps_view(desk, place)
    return _show(request, place, seen, Draft())


def entered(request: Request) -> Response:
    """Keeps what was typed; the photo of a typed sheet is kept even if a number is still wrong."""
    form, kind = form_of(request), _kind(request)
    with looking(request) as desk:
        place = place_of(desk, request)
        require_level(desk, place.kode)
        seen = tps_view(desk, place)
    typed = figures_of(form, place.form)
    texts, photo = _texts(request, place.form), form.raw("foto_sidik")[:64]
    draft = Draft(texts, photo=photo, reference=form.raw("rujukan")[:1000])
    try:
        reference = form.text("rujukan", WORDS)
        if kind == "typed" and (jpeg := form.upload("foto")):
            draft = msgspec.structs.replace(draft, photo=keep_paper(request, place, jpeg))
        wrong = typed.wrong | dict.fromkeys(typed.blank, "belum diketik")
        if wrong:
            told = f"{len(wrong)} isian belum benar. Semua isian harus diketik; - untuk kosong."
            draft = msgspec.structs.replace(draft, wrong=wrong)
            raise InputError(told)
        with working(request) as desk:
            now = enter(
                desk,
                place.kode,
                place.contest.key,
                kind,
                typed.numbers,
                photo=draft.photo or None,
                reference=reference or None,
            )
    except ForbiddenError:
        raise
    except (InputError, AnswerError) as error:
        draft = msgspec.structs.replace(draft, error=str(error))
        return _show(request, place, seen, draft, status_of(error))
    here = f"/tps/{place.kode}/{place.contest.key}"
    return went(request, f"{here}/isian/{request.path_params['jenis']}", _said(now))


def _said(now: Comparison) -> str:
    if not now.complete:
        return "Isian Anda tersimpan. Sekarang orang lain mengetik tanpa melihat isian ini."
    return "Dua isian sama." if now.agree else "Dua isian berbeda."


def _kind(request: Request) -> Literal["blind", "typed"]:
    kind = KINDS.get(request.path_params["jenis"])
    if kind is None:
        raise HTTPException(404, "Tidak ada isian seperti itu.")
    return kind


def _texts(request: Request, sheet: Sheet) -> dict[str, str]:
    form = form_of(request)
    return {field.name: form.raw(f"angka.{field.name}")[:8] for field in sheet.fields}


def _show(
    request: Request, place: Place, seen: TpsView, draft: Draft, status: int = 200
) -> Response:
    kind = _kind(request)
    round_ = seen.blind if kind == "blind" else seen.typed
    missing = seen.standing.source == "none" and not seen.decided
    return show(
        request,
        "entry.html",
        place,
        status=status,
        view=seen,
        draft=draft,
        entry_kind=kind,
        word=request.path_params["jenis"],
        round=round_,
        labels=labels_of(place.contest, place.form),
        open=round_.waiting and not seen.closed and missing == (kind == "typed"),
        who=account_of(request).username,
    )
