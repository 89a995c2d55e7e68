"""`tpsbox export` and `tpsbox import-receipts`: what goes and comes on a stick."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from tpsbox.cli.place import add_data, data_folder, open_box
from tpsbox.errors import AnswerError, EnvironmentFault
from tpsbox.kiosk.lights import unsent_photos
from tpsbox.store.export import export
from tpsbox.store.receipts import Imported, import_receipts


def add(commands: Any) -> None:
    """Add the two commands."""
    out = commands.add_parser("export", help="write all for the centre to a stick, as one file")
    out.set_defaults(run=run_export)
    back = commands.add_parser("import-receipts", help="take the receipts back from the stick")
    back.set_defaults(run=run_import)
    for parser in (out, back):
        parser.add_argument("folder", type=Path, metavar="DIR", help="the stick, or any folder")
        parser.add_argument("--json", action="store_true", help="print JSON")
        add_data(parser)


def run_export(arguments: argparse.Namespace) -> int:
    """Write the bundle and say what is in it."""
    data = data_folder(arguments)
    with open_box(data) as (store, _):
        done = export(store, arguments.folder)
        unsent = unsent_photos(store, store.sheets.list())
        try:
            store.events.add("export", {"file": done.path.name, "bytes": done.size})
        except EnvironmentFault as fault:  # a locked card: what is on the stick is there
            print(f"tpsbox: {fault}; the bundle is written all the same", file=sys.stderr)
    if arguments.json:
        print(msgspec.json.encode(done, enc_hook=str).decode())
    else:
        print(f"{done.path}: {done.size} byte")
        print(
            f"Hasil {done.records}, bukti {done.evidence}, foto {done.photos}, "
            f"tanda terima {done.receipts}. Lepaskan stik dengan aman, lalu bawa ke kecamatan."
        )
    if arguments.folder.stat().st_dev == data.stat().st_dev:
        print(
            f"tpsbox: {arguments.folder}: lies on the box's own card; is the stick in?",
            file=sys.stderr,
        )
    if unsent:
        print(
            f"tpsbox: {unsent} photos after the last result are not in it: hold the button for 2 "
            "seconds, then export again",
            file=sys.stderr,
        )
    for sha in done.left_out:
        print(f"tpsbox: photo {sha}: this box's disk fails; it was left out", file=sys.stderr)
    return EnvironmentFault.exit_code if done.left_out else 0


def run_import(arguments: argparse.Namespace) -> int:
    """Take the receipts and say what they mean."""
    with open_box(data_folder(arguments)) as (store, _):
        found = import_receipts(store, arguments.folder, time.time())
        counts = {name: getattr(found, name) for name in WORDS}
        store.events.add("receipts", {**counts, "bad": len(found.bad)})
    if arguments.json:
        print(msgspec.json.encode(found).decode())
    else:
        print("\n".join(lines(found)) or "Tidak ada tanda terima untuk kotak ini.")
    for line in found.bad:
        print(f"tpsbox: {line}", file=sys.stderr)
    sound = not (found.bad or found.refused or found.conflict or found.disputed)
    return 0 if sound else AnswerError.exit_code


WORDS = {
    "stored": "tersimpan di pusat",
    "at_kecamatan": "di kecamatan, belum tersimpan di pusat",
    "refused": "ditolak pusat: hubungi petugas",
    "conflict": "bentrok di pusat: hubungi petugas",
    "disputed": "ditolak atau bentrok di kecamatan: hubungi petugas",
    "others": "untuk kotak lain di TPS ini",
}


def lines(found: Imported) -> list[str]:
    """A line for each kind of answer that came."""
    counts = {words: getattr(found, name) for name, words in WORDS.items()}
    return [f"{count} {words}" for words, count in counts.items() if count]
