"""Everything that `tpsbox status` shows, gathered from the store as plain data."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

from tpsbox.board.notices import Notice
from tpsbox.cli.shown import BrokenRule, FieldShown, broken_rules, shown
from tpsbox.forms.election import Election, TpsName
from tpsbox.kiosk.clock import BoxClock
from tpsbox.kiosk.closing import newest_statement
from tpsbox.kiosk.condition import Condition, kiosk_condition
from tpsbox.kiosk.eye import REASONS
from tpsbox.kiosk.lights import holdings, signals, unsent_photos
from tpsbox.kiosk.lock import kiosk_serves
from tpsbox.kiosk.machine import State
from tpsbox.kiosk.reader import heading_path
from tpsbox.kiosk.standing import ContestStanding, stand_all
from tpsbox.kiosk.watch import Problem, little_room, wrong_clock
from tpsbox.record.statement import Value
from tpsbox.store.linkstate import LinkState
from tpsbox.store.outbox import ItemState
from tpsbox.store.store import Store
from tpsbox.uplink.lock import links_now

RESULT_WORDS = {
    ItemState.QUEUED: "menunggu dikirim",
    ItemState.HANDED: "sedang dikirim",
    ItemState.BROKER_ACK: "terkirim, menunggu tanda terima",
    ItemState.AT_KECAMATAN: "di kecamatan, belum tersimpan di pusat",
    ItemState.STORED: "tersimpan di pusat",
    ItemState.REFUSED: "ditolak pusat",
    ItemState.CONFLICT: "bentrok di pusat",
}


class ContestReport(msgspec.Struct, frozen=True):
    """One contest: sheets by number, fields in doubt, broken rules.

    `changed`: it was closed, and other numbers stand since. `headings` are pictures of the
    handwritten names on its sheets, to compare with the TPS.
    """

    key: str
    title: str
    closed: bool
    changed: bool
    pages_in: tuple[int, ...]
    missing: tuple[int, ...]
    fields: tuple[FieldShown, ...]
    doubtful: tuple[FieldShown, ...]
    broken: tuple[BrokenRule, ...]
    headings: tuple[str, ...]


class RefusedPhoto(msgspec.Struct, frozen=True):
    """A photo that was refused: its hash in hex, the code and the sentence of why."""

    photo: str
    reason: str
    sentence: str


class ResultReport(msgspec.Struct, frozen=True):
    """The newest result; `state` is that of the outbox, `words` the same for people."""

    id: str
    epoch: int
    number: int
    made_at: float
    state: str
    words: str


class BoxReport(msgspec.Struct, frozen=True):
    """The whole box.

    `state` is what the kiosk is about, None while it does not run. `lights`: by light, its signal,
    pattern and meaning; `all` is what the three say together. `problems`: what is wrong with it.
    `unsent` photos were kept after the last result.
    """

    tps: TpsName
    election: str
    epoch: int | None
    kiosk: bool
    state: str | None
    problems: tuple[Problem, ...]
    lights: dict[str, dict[str, str]]
    photos: int
    unread: int
    unsent: int
    attachments: int
    refused: tuple[RefusedPhoto, ...]
    contests: tuple[ContestReport, ...]
    result: ResultReport | None
    outbox: dict[str, dict[str, int]]
    links: tuple[LinkState, ...]


def report(data: Path, store: Store, election: Election) -> BoxReport:
    """Gather it.

    Raises:
        InputError: something stored cannot be understood.
        EnvironmentFault: the disk fails.
    """
    enrolment = store.identity.enrolment()
    standings = stand_all(store, election)
    statement = newest_statement(store, election)
    stated = {c.key: c.values for c in statement.contests if c.closed} if statement else {}
    rows = store.sheets.list()
    counts = store.outbox.summary().counts
    condition = kiosk_condition(data)
    return BoxReport(
        tps=election.tps(store.identity.owner().tps),
        election=election.name,
        epoch=None if enrolment is None else enrolment.epoch,
        kiosk=kiosk_serves(data),
        state=None if condition is None else condition.state,
        problems=_problems(data, condition),
        lights=_lights(store, standings, condition),
        photos=len(rows),
        unread=sum(row.status == "taken" and row.kind == "sheet" for row in rows),
        unsent=unsent_photos(store, rows),
        attachments=sum(row.kind == "attachment" and row.status != "rejected" for row in rows),
        refused=tuple(
            RefusedPhoto(row.photo, row.reason, REASONS.get(row.reason, row.reason))
            for row in rows
            if row.status == "rejected"
        ),
        contests=tuple(
            _contest(data, c, election.contest_of(c.key).title, stated.get(c.key))
            for c in standings
        ),
        result=_result(store),
        outbox={
            kind.value: {state.value: count for state, count in states.items()}
            for kind, states in counts.items()
        },
        links=links_now(store),
    )


def _contest(
    data: Path, contest: ContestStanding, title: str, stated: tuple[Value, ...] | None
) -> ContestReport:
    """`stated` is what the newest result says of it, None while it is open."""
    newest = {sheet.page: sheet.id for sheet in contest.sheets}
    paths = [heading_path(data, newest[page]) for page in contest.pages_in]
    return ContestReport(
        key=contest.key,
        title=title,
        closed=stated is not None,
        changed=stated is not None and stated != contest.values,
        pages_in=contest.pages_in,
        missing=contest.missing,
        fields=tuple(shown(contest, field) for field in contest.fields),
        doubtful=tuple(shown(contest, field) for field in contest.doubtful),
        broken=broken_rules(contest),
        headings=tuple(str(path) for path in paths if path.is_file()),
    )


def _result(store: Store) -> ResultReport | None:
    newest = store.results.newest()
    item = None if newest is None else store.outbox.get(newest.id)
    if newest is None or item is None:
        return None
    words = RESULT_WORDS[item.state]
    return ResultReport(
        newest.id.hex(), newest.epoch, newest.number, newest.made_at, item.state.value, words
    )


def _lights(
    store: Store, standings: tuple[ContestStanding, ...], condition: Condition | None
) -> dict[str, dict[str, str]]:
    """What the lights show; else what lights at rest would show of this store."""
    if condition is not None:
        return condition.lights
    return signals(State.READY, holdings(store, standings)).described()


def _problems(data: Path, condition: Condition | None) -> tuple[Problem, ...]:
    """What the kiosk says, and what is seen without it: on a locked disk it says nothing new."""
    told = () if condition is None else condition.problems
    known = {problem.code for problem in told}
    clock = BoxClock(time.time)
    seen = {Notice.CLOCK: wrong_clock(clock), Notice.STORAGE: little_room(data)}
    more = (
        Problem(notice.value, text, clock.now())
        for notice, text in seen.items()
        if text and notice.value not in known
    )
    return (*told, *more)
