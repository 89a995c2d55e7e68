"""The command `tpscentral import`: takes bundles from a stick and leaves receipts beside them."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from tpsbox.errors import AnswerError, InputError, TpsError
from tpsbox.record.bundle import BUNDLE_SUFFIX, bundle_name
from tpsbox.record.receipt import ReceiptKind
from tpsbox.record.receipt_list import (
    RECEIPT_LIST_LIMIT,
    ReceiptList,
    merge_receipts,
    parse_receipts,
    receipts_name,
    write_receipts,
)

from tpscentral.bundles import BundleDesk, TakenBundle
from tpscentral.database import Database
from tpscentral.delegation import load_delegation
from tpscentral.files import faults, put_file, read_small
from tpscentral.folder import Folder, data_root, open_folder
from tpscentral.tally import tally_all

KEPT = "bundles"
"""Where a kecamatan keeps what it took, to carry it on to the centre."""
PIECE = 1 << 20

_ALARMS = {
    ReceiptKind.REFUSED: "refused",
    ReceiptKind.CONFLICT: "ALARM: another record has this number; both are kept, compare them",
}


class ImportedFile(msgspec.Struct, frozen=True):
    """A bundle as `--json` shows it; `receipts` is the file that was left, `error` if it failed."""

    file: str
    bundle: TakenBundle | None = None
    receipts: str = ""
    error: str = ""


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Add the command; `shared` holds the options that all commands have."""
    parser = commands.add_parser(
        "import", parents=[shared], help="take in bundles from a stick, and leave receipts on it"
    )
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="a bundle, or a folder of them"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> int:
    """Take in every bundle; one that fails keeps no other from being taken."""
    folder = open_folder(data_root(chosen.data))
    with _own_lines():
        return _import(chosen, folder)


@contextmanager
def _own_lines() -> Iterator[None]:
    """This command prints its own lines: while it runs, the log's are for errors alone."""
    log = logging.getLogger("tpscentral")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


def _import(chosen: argparse.Namespace, folder: Folder) -> int:
    paths = list(_bundles(chosen.paths))
    code, done = 0, []
    with Database(folder.database) as database:
        delegation = load_delegation(folder)
        desk = BundleDesk(folder, database, time.time, delegation)
        for path in paths:
            imported, own = _take(desk, folder, path, keep=delegation is not None)
            code = max(code, own)
            done.append(imported)
            if not chosen.json and imported.bundle is not None:
                print(_line(imported.bundle, imported, at_kecamatan=delegation is not None))
        # A kecamatan without a network has no ingest that would do it.
        tally_all(database, folder.elections)
    if chosen.json:
        print(msgspec.json.encode(done).decode())
    return code


def _bundles(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            with faults(path):
                found = sorted(path.glob(f"*{BUNDLE_SUFFIX}"))
            if not found:
                raise InputError(f"{_shown(path)}: no *{BUNDLE_SUFFIX} in it; the right stick?")
            yield from found
        elif path.is_file():
            yield path
        else:
            raise InputError(f"{_shown(path)}: not there; is the stick in?")


def _take(desk: BundleDesk, folder: Folder, path: Path, *, keep: bool) -> tuple[ImportedFile, int]:
    """Take in one bundle and leave its receipts; also the exit code that it alone would have."""
    taken = None
    try:
        taken = desk.take(path)
        for trouble in taken.troubles:
            _complain(path, f"{trouble.name}: {_ALARMS[trouble.kind]} ({trouble.note})")
        if keep:
            _keep(folder, path, taken)
        left = leave_receipts(path.parent, taken.receipts)
    except TpsError as error:
        _complain(path, str(error).removeprefix(f"{path}: "))
        return ImportedFile(_shown(path), taken, error=_plain(str(error))), error.exit_code
    code = AnswerError.exit_code if taken.troubles else 0
    return ImportedFile(_shown(path), taken, receipts=_shown(left)), code


def leave_receipts(folder: Path, receipts: ReceiptList) -> Path:
    """Write receipts beside a bundle, together with those that another desk has left there.

    Raises:
        EnvironmentFault: the stick does not take them; what was taken in stays taken in.
    """
    path = folder / receipts_name(receipts.tps)
    old = None
    if path.is_file():
        try:
            old = parse_receipts(read_small(path, RECEIPT_LIST_LIMIT))
        except InputError:
            old = None  # half written or not ours: the new ones are all that counts
    put_file(path, [write_receipts(merge_receipts(old, receipts))])
    return path


def _keep(folder: Folder, path: Path, taken: TakenBundle) -> None:
    """Copy the bundle: a kecamatan must be able to carry on all that it has given receipts for."""
    kept = folder.root / KEPT
    with faults(kept), path.open("rb") as stream:
        kept.mkdir(mode=0o700, exist_ok=True)
        pieces = iter(lambda: stream.read(PIECE), b"")
        put_file(kept / bundle_name(taken.tps, taken.epoch, taken.number), pieces)


def _line(taken: TakenBundle, imported: ImportedFile, *, at_kecamatan: bool) -> str:
    where = "at the kecamatan" if at_kecamatan else "stored"
    return (
        f"{imported.file}: TPS {taken.tps}, result {taken.epoch}/{taken.number}: "
        f"{taken.records} records, {taken.evidence} sheets of evidence, {taken.photos} photos "
        f"{where}; receipts: {imported.receipts or 'not written'}"
    )


def _complain(path: Path, line: str) -> None:
    print(f"tpscentral: {_shown(path)}: {_plain(line)}", file=sys.stderr)


def _shown(path: Path) -> str:
    """A name from somebody's stick, as far as it can be printed in one line."""
    return _plain(str(path))


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)
