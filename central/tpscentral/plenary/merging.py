"""Places what a carried recap says beside what is here: each row once, none over another's."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, func, insert, select, update
from tpsbox.errors import AnswerError, InputError
from tpsbox.record.chunks import PHOTO_LIMIT

from tpscentral.attachments import JPEG_START
from tpscentral.database import insert_missing
from tpscentral.plenary.acts import Act
from tpscentral.plenary.carried import Carried
from tpscentral.plenary.desk import Desk, election_at
from tpscentral.plenary.late import TAKEN, WAITING
from tpscentral.plenary.readings import box_result
from tpscentral.psu import Psu
from tpscentral.schema import acts, entries, late_results, objections, photos, results
from tpscentral.standing import DECIDED, Standing, broken_rules, load_standing, save_standing

KeepPhoto = Callable[[str, bytes], str]
"""Keeps a photo under its SHA-256 in hex; gives its path among the photos."""

Identity = tuple[str, str, str, int, int]
"""TPS, kind, account, time and version: what makes an act the same one."""


def clashes(connection: Connection, carried: Carried) -> list[str]:
    """TPS on which officers have acted here, in a way that the file does not know."""
    columns = acts.c
    mine = columns.tps.startswith(carried.region) & (columns.contest == carried.contest)
    named = select(columns.tps, columns.kind, columns.account, columns.at, columns.version)
    here = {tuple(row) for row in connection.execute(named.where(mine))}
    return sorted({str(one[0]) for one in here - set(map(_identity, carried.acts))})


def place_photos(desk: Desk, carried: Carried, keep: KeepPhoto) -> None:
    """Keep the photos of typed sheets.

    Raises:
        InputError: one is no JPEG, or an entry names one that is neither here nor in the file.
        EnvironmentFault: the disk does not take it.
    """
    for photo in carried.photos:
        if not photo.body.startswith(JPEG_START) or len(photo.body) > PHOTO_LIMIT:
            raise InputError(f"recap: the photo of TPS {photo.tps} is no JPEG, or too large")
        sha = hashlib.sha256(photo.body).hexdigest()
        row = {"tps": photo.tps, "sha": sha, "path": keep(sha, photo.body)}
        adding = insert_missing(desk.connection, photos)
        desk.connection.execute(adding.values(**row, size=len(photo.body), received_at=desk.now))
    named = {(entry.tps, entry.photo) for entry in carried.entries if entry.kind == "typed"}
    for tps, named_sha in named:
        mine = (photos.c.tps == tps) & (photos.c.sha == named_sha)
        if desk.connection.scalar(select(photos.c.sha).where(mine)) is None:
            raise InputError(f"recap: the photo of the sheet typed for TPS {tps} is not in it")


def place_all(desk: Desk, carried: Carried) -> None:
    """Let the carried standings count, and add the rows that are not here yet.

    Whoever calls has claimed their TPS.

    Raises:
        AnswerError: a TPS is not expected here, or its numbers rest on a record that is not here.
    """
    added = _add_acts(desk.connection, carried)
    _add_rows(desk.connection, carried)
    _add_late(desk.connection, carried, added)
    known = _known_results(carried)
    for standing in carried.standings:
        _place(desk, standing, known)


def _identity(act: Act) -> Identity:
    return act.tps, act.kind, act.account, act.at, act.version


def _add_acts(connection: Connection, carried: Carried) -> dict[tuple[str, str], int]:
    """Add acts that are not here; the numbers of those about late results, by TPS and result."""
    columns = acts.c
    mine = columns.tps.startswith(carried.region) & (columns.contest == carried.contest)
    here = {
        (row.tps, row.kind, row.account, row.at, row.version)
        for row in connection.execute(select(acts).where(mine))
    }
    decided = {}
    for act in carried.acts:
        if _identity(act) in here:
            continue
        body = msgspec.structs.replace(act.body, origin="bundle")
        values = {
            **msgspec.structs.asdict(act),
            "level": act.level.value,
            "body": msgspec.json.encode(body).decode(),
        }
        del values["n"]
        n = connection.execute(insert(acts).values(**values).returning(columns.n)).scalar_one()
        if act.body.late is not None:
            decided[act.tps, act.body.late] = int(n)
    return decided


def _add_rows(connection: Connection, carried: Carried) -> None:
    rounds = _rounds_here(connection, carried)
    for entry in carried.entries:
        values = msgspec.structs.asdict(entry)
        values["numbers"] = msgspec.json.encode(entry.numbers).decode()
        values["round"] += rounds.get((entry.tps, entry.kind), 0)
        _add_once(connection, entries, values, ("tps", "contest", "kind", "account", "at"))
    for objection in carried.objections:
        values = msgspec.structs.asdict(objection)
        del values["n"]
        _add_once(connection, objections, values, ("region", "contest", "account", "at", "text"))


def _rounds_here(connection: Connection, carried: Carried) -> dict[tuple[str, str], int]:
    """The last round that was typed here, by TPS and kind: what is carried was another one."""
    columns = entries.c
    names = (columns.tps, columns.kind, columns.account, columns.at)
    mine = columns.tps.startswith(carried.region) & (columns.contest == carried.contest)
    same = {(one.tps, one.kind, one.account, one.at) for one in carried.entries}
    found: dict[tuple[str, str], int] = {}
    for *name, number in connection.execute(select(*names, columns.round).where(mine)):
        if tuple(name) not in same:
            key = (name[0], name[1])
            found[key] = max(found.get(key, 0), number)
    return found


def _add_once(
    connection: Connection, table: Table, values: dict[str, Any], names: tuple[str, ...]
) -> None:
    """Add a row unless one with the same values under `names` is there."""
    same = [table.c[name] == values[name] for name in names]
    if connection.execute(select(table.c.n).where(*same)).first() is None:
        connection.execute(insert(table).values(**values))


def _add_late(connection: Connection, carried: Carried, added: dict[tuple[str, str], int]) -> None:
    columns = late_results.c
    for late in carried.late:
        mine = (columns.result == late.result) & (columns.contest == carried.contest)
        decided = {"decision": late.decision, "act": added.get((late.tps, late.result))}
        if connection.scalar(select(columns.result).where(mine)):
            waiting = update(late_results).where(mine, columns.decision == WAITING)
            connection.execute(waiting.values(**decided))
            continue
        row = msgspec.structs.asdict(late) | {"contest": carried.contest} | decided
        connection.execute(insert(late_results).values(**row))


def _known_results(carried: Carried) -> set[str]:
    """Results of boxes that the plenary has had before it, whether they count or not."""
    late = {one.result for one in carried.late}
    return late | {act.body.before.result for act in carried.acts if act.body.before.result}


def _place(desk: Desk, standing: Standing, known: set[str]) -> None:
    here = load_standing(desk.connection, standing.tps, standing.contest)
    if here is None or here.kecamatan != standing.kecamatan:
        raise AnswerError(f"recap: TPS {standing.tps} is not expected at this centre")
    if standing.state not in DECIDED or standing.flagged:
        raise AnswerError(f"recap: TPS {standing.tps} was not decided when it was locked")
    if standing.result is not None:
        _count_once(desk.connection, standing)
    if here.result not in (None, standing.result, *known) and _says_more(desk, here, standing):
        _flag(desk, here)
    form = election_at(desk, standing.tps, standing.contest).form_of(standing.contest)
    changed = msgspec.structs.replace(
        standing,
        psu=_psu(standing),
        broken=broken_rules(form, standing.numbers),
        version=here.version,
        flagged=_waiting(desk.connection, standing),
    )
    save_standing(desk.connection, changed)


def _says_more(desk: Desk, here: Standing, standing: Standing) -> bool:
    """Whether the result that counted here is not older than the plenary's, and another one."""
    if standing.result is None:
        return True
    columns = results.c
    query = select(columns.id, columns.epoch, columns.number)
    both = query.where(columns.id.in_([here.result, standing.result]))
    order = {row.id: (row.epoch, row.number) for row in desk.connection.execute(both)}
    if order[here.result] < order[standing.result]:
        return False
    mine, theirs = (
        box_result(desk.connection, desk.folder, id, standing.contest)
        for id in (str(here.result), standing.result)
    )
    return (mine.closed, mine.numbers) != (theirs.closed, theirs.numbers)


def _flag(desk: Desk, here: Standing) -> None:
    """Let an officer decide on what counted here until now, as on all that comes after a lock."""
    row = {"result": here.result, "contest": here.contest, "tps": here.tps}
    adding = insert_missing(desk.connection, late_results)
    desk.connection.execute(adding.values(**row, arrived_at=here.arrived_at or desk.now))


def _psu(standing: Standing) -> str:
    try:
        return Psu(standing.psu).value
    except ValueError as error:
        raise InputError(f"recap: TPS {standing.tps} has no known psu state") from error


def _count_once(connection: Connection, standing: Standing) -> None:
    """The record of a standing is here, and is neither to be tallied nor late any more."""
    mine = (results.c.id == standing.result) & (results.c.tps == standing.tps)
    if connection.scalar(select(results.c.id).where(mine)) is None:
        raise AnswerError(f"recap: TPS {standing.tps} rests on a record that is not in the file")
    columns = late_results.c
    late = (columns.result == standing.result) & (columns.contest == standing.contest)
    waiting = late & (columns.decision == WAITING)
    connection.execute(update(late_results).where(waiting).values(decision=TAKEN))


def _waiting(connection: Connection, standing: Standing) -> int:
    columns = late_results.c
    mine = (columns.tps == standing.tps) & (columns.contest == standing.contest)
    waiting = mine & (columns.decision == WAITING)
    counting = select(func.count()).select_from(late_results).where(waiting)
    return connection.scalar(counting) or 0
