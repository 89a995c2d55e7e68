"""Re-votes and recounts: another `psu` state, and what it does to the numbers of before."""

from __future__ import annotations

import msgspec
from tpsbox.errors import InputError
from tpsbox.forms.model import Form

from tpscentral.plenary.acts import Act, Doing, do, set_aside_by
from tpscentral.plenary.desk import Desk, open_work
from tpscentral.plenary.said import RefusedError
from tpscentral.psu import Psu
from tpscentral.standing import (
    NOTHING,
    Numbers,
    Standing,
    StandingState,
    broken_rules,
    untouched_state,
)


def set_psu(
    desk: Desk,
    tps: str,
    contest: str,
    psu: str,
    *,
    version: int,
    reason: str,
    reference: str | None = None,
) -> Act:
    """Say how the voting or counting was held.

    A Pemungutan or Penghitungan Suara Ulang sets aside what counted before: the TPS waits for the
    new result, and the act keeps the old numbers, which stay visible. Taken back before a new
    result has come, it gives them back, to be checked anew.

    Raises:
        InputError: no such state, no reason, or above the kecamatan no reference.
        RefusedError: it has this state already, or a lock is in the way.
        ForbiddenError, OvertakenError: as `open_work`.
    """
    work = open_work(desk, tps, contest, version)
    try:
        wanted = Psu(psu)
    except ValueError as error:
        raise InputError(f"{psu[:20]!r} bukan keterangan PSU.") from error
    if work.standing.psu == wanted:
        raise RefusedError(f"TPS ini sudah berketerangan {wanted.words}.")
    after = msgspec.structs.replace(work.standing, psu=wanted.value)
    if wanted.voids:
        after = set_aside(after)
    elif after.source == "none" and Psu(work.standing.psu).voids:
        act = set_aside_by(desk.connection, after)
        after = given_back(after, act, work.form) if act else after
    return do(work, after, Doing("psu", reason, reference))


def set_aside(standing: Standing) -> Standing:
    """The same TPS as if nothing had come in yet."""
    return msgspec.structs.replace(
        standing,
        state=StandingState.WAITING,
        source="none",
        result=None,
        closed=False,
        numbers={},
        broken=(),
        cara=None,
        arrived_at=None,
    )


def given_back(standing: Standing, act: Act, form: Form) -> Standing:
    """The TPS with what counted before the act that set it aside, for officers to check."""
    before, changes = act.body.before, act.body.changes
    numbers: Numbers = {
        field.name: changes[field.name].before or NOTHING
        for field in form.fields
        if field.name in changes
    }
    return msgspec.structs.replace(
        standing,
        state=untouched_state(form, numbers, closed=before.closed),
        source=before.source,
        result=before.result,
        closed=before.closed,
        numbers=numbers,
        broken=broken_rules(form, numbers),
        cara=before.cara,
        arrived_at=before.arrived_at,
    )
