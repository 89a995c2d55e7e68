"""What the lights show: a pure function of the kiosk's state and of what the store holds."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from tpsbox.board.notices import Notice
from tpsbox.board.signals import Shown, Signal
from tpsbox.kiosk.machine import State
from tpsbox.kiosk.standing import ContestStanding
from tpsbox.store.linkstate import LinkCondition
from tpsbox.store.outbox import ItemKind, ItemState
from tpsbox.store.sheets import Sheet
from tpsbox.store.store import Store

ANSWERED = frozenset({ItemState.STORED, ItemState.REFUSED, ItemState.CONFLICT})
BAD = frozenset({ItemState.REFUSED, ItemState.CONFLICT})


class Holdings(msgspec.Struct, frozen=True):
    """What the store holds, as far as the lights tell.

    Counts: `photos` kept and not refused, `unread` of them, `sheets` read, `doubtful` fields of
    these, `missing` sheets of all contests of the election, `waiting` evidence and photos on their
    way, or of which no result tells yet. `result` is the newest result's state; `trouble` means
    that a person must act for anything to get to the centre.
    """

    photos: int = 0
    unread: int = 0
    sheets: int = 0
    doubtful: int = 0
    missing: int = 0
    result: ItemState | None = None
    waiting: int = 0
    trouble: bool = False


def holdings(store: Store, standings: Sequence[ContestStanding]) -> Holdings:
    """Count what the store holds.

    Raises:
        EnvironmentFault: the disk fails.
    """
    rows = store.sheets.list()
    summary = store.outbox.summary()
    rest = [
        (state, count)
        for kind in (ItemKind.EVIDENCE, ItemKind.PHOTO)
        for state, count in summary.counts[kind].items()
    ]
    running = [link.state for link in store.links.list() if link.state is not LinkCondition.OFF]
    # As long as one link works or tries again by itself, results have a way.
    stopped = bool(running) and set(running) == {LinkCondition.STOPPED}
    return Holdings(
        photos=sum(row.status != "rejected" for row in rows),
        unread=sum(row.status == "taken" and row.kind == "sheet" for row in rows),
        sheets=sum(len(contest.sheets) for contest in standings),
        doubtful=sum(len(contest.doubtful) for contest in standings),
        missing=sum(len(contest.missing) for contest in standings),
        result=summary.newest_result,
        waiting=sum(count for state, count in rest if state not in ANSWERED)
        + unsent_photos(store, rows),
        trouble=stopped or summary.newest_result in BAD or any(state in BAD for state, _ in rest),
    )


def unsent_photos(store: Store, rows: Sequence[Sheet]) -> int:
    """Of the photos in `rows` those kept after the last result: the next one takes them along.

    0 before the first.

    Raises:
        EnvironmentFault: the disk fails.
    """
    if store.results.newest() is None:
        return 0
    kept = (row.photo for row in rows if row.status != "rejected")
    return sum(store.outbox.get(bytes.fromhex(photo)) is None for photo in kept)


WHOLE = {State.STUCK: Notice.STUCK, State.SHUTTING_DOWN: Notice.SHUTTING_DOWN}
CAMERA = {
    State.CAPTURING: Signal.TAKING,
    State.REFUSED: Signal.REFUSED,
    State.CAMERA_FAULT: Signal.FAULT,
    State.DISK_FAULT: Signal.DISK,
    State.FAULT: Signal.FAILED,
}


def signals(state: State, held: Holdings, warnings: Collection[Notice] = ()) -> Shown:
    """One signal for each light, and the most urgent that all three say together."""
    notice = WHOLE.get(state) or next((n for n in Notice if n in warnings), None)
    camera = CAMERA.get(state) or (Signal.KEPT if held.photos else Signal.NO_PHOTO)
    return Shown(camera, _tick(state, held), _cloud(state, held), notice)


def _tick(state: State, held: Holdings) -> Signal:
    if state is State.ARMED:
        return Signal.INCOMPLETE
    if held.unread:
        return Signal.READING
    if not held.sheets:
        return Signal.NOTHING_READ
    if held.doubtful:
        return Signal.DOUBT
    return Signal.MORE_SHEETS if held.missing else Signal.SURE


def _cloud(state: State, held: Holdings) -> Signal:
    if state is State.HELD_BACK or held.trouble:
        return Signal.TROUBLE
    if held.result is None:
        return Signal.NO_RESULT
    if held.result is ItemState.AT_KECAMATAN:
        return Signal.AT_KECAMATAN
    if held.result is not ItemState.STORED:
        return Signal.WAITING
    return Signal.REST_WAITING if held.waiting else Signal.STORED
