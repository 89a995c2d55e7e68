"""A hold: what stands becomes a signed result in the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from tpsbox.forms.election import Election
from tpsbox.kiosk.clock import BoxClock
from tpsbox.kiosk.evidence import contest_evidence
from tpsbox.kiosk.standing import ContestStanding, stand_all
from tpsbox.record.evidence import evidence_root
from tpsbox.record.signing import sign_result, split_result
from tpsbox.record.statement import (
    ContestResult,
    State,
    Statement,
    Value,
    decode_statement,
    encode_statement,
)
from tpsbox.store.store import Store

LAST_SECOND = 2**32 - 1


class Closing(msgspec.Struct, frozen=True):
    """What a hold led to.

    `number` and `id` are those of the result, None if none was made. `closed` names the contests
    closed in it, `incomplete` those begun and still open; all are keys.
    """

    kind: Literal["closed", "incomplete", "nothing", "unchanged", "unenrolled"]
    number: int | None = None
    id: bytes | None = None
    closed: tuple[str, ...] = ()
    incomplete: tuple[str, ...] = ()


class _Content(msgspec.Struct, frozen=True):
    """Everything of a result but its number and time."""

    contests: tuple[ContestResult, ...]
    root: bytes
    evidence: tuple[bytes, ...]
    photos: tuple[str, ...]


def close(
    store: Store, election: Election, model: bytes, clock: BoxClock, *, everything: bool
) -> Closing:
    """Sign and queue a result over the contests whose sheets are all in.

    What was closed before stays closed. With `everything`, contests that lack sheets are closed
    too. `model` is the SHA-256 of the reading model.

    Raises:
        AnswerError: all numbers of this epoch are used.
        InputError: a stored reading does not fit its form.
        EnvironmentFault: the disk does not take it; then there is no result.
    """
    standings = stand_all(store, election)
    before = newest_statement(store, election)
    shut = {c.key for c in before.contests if c.closed} if before else set()
    open_ones = [c for c in standings if c.key not in shut]
    lacking = tuple(c.key for c in open_ones if c.begun and not c.complete)
    shut |= {c.key for c in open_ones if c.complete or (everything and c.begun)}
    left = () if everything else lacking
    if not shut:
        return Closing("incomplete" if left else "nothing", incomplete=left)
    enrolment = store.identity.enrolment()
    if enrolment is None:
        return Closing("unenrolled", incomplete=left)
    content = _content(store, standings, shut, model)
    if before and (before.contests, before.root) == (content.contests, content.root):
        # Nothing new to say: an impatient hold makes no chain of equal results.
        return Closing("incomplete" if left else "unchanged", incomplete=left)
    number = store.results.reserve(enrolment.epoch)
    statement = Statement(
        package=election.package,
        tps=store.identity.owner().tps,
        epoch=enrolment.epoch,
        number=number,
        time=min(max(int(clock.now()), 0), LAST_SECOND),
        clock=clock.quality,
        contests=content.contests,
        root=content.root,
    )
    record = sign_result(encode_statement(statement, election), store.identity.signing_key())
    id = store.results.add_result(
        record,
        number=number,
        epoch=enrolment.epoch,
        evidence=content.evidence,
        photos=content.photos,
    )
    closed = tuple(c.key for c in standings if c.key in shut)
    return Closing("incomplete" if left else "closed", number, id, closed, left)


def newest_statement(store: Store, election: Election) -> Statement | None:
    """What this box stated last, None before its first result.

    Raises:
        InputError: the kept record is not of this election.
    """
    newest = store.results.newest()
    if newest is None:
        return None
    return decode_statement(split_result(newest.record)[0], election)


def _content(
    store: Store, standings: Sequence[ContestStanding], shut: set[str], model: bytes
) -> _Content:
    tps = store.identity.owner().tps
    attachments = [s for s in store.sheets.list(kind="attachment") if s.status != "rejected"]
    photos = {sheet.photo: None for sheet in attachments}
    evidence: list[bytes] = []
    for contest in standings:
        if contest.key in shut:
            evidence += contest_evidence(contest, tps, model)
            photos |= {sheet.photo: None for sheet in contest.sheets}
    loose = [bytes.fromhex(sheet.photo) for sheet in attachments]
    return _Content(
        contests=tuple(_contest(c, c.key in shut) for c in standings),
        root=evidence_root([*evidence, *loose]),
        evidence=tuple(evidence),
        photos=tuple(photos),
    )


def _contest(contest: ContestStanding, closed: bool) -> ContestResult:
    """An open contest states nothing yet: half of it would only be mistaken for a result."""
    if not closed:
        return ContestResult(contest.key, False, (Value(State.ABSENT),) * len(contest.fields))
    return ContestResult(contest.key, True, contest.values)
