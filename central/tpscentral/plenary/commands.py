"""The commands `tpscentral recap export` and `recap import`: a plenary without a network."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from tpsbox.errors import AnswerError, UsageError

from tpscentral.database import Database
from tpscentral.files import put_file, read_small
from tpscentral.folder import data_root, open_folder
from tpscentral.levels import Level, level_of
from tpscentral.plenary.carried import RECAP_LIMIT
from tpscentral.plenary.exporting import export_recap
from tpscentral.plenary.importing import import_recap


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Add the commands; `shared` holds the options that all commands have."""
    recap = commands.add_parser("recap", help="carry a kecamatan's plenary to the kabupaten")
    steps = recap.add_subparsers(required=True, metavar="STEP")
    export = steps.add_parser("export", parents=[shared], help="at the kecamatan: write")
    export.add_argument("--region", required=True, metavar="KODE", help="6 digits")
    export.add_argument("--contest", required=True, metavar="NAME", help="such as gubernur")
    export.add_argument("--out", required=True, type=Path, metavar="FILE")
    export.set_defaults(run=_export)
    taking = steps.add_parser("import", parents=[shared], help="at the centre: take in")
    taking.add_argument("file", type=Path, metavar="FILE")
    taking.add_argument(
        "--replace", action="store_true", help="let it count in place of online work there"
    )
    taking.set_defaults(run=_import)


def _export(chosen: argparse.Namespace) -> int:
    folder = open_folder(data_root(chosen.data))
    if level_of(chosen.region) is not Level.KECAMATAN:
        raise UsageError("recap: only a kecamatan carries its plenary; --region has 6 digits")
    with Database(folder.database) as database, database.write() as connection:
        data = export_recap(
            folder,
            connection,
            chosen.region,
            chosen.contest,
            int(time.time()),
            folder.photo_store.get,
        )
        if len(data) > RECAP_LIMIT:
            raise AnswerError(
                f"recap: {len(data) >> 20} MB, and the kabupaten takes {RECAP_LIMIT >> 20}: the "
                "photos of typed sheets are too large; type some of those sheets there"
            )
        # Before the commit: the journal tells of no file that the stick has not taken.
        put_file(chosen.out, [data])
    print(f"{chosen.out}: {chosen.contest} of region {chosen.region}, {len(data)} bytes")
    return 0


def _import(chosen: argparse.Namespace) -> int:
    folder = open_folder(data_root(chosen.data))
    data = read_small(chosen.file, RECAP_LIMIT)
    with Database(folder.database) as database:
        done = import_recap(
            folder, database, data, int(time.time()), folder.photo_store.put, replace=chosen.replace
        )
    state = "taken in" if done.new else "was here before; nothing changed"
    print(f"{done.contest} of region {done.region}: {done.tps} TPS, {done.acts} acts: {state}")
    return 0
