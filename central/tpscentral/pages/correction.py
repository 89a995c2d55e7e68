"""Koreksi: the form with every number beside its crop, and who comes second is told."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tpsbox.errors import AnswerError, InputError
from tpsbox.forms.model import Form as Sheet

from tpscentral.pages.answers import went
from tpscentral.pages.desks import looking, place_of, show, working
from tpscentral.pages.figures import (
    Figures,
    figures_of,
    packed,
    text_of,
    texts_of,
    unpacked,
)
from tpscentral.pages.forms import Form, form_of
from tpscentral.pages.gate import act, view
from tpscentral.pages.place import Place
from tpscentral.pages.tps import OVERTAKEN, PATH, reasons_of, version_of
from tpscentral.pages.tps_view import TpsView, tps_view
from tpscentral.people.roles import ForbiddenError
from tpscentral.plenary.acts import Act
from tpscentral.plenary.deciding import BrokenRulesError, UnseenError, correct
from tpscentral.plenary.desk import require_level
from tpscentral.standing import NOTHING, OvertakenError, Stated

BOX, BOX_REASON = "kotak TPS", "hasil baru dari kotak"
"""Who has changed a field, and why, where no officer has."""


class Clash(NamedTuple):
    """A field that somebody else, or a new result, has changed since the form was opened."""

    account: str
    reason: str
    now: Stated
    typed: str


class Draft(msgspec.Struct, frozen=True):
    """The form as it is shown: what stands in each box, and what to tell about it.

    `unseen` are fields to look at, `clashes` those that somebody else has changed meanwhile.
    """

    texts: dict[str, str]
    reason: str = ""
    reference: str = ""
    error: str = ""
    wrong: dict[str, str] = {}
    unseen: tuple[str, ...] = ()
    clashes: dict[str, Clash] = {}
    ticked: frozenset[str] = frozenset()
    rules: tuple[str, ...] = ()


def routes() -> list[Route]:
    """The addresses of this module."""
    return [view(f"{PATH}/koreksi", correction), act(f"{PATH}/koreksi", corrected)]


def correction(request: Request) -> Response:
    """An empty form: it holds what counts now, and nothing where that is in doubt."""
    with looking(request) as desk:
        place = place_of(desk, request)
        seen = tps_view(desk, place)
    if seen.standing.source == "none":
        raise HTTPException(404, "Belum ada hasil TPS ini; ketik dari kertas oleh dua orang.")
    return _show(request, place, seen, Draft(texts_of(seen.standing.numbers, place.form)))


def corrected(request: Request) -> Response:
    """The numbers that were typed count from now on; or the form again, with all that was typed."""
    form = form_of(request)
    with looking(request) as desk:
        place = place_of(desk, request)
        require_level(desk, place.kode)
        seen = tps_view(desk, place)
    typed = figures_of(form, place.form)
    draft = _draft(form, place.form, typed)
    if _is_stale(form, seen):
        # Before all else: shown again for another reason, the form would pass for a fresh one.
        return _overtaken(request, form, draft)
    lost = [name for name in typed.blank if name not in seen.doubts]
    if typed.wrong or lost:
        told = typed.wrong | dict.fromkeys(lost, "kosong di kertas? ketik -")
        error = f"{len(told)} isian belum benar."
        return _again(request, place, seen, draft, error, 400, wrong=told)
    try:
        with working(request) as desk:
            reason, reference = reasons_of(form)
            correct(
                desk,
                place.kode,
                place.contest.key,
                typed.numbers,
                version=version_of(form),
                reason=reason,
                reference=reference,
                acknowledged=form.many("aturan"),
            )
    except ForbiddenError:
        raise
    except OvertakenError:
        return _overtaken(request, form, draft)
    except UnseenError as error:
        return _again(request, place, seen, draft, str(error), 409, unseen=error.fields)
    except BrokenRulesError as error:
        return _again(request, place, seen, draft, str(error), 409, rules=error.rules)
    except InputError as error:
        return _again(request, place, seen, draft, str(error), 400)
    except AnswerError as error:
        return _again(request, place, seen, draft, str(error), 409)
    return went(request, f"/tps/{place.kode}/{place.contest.key}", "Koreksi tersimpan.")


def _is_stale(form: Form, seen: TpsView) -> bool:
    made_from = form.raw("versi")
    return made_from.isdigit() and made_from != str(seen.standing.version)


def _overtaken(request: Request, form: Form, draft: Draft) -> Response:
    """Show both values of what somebody else has changed; what he changed alone is taken over."""
    version = version_of(form)
    with looking(request) as desk:
        place = place_of(desk, request)
        seen = tps_view(desk, place)
    texts, clashes = dict(draft.texts), {}
    for done in (done for done in seen.acts if done.version > version):
        for name, after in _changed(done).items():
            mine, before = draft.texts.get(name, ""), text_of(done.body.changes[name].before)
            now = seen.standing.numbers.get(name, after)
            if mine in (before, text_of(now)):
                texts[name] = text_of(now)
            clashes[name] = Clash(done.account, done.reason, now, mine)
    now_texts = texts_of(seen.standing.numbers, place.form)
    for name, before in unpacked(form.raw("semula")).items():
        if name in clashes or now_texts.get(name, before) == before:
            continue
        mine = draft.texts.get(name, "")
        if mine in (before, now_texts[name]):
            texts[name] = now_texts[name]
        clashes[name] = Clash(BOX, BOX_REASON, seen.standing.numbers.get(name, NOTHING), mine)
    # What was ticked was said of other numbers.
    told = msgspec.structs.replace(draft, texts=texts, clashes=clashes, ticked=frozenset())
    return _again(request, place, seen, told, OVERTAKEN, 409)


def _changed(done: Act) -> dict[str, Stated]:
    return {name: change.after or NOTHING for name, change in done.body.changes.items()}


def _draft(form: Form, sheet: Sheet, typed: Figures) -> Draft:
    names = [field.name for field in sheet.fields]
    return Draft(
        texts={name: form.raw(f"angka.{name}")[:8] for name in names},
        reason=form.raw("alasan")[:1000],
        reference=form.raw("rujukan")[:1000],
        ticked=frozenset(form.many("aturan")),
    )


def _again(
    request: Request,
    place: Place,
    seen: TpsView,
    draft: Draft,
    error: str,
    status: int,
    **more: object,
) -> Response:
    told = msgspec.structs.replace(draft, error=error, **more)
    return _show(request, place, seen, told, status)


def _show(
    request: Request, place: Place, seen: TpsView, draft: Draft, status: int = 200
) -> Response:
    opened = packed(texts_of(seen.standing.numbers, place.form))
    return show(
        request, "correction.html", place, status=status, view=seen, draft=draft, opened=opened
    )
