"""The command `tpscentral show`: what counts for a TPS now, for people and for programs."""

from __future__ import annotations

import argparse
import json
from typing import Any

import msgspec
from sqlalchemy import Connection, select
from tpsbox.errors import AnswerError
from tpsbox.forms.election import Contest, Election
from tpsbox.record.statement import check_tps

from tpscentral.database import Database
from tpscentral.folder import Folder, data_root, open_folder
from tpscentral.pages.formulas import labels_of, rules_shown
from tpscentral.pages.place import contests_at
from tpscentral.pages.wording import NUMBERS, STANDINGS
from tpscentral.schema import photos, results
from tpscentral.standing import NOTHING, Standing, load_standing
from tpscentral.words import EMPTY


class NumberShown(msgspec.Struct, frozen=True):
    """A number that counts, with its state; null is not zero."""

    label: str
    number: int | None
    state: str


class ContestShown(msgspec.Struct, frozen=True):
    """A contest of a TPS; `broken` are the rules that its numbers break, in words."""

    key: str
    title: str
    state: str
    source: str
    cara: str | None
    psu: str
    closed: bool
    flagged: int
    numbers: dict[str, NumberShown]
    broken: tuple[str, ...]


class ResultShown(msgspec.Struct, frozen=True):
    """A record that was received."""

    id: str
    epoch: int
    number: int
    state: str
    tally: str
    via: str
    received_at: int


class TpsShown(msgspec.Struct, frozen=True):
    """A TPS; `photos` are SHA-256 in hex."""

    tps: str
    contests: tuple[ContestShown, ...]
    results: tuple[ResultShown, ...]
    photos: tuple[str, ...]


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Add the command; `shared` holds the options that all commands have."""
    showing = commands.add_parser("show", parents=[shared], help="what counts for a TPS now")
    showing.add_argument("tps", help="13 digits")
    showing.add_argument("--json", action="store_true", help="print one JSON object")
    showing.set_defaults(run=_show)


def tps_shown(connection: Connection, folder: Folder, tps: str) -> TpsShown:
    """What counts for a TPS now.

    Raises:
        AnswerError: it is not expected here.
    """
    held = contests_at(connection, folder, tps).items()
    found = [
        _contest(standing, election, election.contest_of(key))
        for key, election in held
        if (standing := load_standing(connection, tps, key)) is not None
    ]
    if not found:
        raise AnswerError(f"TPS {tps} is not one that this centre expects")
    columns = [results.c[name] for name in ResultShown.__struct_fields__]
    received = select(*columns).where(results.c.tps == tps).order_by(results.c.received_at)
    shots = select(photos.c.sha).where(photos.c.tps == tps).order_by(photos.c.sha)
    return TpsShown(
        tps,
        tuple(found),
        tuple(ResultShown(**row._mapping) for row in connection.execute(received)),
        tuple(connection.scalars(shots)),
    )


def _contest(standing: Standing, election: Election, contest: Contest) -> ContestShown:
    form = election.form_of(contest.key)
    numbers = {
        name: NumberShown(label, *standing.numbers.get(name, NOTHING))
        for name, label in labels_of(contest, form).items()
    }
    broken = [rule for rule in rules_shown(form, standing.numbers) if rule.holds is False]
    return ContestShown(
        key=contest.key,
        title=contest.title,
        state=standing.state.value,
        source=standing.source,
        cara=standing.cara,
        psu=standing.psu,
        closed=standing.closed,
        flagged=standing.flagged,
        numbers=numbers,
        broken=tuple(rule.formula for rule in broken),
    )


def _show(chosen: argparse.Namespace) -> int:
    tps = check_tps(chosen.tps)
    folder = open_folder(data_root(chosen.data))
    with Database(folder.database) as database, database.read() as connection:
        shown = tps_shown(connection, folder, tps)
    if chosen.json:
        print(json.dumps(msgspec.to_builtins(shown), ensure_ascii=False))
    else:
        _print(shown)
    return 0


def _print(shown: TpsShown) -> None:
    states = {state.value: words for state, (_, words) in STANDINGS.items()}
    for contest in shown.contests:
        print(f"{contest.title}: {states[contest.state]}")
        for number in contest.numbers.values():
            value = EMPTY if number.number is None else number.number
            print(f"  {number.label[:52]:52} {value!s:>6}  {NUMBERS[number.state][1]}")
        print(f"  aturan tidak cocok: {', '.join(contest.broken) or 'tidak ada'}")
    print(f"{len(shown.results)} hasil, {len(shown.photos)} foto")
