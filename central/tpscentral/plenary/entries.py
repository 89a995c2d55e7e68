"""Second entries: two people type what they see on the paper, and neither sees the other's.

`blind` stands beside the result of a box and changes nothing: it shows whether people read the
same. `typed` takes the place of a box that failed: two equal entries become what counts. Where two
entries differ, the sheet is read aloud again and both are made anew, in a new round: a majority of
three would let two people who make the same mistake outvote the one who reads it right.

Entries of before a re-vote, or beside a result that another has replaced, are of other papers: they
are kept, and no longer compared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, func, insert, select
from tpsbox.errors import InputError

from tpscentral.plenary.acts import Act, Doing, Kind, do, paper_since
from tpscentral.plenary.desk import Desk, Work, look_at, open_work
from tpscentral.plenary.said import RefusedError, check_numbers
from tpscentral.schema import entries, photos
from tpscentral.standing import DECIDED, Numbers, Standing, Stated, broken_rules, untouched_state

EntryKind = Literal["blind", "typed"]
Typed = dict[str, int | None]
ROUND_ENTRIES = 2
_OTHER_PAPER: dict[EntryKind, tuple[Kind, ...]] = {"blind": ("take", "typed"), "typed": ("take",)}
"""Acts after which entries are of other papers, beside a re-vote; `typed` is made of typed ones."""


class Entry(msgspec.Struct, frozen=True):
    """What one person typed."""

    n: int
    account: str
    at: int
    numbers: Typed
    photo: str | None


class Comparison(msgspec.Struct, frozen=True):
    """The newest round of entries, as the asking account may see it.

    `entries` is empty until both are in, `waiting` tells whether the account's own is still to
    come. `differing` names the fields on which the two differ, and `against` those on which they
    agree with each other and not with what counts now.
    """

    round: int
    count: int
    waiting: bool
    entries: tuple[Entry, ...] = ()
    differing: tuple[str, ...] = ()
    against: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Both are in."""
        return self.count >= ROUND_ENTRIES

    @property
    def agree(self) -> bool:
        """Both are in and equal."""
        return self.complete and not self.differing


def enter(
    desk: Desk,
    tps: str,
    contest: str,
    kind: EntryKind,
    numbers: Mapping[str, int | None],
    *,
    photo: str | None = None,
    reference: str | None = None,
) -> Comparison:
    """Add what the account typed from the paper: every field of the form, None for an empty box.

    The second of two equal `typed` entries makes the standing, marked as typed for ever.

    Raises:
        InputError: a field is missing or wrong, or a typed sheet has no photo of this TPS.
        RefusedError: this account has typed in this round, the entries agreed before, the TPS has
            no need of it, or a lock is in the way.
        ForbiddenError: as `open_work`.
    """
    work = open_work(desk, tps, contest)
    typed = check_numbers(work.form, numbers)
    if len(typed) != len(work.form.fields):
        raise InputError("Semua isian harus diketik; kotak yang kosong ditandai kosong.")
    _check_kind(work, kind, photo)
    number = _round(desk.connection, work.standing, kind, desk.account.username)
    entry = _add(work, kind, typed, photo, number)
    now = comparison(desk, tps, contest, kind)
    if kind == "typed" and now.agree:
        _make_standing(work, now, reference)
    told = {"entry": entry, "kind": kind, "round": number}
    desk.note("isian", tps, contest, told | _both_hashed(now.entries))
    return now


def comparison(desk: Desk, tps: str, contest: str, kind: EntryKind) -> Comparison:
    """How the newest round stands, for an account that may look at the TPS.

    Raises:
        ForbiddenError, RefusedError: as `look_at`.
    """
    standing, _ = look_at(desk, tps, contest)
    rows = _rows(desk.connection, standing, kind)
    if not rows:
        return Comparison(round=1, count=0, waiting=True)
    newest = [row for row in rows if row.round == rows[-1].round]
    mine = any(row.account == desk.account.username for row in newest)
    if len(newest) < ROUND_ENTRIES:
        return Comparison(rows[-1].round, len(newest), waiting=not mine)
    first, second = (_entry(row) for row in newest)
    differing = _differing(first.numbers, second.numbers)
    return Comparison(
        rows[-1].round,
        len(newest),
        waiting=bool(differing),
        entries=(first, second),
        differing=differing,
        against=_against(standing.numbers, first.numbers, differing),
    )


def typed_photos(connection: Connection, standing: Standing) -> tuple[str, ...]:
    """The SHA-256 of photos attached to sheets typed for a contest, but for those set aside."""
    found = (row.photo for row in _rows(connection, standing, "typed") if row.photo)
    return tuple(dict.fromkeys(found))


def attach_paper(desk: Desk, tps: str, contest: str) -> None:
    """Do nothing if the account may attach a photo of a sheet to be typed for this TPS now.

    Raises:
        ForbiddenError, RefusedError: as `open_work`, or a box has a result.
    """
    _check_missing(open_work(desk, tps, contest))


def _check_kind(work: Work, kind: EntryKind, photo: str | None) -> None:
    if kind == "blind":
        if work.standing.source == "none":
            raise RefusedError("Belum ada hasil kotak TPS ini; ketik sebagai lembar ketikan.")
        return
    _check_missing(work)
    standing, connection = work.standing, work.desk.connection
    mine = (photos.c.tps == standing.tps) & (photos.c.sha == (photo or ""))
    if not connection.scalar(select(photos.c.sha).where(mine)):
        raise InputError("Foto lembar C.HASIL dari TPS ini harus dilampirkan.")
    same = (entries.c.tps == standing.tps) & (entries.c.photo == photo)
    another = entries.c.contest != standing.contest
    if connection.scalar(select(entries.c.n).where(same, another).limit(1)):
        raise InputError("Foto ini dari lembar pemilihan lain; lampirkan foto lembar ini.")


def _check_missing(work: Work) -> None:
    if work.standing.source != "none" or work.standing.flagged:
        raise RefusedError("TPS ini punya hasil; periksa atau koreksi hasil itu.")
    if work.standing.state in DECIDED:
        raise RefusedError("TPS ini sudah diputuskan; buka kembali dahulu.")


def _round(connection: Connection, standing: Standing, kind: EntryKind, account: str) -> int:
    """The round that this account's entry belongs to."""
    rows = _rows(connection, standing, kind)
    newest = [row for row in rows if row.round == rows[-1].round]
    if 0 < len(newest) < ROUND_ENTRIES:
        if any(row.account == account for row in newest):
            raise RefusedError("Anda sudah mengetik; isian kedua harus dari orang lain.")
        return int(rows[-1].round)
    if newest and kind == "blind":
        first, second = (_entry(row) for row in newest)
        if not _differing(first.numbers, second.numbers):
            raise RefusedError("Dua isian sudah sama; tidak perlu mengetik lagi.")
    mine = _of(standing, kind)
    # Those that were set aside count on: no two entries of one round are of different papers.
    return (connection.scalar(select(func.max(entries.c.round)).where(mine)) or 0) + 1


def _add(work: Work, kind: EntryKind, typed: Typed, photo: str | None, number: int) -> int:
    values = {
        "tps": work.standing.tps,
        "contest": work.standing.contest,
        "kind": kind,
        "numbers": msgspec.json.encode(typed).decode(),
        "photo": photo,
        "account": work.desk.account.username,
        "at": work.desk.now,
        "round": number,
    }
    adding = insert(entries).values(**values).returning(entries.c.n)
    return int(work.desk.connection.execute(adding).scalar_one())


def _both_hashed(both: tuple[Entry, ...]) -> dict[str, str]:
    """Once both are in their hash for the journal, so that no row of them is changed unseen.

    Not before: who can guess what the other has typed could find out whether he is right.
    """
    if not both:
        return {}
    written = msgspec.json.encode(both, order="sorted")
    return {"both_sha256": hashlib.sha256(written).hexdigest()}


def _make_standing(work: Work, both: Comparison, reference: str | None) -> Act:
    numbers: Numbers = {
        name: Stated(number, "corrected") for name, number in both.entries[0].numbers.items()
    }
    after = msgspec.structs.replace(
        work.standing,
        state=untouched_state(work.form, numbers, closed=True),
        source="typed",
        result=None,
        closed=True,
        numbers=numbers,
        broken=broken_rules(work.form, numbers),
        cara="typed",
        arrived_at=work.desk.now,
    )
    pair = tuple(entry.n for entry in both.entries)
    return do(work, after, Doing("typed", reference=reference, entries=pair))


def _rows(connection: Connection, standing: Standing, kind: EntryKind) -> list[Row[Any]]:
    """Entries of the paper that counts now, the first one first."""
    since = paper_since(connection, standing, _OTHER_PAPER[kind])
    # Of the same second too: an entry that nobody shows any more would be worse than an old one.
    mine = _of(standing, kind) & (entries.c.at >= since)
    return list(connection.execute(select(entries).where(mine).order_by(entries.c.n)))


def _of(standing: Standing, kind: EntryKind) -> ColumnElement[bool]:
    table = entries.c
    here = (table.tps == standing.tps) & (table.contest == standing.contest)
    return here & (table.kind == kind)


def _entry(row: Row[Any]) -> Entry:
    numbers = msgspec.json.decode(row.numbers, type=Typed)
    return Entry(row.n, row.account, row.at, numbers, row.photo)


def _differing(first: Typed, second: Typed) -> tuple[str, ...]:
    return tuple(name for name, number in first.items() if second.get(name) != number)


def _against(standing: Numbers, typed: Typed, differing: tuple[str, ...]) -> tuple[str, ...]:
    counted = {name: stated.number for name, stated in standing.items()}
    return tuple(
        name
        for name, number in typed.items()
        if name not in differing and counted.get(name) != number
    )
