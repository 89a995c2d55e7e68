"""Sesuai, koreksi, buka kembali: how officers decide what counts for a TPS.

Once decided, no number of a TPS is in doubt: each is sure, or somebody has looked and said so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec
from tpsbox.forms.model import Form

from tpscentral.plenary.acts import Act, Doing, do, was_corrected
from tpscentral.plenary.desk import Desk, Work, open_work
from tpscentral.plenary.said import RefusedError, check_fields, check_numbers
from tpscentral.standing import (
    DECIDED,
    Numbers,
    StandingState,
    Stated,
    broken_rules,
    untouched_state,
)


class UnseenError(RefusedError):
    """Fields are in doubt, and the act does not say that somebody looked; `fields` names them."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__(
            f"{len(fields)} isian masih ragu atau kosong: periksa dan tandai satu per satu."
        )
        self.fields = fields


class BrokenRulesError(RefusedError):
    """The numbers break rules that the act does not acknowledge; `rules` names them."""

    def __init__(self, rules: tuple[str, ...]) -> None:
        super().__init__(
            f"{len(rules)} aturan tidak cocok: perbaiki, atau tandai bahwa memang begitu di kertas."
        )
        self.rules = rules


def check(
    desk: Desk,
    tps: str,
    contest: str,
    *,
    version: int,
    confirmed: Collection[str] = (),
    acknowledged: Collection[str] = (),
) -> Act:
    """Sesuai: the numbers are those on the paper.

    `confirmed` names the doubtful fields that were looked at: an unsure number becomes sure by
    it, an empty one stays null. `acknowledged` names the broken rules that were seen.

    Raises:
        UnseenError, BrokenRulesError: something in doubt or broken is not named.
        RefusedError, ForbiddenError, OvertakenError: as `open_work`; or there is no result, or it
            was decided before.
        InputError: a field that the form does not have.
    """
    work = open_work(desk, tps, contest, version)
    if work.standing.state in DECIDED:
        raise RefusedError("TPS ini sudah diperiksa; buka kembali jika harus diubah.")
    return _decide(work, {}, Doing("check"), confirmed, acknowledged)


def correct(
    desk: Desk,
    tps: str,
    contest: str,
    numbers: Mapping[str, int | None],
    *,
    version: int,
    reason: str,
    reference: str | None = None,
    confirmed: Collection[str] = (),
    acknowledged: Collection[str] = (),
) -> Act:
    """Koreksi: these fields have these numbers; None says that the box on the paper is empty.

    Raises:
        InputError: no field, no reason, a number above 999, or above the kecamatan no reference.
        UnseenError, BrokenRulesError, RefusedError, ForbiddenError, OvertakenError: as `check`.
    """
    work = open_work(desk, tps, contest, version)
    checked = check_numbers(work.form, numbers)
    changed = {
        name: Stated(number, "corrected")
        for name, number in checked.items()
        if work.standing.numbers.get(name, Stated(None, "absent")).number != number
        or not _seen(work.standing.numbers.get(name))
    }
    if not changed:
        raise RefusedError("Tidak ada angka yang berubah; pilih Sesuai jika memang begitu.")
    doing = Doing("correct", reason, reference)
    return _decide(work, changed, doing, confirmed, acknowledged)


def reopen(
    desk: Desk, tps: str, contest: str, *, version: int, reason: str, reference: str | None = None
) -> Act:
    """Take a decision back; its numbers stay until the next one.

    Raises:
        RefusedError: it is not decided, or as `open_work`.
        InputError, ForbiddenError, OvertakenError: as `correct`.
    """
    work = open_work(desk, tps, contest, version)
    standing = work.standing
    if standing.state not in DECIDED:
        raise RefusedError("TPS ini belum diperiksa; tidak ada yang perlu dibuka kembali.")
    state = StandingState.WAITING
    if standing.source != "none":
        state = untouched_state(work.form, standing.numbers, closed=standing.closed)
    after = msgspec.structs.replace(standing, state=state)
    return do(work, after, Doing("reopen", reason, reference))


def state_no_result(
    desk: Desk, tps: str, contest: str, *, version: int, reason: str, reference: str | None = None
) -> Act:
    """Tanpa hasil: the plenary states that this TPS has none, so that the others can be locked.

    The TPS counts as decided with every number null; a result that comes later is flagged.

    Raises:
        RefusedError: there is a result, or one waits for a decision, or as `open_work`.
        InputError, ForbiddenError, OvertakenError: as `correct`.
    """
    work = open_work(desk, tps, contest, version)
    if work.standing.source != "none" or work.standing.flagged:
        raise RefusedError("TPS ini punya hasil; periksa atau koreksi hasil itu.")
    if work.standing.state in DECIDED:
        raise RefusedError("TPS ini sudah dinyatakan tanpa hasil.")
    after = msgspec.structs.replace(work.standing, state=StandingState.CHECKED)
    return do(work, after, Doing("none", reason, reference))


def doubtful(form: Form, numbers: Numbers) -> tuple[str, ...]:
    """Fields that nobody is sure of: a guess, or no statement at all."""
    return tuple(field.name for field in form.fields if not _seen(numbers.get(field.name)))


def _seen(stated: Stated | None) -> bool:
    return stated is not None and stated.state not in ("unsure", "absent")


def _decide(
    work: Work,
    changed: Mapping[str, Stated],
    doing: Doing,
    confirmed: Collection[str],
    acknowledged: Collection[str],
) -> Act:
    standing, form = work.standing, work.form
    if standing.source == "none":
        raise RefusedError("Belum ada hasil TPS ini; ketik dari kertas oleh dua orang.")
    check_fields(form, confirmed)
    doubts = doubtful(form, {**standing.numbers, **changed})
    unseen = tuple(name for name in doubts if name not in confirmed)
    if unseen:
        raise UnseenError(unseen)
    numbers = _settled(form, {**standing.numbers, **changed}, doubts)
    broken = broken_rules(form, numbers)
    if not set(broken) <= set(acknowledged):
        raise BrokenRulesError(broken)
    corrected = doing.kind == "correct" or was_corrected(work.desk.connection, standing)
    state = StandingState.CORRECTED if corrected else StandingState.CHECKED
    after = msgspec.structs.replace(standing, state=state, numbers=numbers, broken=broken)
    said = msgspec.structs.replace(doing, confirmed=doubts, acknowledged=broken)
    return do(work, after, said)


def _settled(form: Form, numbers: Numbers, doubts: tuple[str, ...]) -> Numbers:
    """Every field of the form, in its order; what was in doubt is confirmed as it is."""
    return {
        field.name: Stated(numbers[field.name].number, "confirmed")
        if field.name in doubts and field.name in numbers
        else numbers.get(field.name, Stated(None, "confirmed"))
        for field in form.fields
    }
