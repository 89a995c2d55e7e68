"""The command `tpscentral verify-document`: whether a paper or file says what was locked."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select
from tpsbox.errors import AnswerError, InputError
from tpsbox.record.enrolment import public_key

from tpscentral.database import Database
from tpscentral.delegation import load_delegation
from tpscentral.documents.made import made_here
from tpscentral.documents.seal import BY_CENTRE, BY_KECAMATAN, SEAL, Sealed, Signer, verify_seal
from tpscentral.files import read_small
from tpscentral.folder import data_root, open_folder
from tpscentral.schema import locks
from tpscentral.words import local_time, whole

PDF_LIMIT = 50_000_000


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Add the command; `shared` holds the options that all commands have."""
    parser = commands.add_parser(
        "verify-document", parents=[shared], help="check a D.HASIL file, or the text of its QR code"
    )
    parser.add_argument("what", metavar="PDF_OR_TEXT", help=f"a file, or text from {BY_CENTRE}")
    parser.add_argument(
        "--centre-key", metavar="HEX", help="the centre's key, where its folder is not at hand"
    )
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> int:
    text, sha = _code(chosen.what)
    if chosen.centre_key is not None:
        _tell(*verify_seal(text, public_key(chosen.centre_key)))
        print("compare these totals with the document; only its centre knows the file itself")
        return 0
    folder = open_folder(data_root(chosen.data))
    installed = load_delegation(folder)
    key = installed.centre_key if installed else folder.key.public_key()
    sealed, signer = verify_seal(text, key)
    _tell(sealed, signer)
    with Database(folder.database) as database, database.read() as connection:
        _compare(connection, sealed, sha)
    return 0


def _compare(connection: Connection, sealed: Sealed, sha: str | None) -> None:
    """Compare with what this centre has locked and made."""
    mine = (locks.c.region == sealed.region) & (locks.c.contest == sealed.contest)
    # By its time too: locked anew with the same numbers, others may have signed.
    this = (locks.c.digest == sealed.digest.hex()) & (locks.c.at == sealed.locked_at)
    query = select(locks).where(mine, this)
    lock = connection.execute(query.order_by(locks.c.n.desc())).first()
    if lock is None:
        raise AnswerError("document: signed, but this centre has no such lock; is it another's?")
    print("lock: holds" if lock.unlocked_at is None else "lock: was opened again since")
    if sha is not None and not made_here(connection, sealed.region, sealed.contest, sha):
        raise AnswerError(
            "document: its code is right, but the file is not one that this centre has made; "
            "compare every number with the totals above"
        )


def _code(what: str) -> tuple[str, str | None]:
    """The code, and the SHA-256 of the file that it came from."""
    if what.strip().startswith((BY_CENTRE, BY_KECAMATAN)):
        return what, None
    data = read_small(Path(what), PDF_LIMIT)
    if len(data) > PDF_LIMIT or not data.startswith(b"%PDF-"):
        raise InputError(f"{what[:200]}: not a PDF of up to {PDF_LIMIT} bytes, nor a code's text")
    found = SEAL.search(data.decode("latin-1"))
    if found is None:
        raise InputError(f"{what[:200]}: a PDF, but without the signed code of a document")
    return found.group(), hashlib.sha256(data).hexdigest()


def _tell(sealed: Sealed, signer: Signer) -> None:
    by = "the centre"
    if signer.delegation is not None:
        by = f"the kecamatan certified for region {signer.delegation.region}"
    print(f"signed by {by}: {sealed.contest}, region {sealed.region}")
    print(f"locked: {local_time(sealed.locked_at, sealed.region)}")
    for number, votes in enumerate(sealed.paslon, 1):
        print(f"paslon {number}: {whole(votes)}")
    valid, invalid, all_of_them = sealed.suara_sah, sealed.suara_tidak_sah, sealed.suara_total
    print(f"suara sah: {whole(valid)}; tidak sah: {whole(invalid)}; total: {whole(all_of_them)}")
    print(f"TPS counted: {whole(sealed.counted)} of {whole(sealed.tps)}")
