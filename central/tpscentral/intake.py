"""Decides what becomes of each message from a box, without knowing how it came."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable

import msgspec
from sqlalchemy import func, insert, select, update
from tpsbox.errors import InputError
from tpsbox.record.receipt import make_receipt
from tpsbox.record.topics import (
    LOST,
    MISSING_TYPE,
    ONLINE,
    RECEIPT_TYPE,
    Topic,
    missing_topic,
    parse_topic,
    receipt_topic,
)

from tpscentral.attachments import sweep, take_evidence
from tpscentral.database import Database
from tpscentral.folder import Folder
from tpscentral.outcome import Outcome, RefusalError, refuse
from tpscentral.partials import Partials
from tpscentral.results import take_result
from tpscentral.schema import enrolments, statuses
from tpscentral.uploads import Uploads

log = logging.getLogger("tpscentral.ingest")

OLD_SECONDS = 3600
"""Age of what a cut has left half-written, and time between two looks for it."""


class Answer(msgspec.Struct, frozen=True):
    """What to publish about the item with this 32-byte id.

    `payload` is a receipt of 73 bytes, or the bitmap of what is missing of a photo.
    """

    topic: str
    payload: bytes
    id: bytes
    content_type: str = RECEIPT_TYPE


class Intake:
    """The centre's desk: takes messages one at a time."""

    def __init__(self, folder: Folder, database: Database, clock: Callable[[], float]) -> None:
        """`clock` gives unix seconds: the time of arrival, and nothing else depends on it.

        Raises:
            EnvironmentFault, InputError: the folder cannot be read, or is not as init made it.
        """
        self._folder = folder
        self._database = database
        self._clock = clock
        # Read now, so that a broken folder shows at the start and not with the first record.
        self._elections = folder.elections
        self._key = folder.key
        partials = Partials(folder.partials)
        self._uploads = Uploads(database, self._elections, folder.photos, partials)
        self._swept_at = 0.0
        self._sweep(clock())

    def handle(self, topic: str, payload: bytes) -> Answer | None:
        """Take one message; what this returns may be published, for it is committed.

        Raises:
            EnvironmentFault: disk or database failed; the same message may be handled again.
        """
        now = int(self._clock())
        self._sweep(now)
        try:
            where = parse_topic(topic)
        except InputError as error:
            refused = refuse(
                self._database, "", "unknown", bytes(32), RefusalError("malformed", str(error)), now
            )
            log.warning("unknown: %s", refused.note)
            return None
        id = where.id or hashlib.sha256(payload).digest()
        try:
            outcome = self._take(where, id, payload, now)
        except RefusalError as error:
            kind = "photo" if where.kind == "chunk" else where.kind
            outcome = refuse(self._database, where.tps, kind, id, error, now)
        # A night has millions of chunks; the end of each photo is worth a line.
        level = logging.DEBUG if where.kind == "chunk" and not outcome.receipt else logging.INFO
        log.log(level, "%s %s %s: %s", where.kind, where.tps, id.hex()[:16], outcome.note)
        return self._answer(where, outcome)

    def _answer(self, where: Topic, outcome: Outcome) -> Answer | None:
        id, tps = outcome.id, where.tps
        if outcome.missing is not None:
            return Answer(missing_topic(tps, id.hex()), outcome.missing, id, MISSING_TYPE)
        if outcome.receipt is None or where.kind == "status":
            return None
        return Answer(receipt_topic(tps), make_receipt(outcome.receipt, id, self._key), id)

    def _sweep(self, now: float) -> None:
        if now - self._swept_at >= OLD_SECONDS:
            self._swept_at = now
            # Another process may be writing: only what is older than any write is left over.
            sweep(self._folder.photos, now - OLD_SECONDS)
            self._uploads.sweep(now)

    def _take(self, where: Topic, id: bytes, payload: bytes, now: int) -> Outcome:
        database, elections, tps = self._database, self._elections, where.tps
        match where.kind:
            case "result":
                return take_result(database, elections, tps, payload, now)
            case "evidence":
                return take_evidence(database, elections, tps, id, payload, now)
            case "photo":
                return self._uploads.offer(tps, id, payload, now)
            case "chunk":
                return self._uploads.chunk(tps, id, where.index or 0, payload, now)
            case "status":
                return self._take_status(tps, id, payload, now)

    def _take_status(self, tps: str, id: bytes, payload: bytes, now: int) -> Outcome:
        if payload not in (ONLINE, LOST):
            raise RefusalError("malformed", "status: neither online nor lost")
        word = payload.decode()
        with self._database.write() as connection:
            boxes = select(func.count()).where(enrolments.c.tps == tps)
            if not connection.scalar(boxes):
                raise RefusalError("enrolment", f"TPS {tps} is not enrolled")
            mine = statuses.c.tps == tps
            known = connection.scalar(select(statuses.c.word).where(mine))
            if known is None:
                connection.execute(insert(statuses).values(tps=tps, word=word, changed_at=now))
            elif known != word:
                changed = update(statuses).where(mine).values(word=word, changed_at=now)
                connection.execute(changed)
        return Outcome(None, id, word)
