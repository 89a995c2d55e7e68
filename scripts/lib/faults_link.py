"""A link without a network: the centre's own desk, asked in this process."""

from __future__ import annotations

from collections.abc import Callable, Set

from tpsbox.links.port import EVERYTHING, LinkEvent, Parcel, Taken
from tpsbox.links.receipts import match_receipt
from tpsbox.record.chunks import CHUNK_BYTES, Offer, decode_missing, encode_offer
from tpsbox.record.enrolment import public_key
from tpsbox.record.topics import (
    MISSING_TYPE,
    chunk_topic,
    evidence_topic,
    photo_topic,
    result_topic,
)
from tpsbox.store.outbox import ItemKind
from tpsbox.store.store import Store
from tpscentral.intake import Answer, Intake

ROOM = 4


class DeskLink:
    """A `Link` that hands every parcel to an intake at once.

    `step` is called before the centre gets a parcel and again before its answer comes back: it may
    raise what a link raises.
    """

    carries = EVERYTHING

    def __init__(self, intake: Intake, store: Store, step: Callable[[], None]) -> None:
        enrolment = store.identity.enrolment()
        assert enrolment is not None, "a box carries after its enrolment"
        self._intake = intake
        self._tps = enrolment.tps
        self._find = store.outbox.by_prefix
        self._key = public_key(enrolment.centre_key)
        self._step = step
        self._events: list[LinkEvent] = []

    @property
    def in_flight(self) -> Set[bytes]:
        """Nothing is ever on its way."""
        return frozenset()

    @property
    def room(self) -> int:
        """As many as a link to a broker takes."""
        return ROOM - len(self._events) // 2

    def open(self) -> None:
        """There is nothing to open."""

    def send(self, parcel: Parcel) -> None:
        """Let the centre take the parcel; its answer comes with the next poll."""
        self._step()
        answer = self._take(parcel)
        self._step()
        self._events.append(Taken(parcel.id))
        if answer is not None and answer.content_type != MISSING_TYPE:
            receipt = match_receipt(answer.payload, answer.id, self._find, self._key)
            self._events.append(receipt)

    def poll(self, timeout: float) -> tuple[LinkEvent, ...]:
        """What the centre has answered."""
        events, self._events = tuple(self._events), []
        return events

    def close(self) -> None:
        """Forget what was not polled."""
        self._events = []

    def _take(self, parcel: Parcel) -> Answer | None:
        name = parcel.id.hex()
        if parcel.kind is ItemKind.RESULT:
            return self._intake.handle(result_topic(self._tps), parcel.body)
        if parcel.kind is ItemKind.EVIDENCE:
            return self._intake.handle(evidence_topic(self._tps, name), parcel.body)
        offer = Offer(len(parcel.body), CHUNK_BYTES)
        answer = self._intake.handle(photo_topic(self._tps, name), encode_offer(offer))
        if answer is None or answer.content_type != MISSING_TYPE:
            return answer
        for index in decode_missing(answer.payload, offer.count):
            chunk = parcel.body[slice(*offer.span(index))]
            answer = self._intake.handle(chunk_topic(self._tps, name, index), chunk)
        return answer
