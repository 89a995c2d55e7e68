"""The commands `tpscentral account` and `tpscentral journal`."""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from tpsbox.errors import AnswerError, EnvironmentFault

from tpscentral.arguments import whole_number
from tpscentral.database import Database
from tpscentral.files import read_small
from tpscentral.folder import data_root, open_folder, write_private
from tpscentral.people import accounts, journal
from tpscentral.people.accounts import INVITED_DAYS, Invitation, Listed, NewAccount
from tpscentral.people.import_csv import (
    COLUMNS,
    CSV_LIMIT,
    ROLE_WORDS,
    import_accounts,
    links_csv,
    parse_accounts,
    role_of,
)

URL = "http://127.0.0.1:8080"
_KNOWN = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})")
_BATCH = 500

DAYS = whole_number("a number of days", 1, 60)


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Add the two commands; `shared` holds the options that all commands have."""
    account = commands.add_parser("account", help="who may come in")
    steps = account.add_subparsers(required=True, metavar="STEP")
    _add_accounts(steps, shared)
    log = commands.add_parser("journal", help="what everybody saw and did")
    steps = log.add_subparsers(required=True, metavar="STEP")
    verify = steps.add_parser("verify", parents=[shared], help="look for a row that was changed")
    verify.add_argument(
        "--known", type=_known, metavar="N:HASH", help="a head from the minutes of a plenary"
    )
    verify.set_defaults(run=_verify)
    head = steps.add_parser("head", parents=[shared], help="number and hash of the last row")
    head.set_defaults(run=_head)
    show = steps.add_parser("show", parents=[shared], help="the newest rows")
    show.add_argument("--region", default="", metavar="KODE", help="only those about a region")
    show.add_argument("--limit", type=int, default=50, metavar="N", help="rows (default: 50)")
    show.set_defaults(run=_show)


def _add_accounts(steps: Any, shared: argparse.ArgumentParser) -> None:
    linked = argparse.ArgumentParser(add_help=False)
    linked.add_argument("--url", default=URL, help=f"where the pages are (default: {URL})")
    linked.add_argument(
        "--days",
        type=DAYS,
        default=INVITED_DAYS,
        help=f"of the link (default: {INVITED_DAYS})",
    )
    adding = steps.add_parser("add", parents=[shared, linked], help="make one")
    adding.add_argument("username")
    adding.add_argument("--name", required=True, help="of the person")
    adding.add_argument("--role", required=True, choices=list(ROLE_WORDS))
    adding.add_argument("--region", default="", metavar="KODE", help="wilayah code; admin: none")
    adding.set_defaults(run=_add)
    importing = steps.add_parser(
        "import", parents=[shared, linked], help=f"make all of a CSV: {','.join(COLUMNS)}"
    )
    importing.add_argument("file", type=Path, metavar="FILE.csv")
    importing.add_argument("--out", type=Path, help="where the links go (default: printed)")
    importing.set_defaults(run=_import)
    reset = steps.add_parser("reset", parents=[shared, linked], help="shut out, new one-time link")
    reset.set_defaults(run=_reset)
    disable = steps.add_parser("disable", parents=[shared], help="let in no more")
    disable.set_defaults(run=_disable)
    enable = steps.add_parser("enable", parents=[shared], help="let in again; ends a lock-out")
    enable.set_defaults(run=_enable)
    for step in (reset, disable, enable):
        step.add_argument("username")
    listing = steps.add_parser("list", parents=[shared], help="all, or those of a region")
    listing.add_argument("--region", default="", metavar="KODE")
    listing.set_defaults(run=_list)


def _add(chosen: argparse.Namespace) -> int:
    new = NewAccount(chosen.username, chosen.name, role_of(chosen.role), chosen.region)
    with _writing(chosen) as connection:
        [made] = import_accounts(connection, [new], _now(), days=chosen.days)
    return _tell(chosen, made)


def _import(chosen: argparse.Namespace) -> int:
    new = parse_accounts(read_small(chosen.file, CSV_LIMIT))
    with _writing(chosen) as connection:
        made = import_accounts(connection, new, _now(), days=chosen.days)
        table = links_csv(made, chosen.url)
        if chosen.out is not None:
            # Before the commit: no account is made whose link nobody has.
            _put(chosen.out, table)
    if chosen.out is None:
        print(table, end="")
    else:
        print(f"{chosen.out}: {len(made)} one-time links, for {chosen.days} days")
    return 0


def _reset(chosen: argparse.Namespace) -> int:
    with _writing(chosen) as connection:
        made = accounts.invite(connection, chosen.username, _now(), days=chosen.days)
    return _tell(chosen, made)


def _disable(chosen: argparse.Namespace) -> int:
    with _writing(chosen) as connection:
        accounts.disable(connection, chosen.username, _now())
    print(f"{chosen.username}: is let in no more")
    return 0


def _enable(chosen: argparse.Namespace) -> int:
    with _writing(chosen) as connection:
        accounts.enable(connection, chosen.username, _now())
    print(f"{chosen.username}: is let in again")
    return 0


def _list(chosen: argparse.Namespace) -> int:
    after, now = "", _now()
    with _reading(chosen) as connection:
        while found := accounts.listing(
            connection, after=after, region=chosen.region, limit=_BATCH
        ):
            for row in found:
                who = row.account
                words = (who.username, who.role, who.region or "-", _state(row, now), who.name)
                print("\t".join(words))
            after = found[-1].account.username
    return 0


def _verify(chosen: argparse.Namespace) -> int:
    with _reading(chosen) as connection:
        found = journal.verify(connection)
        if isinstance(found, journal.Break):
            raise AnswerError(f"journal: row {found.n} {found.reason}")
        if chosen.known is not None and not journal.holds(connection, chosen.known):
            raise AnswerError(f"journal: row {chosen.known.n} does not have the hash of --known")
    print(f"{found.n} rows, each as it was written; head {found.n}:{found.hash}")
    return 0


def _head(chosen: argparse.Namespace) -> int:
    with _reading(chosen) as connection:
        head = journal.head(connection)
    print(f"{head.n}:{head.hash}")
    return 0


def _show(chosen: argparse.Namespace) -> int:
    with _reading(chosen) as connection:
        rows = journal.newest(connection, region=chosen.region, limit=max(1, chosen.limit))
    for row in reversed(rows):
        when = f"{datetime.fromtimestamp(row.at, UTC):%Y-%m-%dT%H:%M:%SZ}"
        # A line a row, whatever lines its words have.
        detail = " / ".join(row.detail.split("\n"))
        print(f"{row.n}\t{when}\t{row.account}\t{row.action}\t{row.target}\t{detail}")
    return 0


def _state(row: Listed, now: int) -> str:
    if row.disabled:
        return "disabled"
    if row.locked_until > now:
        return "locked-out"
    if row.ready:
        return "ready"
    return "invited" if row.invited_until > now else "no-link"


def _tell(chosen: argparse.Namespace, made: Invitation) -> int:
    print(f"one-time link for {made.username}, for {chosen.days} days:")
    print(chosen.url.rstrip("/") + made.path)
    return 0


def _put(path: Path, table: str) -> None:
    try:
        write_private(path, table.encode())
    except OSError as error:
        raise EnvironmentFault(f"{path}: {error.strerror}; name a new file") from error


@contextmanager
def _writing(chosen: argparse.Namespace) -> Iterator[Connection]:
    place = open_folder(data_root(chosen.data)).database
    with Database(place) as database, database.write() as connection:
        yield connection


@contextmanager
def _reading(chosen: argparse.Namespace) -> Iterator[Connection]:
    place = open_folder(data_root(chosen.data)).database
    with Database(place) as database, database.read() as connection:
        yield connection


def _now() -> int:
    return int(time.time())


def _known(text: str) -> journal.Head:
    match = _KNOWN.fullmatch(text.strip())
    if match is None:
        raise argparse.ArgumentTypeError(f"{text[:80]!r} is not N:HASH as `journal head` prints it")
    return journal.Head(int(match[1]), match[2])
