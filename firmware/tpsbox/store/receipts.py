"""Receipts that came back on a stick: of the centre, or of a kecamatan that it certified."""

from __future__ import annotations

from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tpsbox.errors import AnswerError, EnvironmentFault, InputError
from tpsbox.record.delegation import KECAMATAN_RECEIPT_BYTES, verify_kecamatan_receipt
from tpsbox.record.enrolment import public_key
from tpsbox.record.receipt import ReceiptKind, verify_receipt
from tpsbox.record.receipt_list import RECEIPT_LIST_LIMIT, parse_receipts, receipts_name
from tpsbox.store.files import disk_faults
from tpsbox.store.store import Store


class Imported(msgspec.Struct, frozen=True):
    """How many receipts said what; `bad` gives one line for each that proves nothing.

    `disputed` counts what a kecamatan refused or has twice under one number: the centre decides.
    `others` are for items of another box of this TPS.
    """

    stored: int = 0
    at_kecamatan: int = 0
    refused: int = 0
    conflict: int = 0
    disputed: int = 0
    others: int = 0
    bad: tuple[str, ...] = ()


def import_receipts(store: Store, folder: Path, now: float) -> Imported:
    """Take the receipts for this box that a centre or kecamatan has left in `folder`.

    Every receipt is verified on its own; one that is not for this box changes nothing. `now` in
    unix seconds.

    Raises:
        AnswerError: this box is not enrolled, or there are no receipts for its TPS.
        InputError: the file is not one of receipts.
        EnvironmentFault: it cannot be read, or this box's own disk fails.
    """
    owner, enrolment = store.identity.owner(), store.identity.enrolment()
    if enrolment is None:
        raise AnswerError("import-receipts: this box is not enrolled yet; enrol it first")
    path = folder / receipts_name(owner.tps)
    if not folder.is_dir():
        raise EnvironmentFault(f"{folder}: no such folder; is the stick in?")
    if not path.is_file():
        raise AnswerError(f"{path}: not there; the centre has not taken this stick in yet")
    with disk_faults(path), path.open("rb") as file:
        data = file.read(RECEIPT_LIST_LIMIT + 1)
    try:
        receipts = parse_receipts(data)
    except InputError as error:
        raise InputError(f"{path}: {error}; let the centre write the stick again") from error
    if receipts.tps != owner.tps:
        raise AnswerError(f"{path}: for TPS {receipts.tps}, this box is {owner.tps}")
    desk = _Desk(store, public_key(enrolment.centre_key), owner.tps, owner.package, now)
    for one in receipts.receipts:
        desk.take(bytes.fromhex(one.id), bytes.fromhex(one.receipt))
    return Imported(**desk.counts, bad=tuple(desk.bad))


class _Desk:
    """Verifies receipts one at a time, and writes down what they say."""

    def __init__(
        self, store: Store, centre: Ed25519PublicKey, tps: str, package: str, now: float
    ) -> None:
        self._store = store
        self._centre = centre
        self._tps = tps
        self._package = bytes.fromhex(package)
        self._now = now
        self.counts: dict[str, int] = {}
        self.bad: list[str] = []

    def take(self, id: bytes, receipt: bytes) -> None:
        outbox = self._store.outbox
        try:
            if outbox.get(id) is None:
                self._count("others")
            elif len(receipt) != KECAMATAN_RECEIPT_BYTES:
                kind = verify_receipt(receipt, id, self._centre)
                outbox.store_receipt(id, kind, receipt)
                self._count(kind.name.lower())
            elif self._kecamatan_says(id, receipt) is ReceiptKind.STORED:
                outbox.take_kecamatan_receipt(id, receipt)
                self._count("at_kecamatan")
            else:
                self._count("disputed")
        except AnswerError as error:
            self.bad.append(f"{id.hex()[:16]}: {error}")

    def _kecamatan_says(self, id: bytes, receipt: bytes) -> ReceiptKind:
        return verify_kecamatan_receipt(
            receipt, id, self._centre, tps=self._tps, package=self._package, now=self._now
        )

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1
