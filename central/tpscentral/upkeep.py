"""The commands `tpscentral migrate`, `wilayah` and `tally`: what an operator does to the data."""

from __future__ import annotations

import argparse
import threading
from pathlib import Path
from typing import Any

from tpsbox.service import stop_on_signals

from tpscentral.database import Database, migrated
from tpscentral.files import read_small
from tpscentral.folder import data_root, open_folder
from tpscentral.levels import check_region
from tpscentral.rollup import freshen
from tpscentral.tally import tally
from tpscentral.wilayah import FILE_LIMIT, fill, parse_regions

PAUSE = 1.0
"""Seconds between looks for results that wait."""


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Add the commands; `shared` holds the options that all commands have."""
    migrating = commands.add_parser(
        "migrate", parents=[shared], help="bring the tables of the database up to date"
    )
    migrating.set_defaults(run=_migrate)
    wilayah = commands.add_parser("wilayah", help="regions and the TPS that must report")
    steps = wilayah.add_subparsers(required=True, metavar="STEP")
    importing = steps.add_parser(
        "import", parents=[shared], help="enter regions from a file, for an election without any"
    )
    importing.add_argument("file", type=Path, metavar="FILE")
    importing.add_argument("--region", default="", metavar="KODE", help="only what lies in it")
    importing.add_argument("--election", metavar="NAME", help="needed if the centre has several")
    importing.set_defaults(run=_import)
    counting = commands.add_parser(
        "tally", parents=[shared], help="let results count that wait; ingest does so by itself"
    )
    counting.add_argument("--once", action="store_true", help="end when none waits")
    counting.set_defaults(run=_tally)


def _migrate(chosen: argparse.Namespace) -> int:
    migrated(open_folder(data_root(chosen.data)).database).close()
    print("the tables are up to date")
    return 0


def _import(chosen: argparse.Namespace) -> int:
    folder = open_folder(data_root(chosen.data))
    region = check_region(chosen.region) if chosen.region else ""
    election = folder.election_named(chosen.election)
    ground = parse_regions(read_small(chosen.file, FILE_LIMIT), region)
    with Database(folder.database) as database, database.write() as connection:
        count = fill(connection, ground, election)
    print(f"{count} TPS of {len(ground.desa)} desa report to {election.name}")
    return 0


def _tally(chosen: argparse.Namespace) -> int:
    folder = open_folder(data_root(chosen.data))
    stop = threading.Event()
    stop_on_signals(stop)
    with Database(folder.database) as database:
        while not stop.is_set():
            if tally(database, folder.elections) or freshen(database):
                continue
            if chosen.once or stop.wait(PAUSE):
                break
    return 0
