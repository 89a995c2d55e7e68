"""The documents of a lock: made once, kept in the centre's folder, known by their hash for ever."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

import msgspec
from sqlalchemy import update

from tpscentral.delegation import load_delegation
from tpscentral.documents.hasil import hasil_pdf
from tpscentral.documents.kejadian import kejadian_pdf
from tpscentral.documents.made import MADE, made_here
from tpscentral.documents.seal import Sealed, make_seal
from tpscentral.files import faults, put_file
from tpscentral.folder import Folder
from tpscentral.people import journal as journals
from tpscentral.people.roles import require_see
from tpscentral.plenary.desk import Desk
from tpscentral.plenary.locks import Lock, newest_lock_of
from tpscentral.plenary.objections import objections_of
from tpscentral.plenary.recap import decode_recap, digest_of
from tpscentral.plenary.said import RefusedError
from tpscentral.schema import locks

DocumentKind = Literal["hasil", "kejadian"]


class Document(msgspec.Struct, frozen=True):
    """A PDF with the name under which it is saved, and its SHA-256 in hex."""

    name: str
    data: bytes
    sha: str


def document_of(desk: Desk, region: str, contest: str, kind: DocumentKind) -> Document:
    """D.HASIL or D.KEJADIAN KHUSUS of a region as it is locked now; needs a writing transaction.

    It is made at the first call, and its hash goes into the journal; later calls give the same
    bytes.

    Raises:
        ForbiddenError: the account may not look there.
        RefusedError: the region is not locked.
        EnvironmentFault: key, delegation or disk cannot be used.
    """
    require_see(desk.account, region)
    lock = newest_lock_of(desk.connection, region, contest)
    if lock is None:
        raise RefusedError("Dokumen baru ada setelah rekapitulasi dikunci.")
    name = f"D.{kind.upper()}-{contest}-{region}.pdf"
    kept = _kept(desk.folder, lock) if kind == "hasil" else None
    data = kept or _make(desk, lock, kind)
    sha = hashlib.sha256(data).hexdigest()
    if kept is None:
        _remember(desk, lock, kind, data, sha)
    return Document(name, data, sha)


def seal_of(folder: Folder, lock: Lock) -> str:
    """The signed code of a lock: by the centre, or by the kecamatan that this folder is.

    Raises:
        EnvironmentFault, InputError: key or delegation cannot be read.
    """
    recap = decode_recap(lock.recap)
    totals = recap.totals
    sealed = Sealed(
        lock.region,
        lock.contest,
        lock.at,
        bytes.fromhex(digest_of(lock.recap)),
        tuple(totals[f"paslon_{nomor}"] for nomor in range(1, len(recap.paslon) + 1)),
        totals["suara_sah"],
        totals["suara_tidak_sah"],
        totals["suara_total"],
        recap.counted,
        recap.tps,
    )
    installed = load_delegation(folder)
    return make_seal(sealed, folder.key, installed.certificate if installed else None)


def _make(desk: Desk, lock: Lock, kind: DocumentKind) -> bytes:
    recap, code = decode_recap(lock.recap), seal_of(desk.folder, lock)
    if kind == "hasil":
        return hasil_pdf(recap, lock.signing, code, lock.at)
    told = objections_of(desk, lock.region, lock.contest)
    return kejadian_pdf(recap, told, lock.signing, code, lock.at)


def _remember(desk: Desk, lock: Lock, kind: DocumentKind, data: bytes, sha: str) -> None:
    if kind == "hasil":
        place = _place(desk.folder, sha)
        with faults(place):
            place.parent.mkdir(mode=0o700, exist_ok=True)
        put_file(place, [data])
        mine = update(locks).where(locks.c.n == lock.n)
        desk.connection.execute(mine.values(document=sha))
    if not made_here(desk.connection, lock.region, lock.contest, sha):
        told = msgspec.json.encode({"lock": lock.n, "kind": kind, "sha256": sha}).decode()
        target = f"{lock.region}/{lock.contest}"
        name = desk.account.username
        journals.write(desk.connection, name, MADE, target, told, desk.now)


def _kept(folder: Folder, lock: Lock) -> bytes | None:
    """The file as it was made; None if it was not yet, or not on this machine."""
    place = _place(folder, lock.document or "none")
    with faults(place):
        if not place.is_file():
            return None
        data = place.read_bytes()
    return data if hashlib.sha256(data).hexdigest() == lock.document else None


def _place(folder: Folder, sha: str) -> Path:
    return folder.root / "documents" / f"{sha}.pdf"
