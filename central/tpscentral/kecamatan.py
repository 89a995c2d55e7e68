"""The commands `tpscentral delegate` and `tpscentral roster`: a kecamatan without a network."""

from __future__ import annotations

import argparse
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tpsbox.errors import AnswerError

from tpscentral.arguments import whole_number
from tpscentral.database import Database
from tpscentral.delegation import (
    DELEGATION_LIMIT,
    install_delegation,
    load_delegation,
    request_delegation,
    sign_delegation,
)
from tpscentral.files import put_file, read_small
from tpscentral.folder import Folder, data_root, open_folder
from tpscentral.roster import ROSTER_LIMIT, export_roster, import_roster

EARLIER = timedelta(days=1)
"""A delegation begins so much before it is signed: clocks in the field run late."""

DAYS = whole_number("a number of days", 1, 3660)


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Add the two commands; `shared` holds the options that all commands have."""
    delegate = commands.add_parser("delegate", help="let a kecamatan give receipts offline")
    steps = delegate.add_subparsers(required=True, metavar="STEP")
    request = steps.add_parser("request", parents=[shared], help="at the kecamatan: ask")
    request.set_defaults(run=_request)
    sign = steps.add_parser("sign", parents=[shared], help="at the centre: certify")
    sign.add_argument("request", type=Path, metavar="REQUEST")
    sign.add_argument("--region", required=True, metavar="KODE", help="how its TPS codes begin")
    sign.add_argument("--election", metavar="NAME", help="needed if the centre has several")
    sign.add_argument(
        "--days",
        type=whole_number("a number of days", 1, 3660),
        default=30,
        help="how long it holds (default: 30)",
    )
    sign.set_defaults(run=_sign)
    install = steps.add_parser("install", parents=[shared], help="at the kecamatan: take it")
    install.add_argument("file", type=Path, metavar="FILE")
    install.set_defaults(run=_install)

    roster = commands.add_parser("roster", help="carry the boxes' keys to a kecamatan")
    steps = roster.add_subparsers(required=True, metavar="STEP")
    export = steps.add_parser("export", parents=[shared], help="at the centre: write")
    export.add_argument("--region", required=True, metavar="KODE", help="how its TPS codes begin")
    export.add_argument("--election", metavar="NAME", help="needed if the centre has several")
    export.set_defaults(run=_roster_export)
    taking = steps.add_parser("import", parents=[shared], help="at the kecamatan: take")
    taking.add_argument("file", type=Path, metavar="FILE")
    taking.set_defaults(run=_roster_import)
    for writing in (request, sign, export):
        writing.add_argument("--out", required=True, type=Path, metavar="FILE")


def _request(chosen: argparse.Namespace) -> int:
    folder = _folder(chosen)
    put_file(chosen.out, [request_delegation(folder)])
    print(f"{chosen.out}: for the centre; this kecamatan's key: {_hex_key(folder)}")
    return 0


def _sign(chosen: argparse.Namespace) -> int:
    folder = _folder(chosen)
    now = datetime.fromtimestamp(time.time(), UTC)
    begin, end = now - EARLIER, now + timedelta(days=chosen.days)
    answer, delegation = sign_delegation(
        folder,
        read_small(chosen.request, DELEGATION_LIMIT),
        package=folder.election_named(chosen.election).package,
        region=chosen.region,
        not_before=int(begin.timestamp()),
        not_after=int(end.timestamp()),
    )
    put_file(chosen.out, [answer])
    print(f"{chosen.out}: region {chosen.region}, until {end:%Y-%m-%d %H:%M} UTC")
    print(f"compare with the kecamatan by telephone: {delegation.key.hex()}")
    return 0


def _install(chosen: argparse.Namespace) -> int:
    installed = install_delegation(_folder(chosen), read_small(chosen.file, DELEGATION_LIMIT))
    print(f"this folder is a kecamatan's now: region {installed.delegation.region}")
    # Whoever carried the file may have signed it: only people can say whose key this is.
    print(f"compare with the centre by telephone: {installed.centre_key.public_bytes_raw().hex()}")
    return 0


def _roster_export(chosen: argparse.Namespace) -> int:
    folder = _folder(chosen)
    package = folder.election_named(chosen.election).package
    with Database(folder.database) as database:
        put_file(chosen.out, [export_roster(folder, database, package, chosen.region)])
    print(f"{chosen.out}: boxes of region {chosen.region}")
    return 0


def _roster_import(chosen: argparse.Namespace) -> int:
    folder = _folder(chosen)
    installed = load_delegation(folder)
    if installed is None:
        raise AnswerError("roster: this folder has no delegation yet; install it first")
    with Database(folder.database) as database:
        new = import_roster(
            database, folder.elections, read_small(chosen.file, ROSTER_LIMIT), installed
        )
    print(f"new boxes: {new}")
    return 0


def _folder(chosen: argparse.Namespace) -> Folder:
    return open_folder(data_root(chosen.data))


def _hex_key(folder: Folder) -> str:
    return folder.key.public_key().public_bytes_raw().hex()
