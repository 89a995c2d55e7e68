"""Takes in carried bundles: verifies whose they are, then each item by the way all links share."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import msgspec
from sqlalchemy import select
from tpsbox.errors import AnswerError
from tpsbox.record.bundle import Bundle, Entry, Manifest
from tpsbox.record.delegation import check_covers, make_kecamatan_receipt
from tpsbox.record.enrolment import public_key
from tpsbox.record.receipt import ReceiptKind, make_receipt
from tpsbox.record.receipt_list import CarriedReceipt, ReceiptList

from tpscentral.attachments import take_evidence, take_photo
from tpscentral.database import Database
from tpscentral.delegation import Installed
from tpscentral.files import faults
from tpscentral.folder import Folder
from tpscentral.outcome import Outcome, RefusalError, refuse
from tpscentral.results import take_result
from tpscentral.schema import enrolments

log = logging.getLogger("tpscentral.bundles")


class Trouble(msgspec.Struct, frozen=True):
    """An item that a person must look at: its entry in the bundle, and why in one line."""

    name: str
    kind: ReceiptKind
    note: str


class TakenBundle(msgspec.Struct, frozen=True):
    """What became of a bundle; every count and receipt is of what is committed.

    `records`, `evidence` and `photos` count what is kept, now or before.
    """

    tps: str
    epoch: int
    number: int
    records: int
    evidence: int
    photos: int
    troubles: tuple[Trouble, ...]
    receipts: ReceiptList


class BundleDesk:
    """Takes bundles one at a time, for a centre or for the kecamatan that it certified."""

    def __init__(
        self,
        folder: Folder,
        database: Database,
        clock: Callable[[], float],
        delegation: Installed | None,
    ) -> None:
        """`clock` gives unix seconds; `delegation` is what makes this folder a kecamatan's.

        Raises:
            EnvironmentFault, InputError: the folder cannot be read, or is not as init made it.
        """
        self._database = database
        self._clock = clock
        self._delegation = delegation
        self._photos = folder.photo_store
        self._elections = folder.elections
        self._key = folder.key

    def take(self, path: Path) -> TakenBundle:
        """Take in the bundle at `path`; taking it again has the same answers and changes nothing.

        Raises:
            InputError: it is no bundle, or cut off or damaged; nothing behind the damage is taken.
            AnswerError: it is not of a box that is enrolled here, or not of this region.
            EnvironmentFault: the stick, the centre's disk or its database fails.
        """
        with faults(path), path.open("rb") as stream:
            bundle = Bundle(stream)
            manifest = bundle.manifest
            self._check(bundle)
            # Damage at the end must not leave half of a bundle taken: all is read first.
            for entry in manifest.entries:
                bundle.read(entry)
            outcomes = [
                (entry, self._settle(manifest, entry, bundle.read(entry)))
                for entry in manifest.entries
                if entry.kind != "receipt"
            ]
        return self._report(manifest, outcomes)

    def _check(self, bundle: Bundle) -> None:
        manifest = bundle.manifest
        with self._database.read() as connection:
            box = connection.execute(
                select(enrolments.c.public_key, enrolments.c.package).where(
                    enrolments.c.tps == manifest.tps, enrolments.c.epoch == manifest.epoch
                )
            ).one_or_none()
        if box is None:
            where = "import its roster" if self._delegation else "enrol it"
            raise AnswerError(
                f"bundle: no box is known for TPS {manifest.tps}, epoch {manifest.epoch}; {where}"
            )
        if box.package != manifest.package:
            raise AnswerError(f"bundle: its box is enrolled for election package {box.package}")
        bundle.verify(public_key(box.public_key))
        if self._delegation is not None:
            package = bytes.fromhex(manifest.package)
            check_covers(self._delegation.delegation, manifest.tps, package, self._clock())

    def _settle(self, manifest: Manifest, entry: Entry, body: bytes) -> Outcome:
        tps, id, now = manifest.tps, bytes.fromhex(entry.sha256), int(self._clock())
        try:
            outcome = self._take(tps, entry, id, body, now)
        except RefusalError as error:
            kind = "result" if entry.kind == "record" else entry.kind
            outcome = refuse(self._database, tps, kind, id, error, now)
        log.info("%s %s %s: %s", entry.kind, tps, entry.sha256[:16], outcome.note)
        return outcome

    def _take(self, tps: str, entry: Entry, id: bytes, body: bytes, now: int) -> Outcome:
        database, elections = self._database, self._elections
        match entry.kind:
            case "record":
                return take_result(database, elections, tps, body, now, via="bundle")
            case "evidence":
                return take_evidence(database, elections, tps, id, body, now)
            case _:
                return take_photo(database, elections, self._photos, tps, id, body, now)

    def _report(self, manifest: Manifest, outcomes: list[tuple[Entry, Outcome]]) -> TakenBundle:
        kept = [entry.kind for entry, o in outcomes if o.receipt is not ReceiptKind.REFUSED]
        receipts = tuple(
            CarriedReceipt(outcome.id.hex(), self._receipt(outcome.receipt, outcome.id).hex())
            for _, outcome in outcomes
            if outcome.receipt is not None
        )
        return TakenBundle(
            manifest.tps,
            manifest.epoch,
            manifest.number,
            records=kept.count("record"),
            evidence=kept.count("evidence"),
            photos=kept.count("photo"),
            troubles=tuple(
                Trouble(entry.name, outcome.receipt, outcome.note)
                for entry, outcome in outcomes
                if outcome.receipt not in (None, ReceiptKind.STORED)
            ),
            receipts=ReceiptList(1, manifest.tps, receipts),
        )

    def _receipt(self, kind: ReceiptKind, id: bytes) -> bytes:
        receipt = make_receipt(kind, id, self._key)
        if self._delegation is None:
            return receipt
        return make_kecamatan_receipt(self._delegation.certificate, receipt)
