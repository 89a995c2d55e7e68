"""Takes in photos by chunks: says what is missing, and what the whole turned out to be."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from tpsbox.errors import InputError
from tpsbox.forms.election import Election
from tpsbox.record.chunks import decode_offer, encode_missing
from tpsbox.record.receipt import ReceiptKind

from tpscentral.attachments import has_photo, take_photo
from tpscentral.database import Database
from tpscentral.outcome import Outcome, RefusalError
from tpscentral.partials import Partials
from tpscentral.photostore import PhotoStore

EXPIRY_SECONDS = 14 * 24 * 3600
"""How long a photo may wait for its next chunk; as long as the broker keeps a box's session."""


class Uploads:
    """The desk for photos; whole ones go to `photos` and the database."""

    def __init__(
        self,
        database: Database,
        elections: Mapping[bytes, Election],
        photos: PhotoStore,
        partials: Partials,
    ) -> None:
        self._database = database
        self._elections = elections
        self._photos = photos
        self._partials = partials

    def offer(self, tps: str, id: bytes, payload: bytes, now: int) -> Outcome:
        """Answer an offer: stored already, or the bitmap of what is missing.

        Raises:
            RefusalError: it is no offer, too large, or its TPS is not enrolled or has too many.
            EnvironmentFault: disk or database failed.
        """
        try:
            offer = decode_offer(payload)
        except InputError as error:
            raise RefusalError("malformed", str(error)) from error
        if has_photo(self._database, self._elections, tps, id):
            self._partials.drop(tps, id)
            return Outcome(ReceiptKind.STORED, id, "stored, again")
        missing = self._partials.open(tps, id, offer)
        if not missing:  # a cut came between the last chunk and the answer
            outcome = self._finish(tps, id, now)
            if outcome.receipt is not None:
                return outcome
            missing = self._partials.open(tps, id, offer)
        note = f"{len(missing)} of {offer.count} chunks missing"
        return Outcome(None, id, note, missing=encode_missing(missing, offer.count))

    def chunk(self, tps: str, id: bytes, index: int, payload: bytes, now: int) -> Outcome:
        """Keep a chunk; the last one brings the answer, the others none.

        A chunk that fits no offer is passed over: the box will offer again and learn so.

        Raises:
            RefusalError: the whole photo is not taken.
            EnvironmentFault: disk or database failed.
        """
        try:
            missing = self._partials.add(tps, id, index, payload)
        except InputError as error:
            return Outcome(None, id, f"passed over: {error}")
        if missing is None:
            return Outcome(None, id, f"passed over: chunk {index} of nothing that was offered")
        if missing:
            return Outcome(None, id, f"chunk {index} kept, {len(missing)} missing")
        return self._finish(tps, id, now)

    def sweep(self, now: float) -> int:
        """Forget what has expired; how many photos.

        Raises:
            EnvironmentFault: the disk failed.
        """
        return self._partials.sweep(now - EXPIRY_SECONDS)

    def _finish(self, tps: str, id: bytes, now: int) -> Outcome:
        jpeg = self._partials.whole(tps, id)
        if hashlib.sha256(jpeg).digest() != id:
            # Boxes check what they read, and TLS what travels: the likeliest fault is here.
            self._partials.drop(tps, id)
            return Outcome(None, id, "not what its name says: dropped, to be sent again")
        try:
            outcome = take_photo(self._database, self._elections, self._photos, tps, id, jpeg, now)
        except RefusalError:
            self._partials.drop(tps, id)
            raise
        self._partials.drop(tps, id)
        return outcome
