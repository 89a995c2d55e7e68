"""Decides what becomes of each message from a box, without knowing how it came."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence

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
from tpscentral.results import Arrival, take_results
from tpscentral.rollup import freshen
from tpscentral.schema import enrolments, statuses
from tpscentral.tally import tally
from tpscentral.uploads import Uploads

log = logging.getLogger("tpscentral.ingest")

OLD_SECONDS = 3600
"""Age of what a cut has left half-written, and time between two looks for it."""

STEP = 10
"""Results that are counted before the next look for messages: about 50 ms."""

Message = tuple[str, bytes]
"""Topic and payload."""


class Answer(msgspec.Struct, frozen=True):
    """What to publish about the item with this 32-byte id.

    `payload` is a receipt of 73 bytes, or the bitmap of what is missing of a photo.
    """

    topic: str
    payload: bytes
    id: bytes
    content_type: str = RECEIPT_TYPE


class Intake:
    """The centre's desk: takes messages by the batch."""

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
        self._uploads = Uploads(database, self._elections, folder.photo_store, partials)
        self._swept_at = 0.0
        self._sweep(clock())

    def handle(self, topic: str, payload: bytes) -> Answer | None:
        """Take one message; what this returns may be published, for it is committed.

        Raises:
            EnvironmentFault: disk or database failed; the same message may be handled again.
        """
        [answer] = self.take([(topic, payload)])
        return answer

    def take(self, messages: Sequence[Message]) -> list[Answer | None]:
        """Take messages, all records among them in one transaction; the answer to each.

        Raises:
            EnvironmentFault: disk or database failed; the same messages may be handled again.
        """
        now = int(self._clock())
        self._sweep(now)
        answers: list[Answer | None] = [None] * len(messages)
        records: list[tuple[int, Topic, bytes]] = []
        for index, (topic, payload) in enumerate(messages):
            where = self._where(topic, now)
            if where is not None and where.kind == "result":
                records.append((index, where, payload))
            elif where is not None:
                answers[index] = self._settle(where, payload, now)
        answered = self._take_records(records, now)
        for (index, *_), answer in zip(records, answered, strict=True):
            answers[index] = answer
        return answers

    def idle(self) -> bool:
        """Do a little of what no receipt waits for; whether there may be more of it.

        Raises:
            EnvironmentFault: the database failed.
        """
        return bool(tally(self._database, self._elections, STEP)) or bool(freshen(self._database))

    def _where(self, topic: str, now: int) -> Topic | None:
        try:
            return parse_topic(topic)
        except InputError as error:
            refused = refuse(
                self._database, "", "unknown", bytes(32), RefusalError("malformed", str(error)), now
            )
            log.warning("unknown: %s", refused.note)
            return None

    def _settle(self, where: Topic, payload: bytes, now: int) -> Answer | None:
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

    def _take_records(
        self, records: Sequence[tuple[int, Topic, bytes]], now: int
    ) -> Iterator[Answer | None]:
        arrivals = [Arrival(where.tps, payload) for _, where, payload in records]
        outcomes = take_results(self._database, self._elections, arrivals, now) if arrivals else []
        for (_, where, payload), outcome in zip(records, outcomes, strict=True):
            if isinstance(outcome, RefusalError):
                id = hashlib.sha256(payload).digest()
                outcome = refuse(self._database, where.tps, "result", id, outcome, now)
            log.info("result %s %s: %s", where.tps, outcome.id.hex()[:16], outcome.note)
            yield self._answer(where, outcome)

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
            case "evidence":
                return take_evidence(database, elections, tps, id, payload, now)
            case "photo":
                return self._uploads.offer(tps, id, payload, now)
            case "chunk":
                return self._uploads.chunk(tps, id, where.index or 0, payload, now)
            case _:
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
