"""MQTT 5 over TLS 1.3: results and evidence go whole, photos in chunks, signed receipts come in.

A PUBACK means that a broker has the parcel, never that the centre has it. A chunk is handed over
only when the one before has left for the kernel, so a new result is never behind more than one.
"""

from __future__ import annotations

from collections.abc import Set
from time import monotonic

from paho.mqtt.client import MQTTMessage
from paho.mqtt.reasoncodes import ReasonCode

from tpsbox.errors import AnswerError, InputError
from tpsbox.links.chunks import OFFER_PATIENCE, Upload
from tpsbox.links.mqttpipe import Pipe
from tpsbox.links.mqttsettings import (
    IN_FLIGHT_LIMIT,
    PARCEL_LIMIT,
    MqttSettings,
    content_type,
    topic_of,
)
from tpsbox.links.port import (
    EVERYTHING,
    Answered,
    CentreSays,
    Dropped,
    Failed,
    LinkEvent,
    Moved,
    Parcel,
    RetryLater,
    Taken,
    WaitForNetwork,
)
from tpsbox.links.receipts import FindIds, match_receipt
from tpsbox.record.chunks import PHOTO_LIMIT, SMALLEST_CHUNK, encode_offer
from tpsbox.record.topics import (
    ACCEPTING,
    AWAY,
    CENTRE_STATUS,
    OFFER_TYPE,
    ONLINE,
    answers_filter,
    chunk_topic,
    parse_missing,
    photo_topic,
    status_topic,
)
from tpsbox.store.outbox import ItemKind

NO_MATCHING_SUBSCRIBERS = 16
"""Reason code of MQTT 5 that counts as a success there, and for us as not delivered."""


class MqttLink:
    """A `Link` to one broker. `find` gives the ids of the outbox by the 8 bytes of a receipt."""

    carries = EVERYTHING

    def __init__(self, settings: MqttSettings, find: FindIds) -> None:
        self._settings = settings
        self._find = find
        self._pipe = Pipe(settings, self._on_ack, self._on_message)
        self._reset()

    def _reset(self) -> None:
        self._sent: dict[int, bytes] = {}
        self._upload: Upload | None = None
        self._offer_mid: int | None = None
        self._chunk_mids: set[int] = set()
        self._offered_at = 0.0
        self._greeting: int | None = None
        self._accepting = True  # until the centre says otherwise
        self._events: list[LinkEvent] = []

    @property
    def in_flight(self) -> Set[bytes]:
        """Ids without a PUBACK, and the photo that is being sent."""
        photo = {self._upload.id} if self._upload else set()
        return frozenset(self._sent.values()) | photo

    @property
    def room(self) -> int:
        """How many more parcels may be without a PUBACK; 0 while the centre is away."""
        return IN_FLIGHT_LIMIT - len(self._sent) if self._accepting else 0

    def open(self) -> None:
        """Connect, subscribe to the receipts, say "online", hear whether the centre is there.

        Raises:
            ClockSuspect: a certificate is not valid at this box's time.
            WaitForNetwork: the broker cannot be reached or does not let this box in.
            StopLink: keys or certificates are unusable, or the broker speaks no MQTT 5.
        """
        self.close()
        tps = self._settings.tps
        self._pipe.open([(answers_filter(tps), 1), (CENTRE_STATUS, 0)])
        # A broker handles packets in order, so with this PUBACK the retained word of the centre,
        # if there is one, has come in.
        self._greeting = self._pipe.publish(status_topic(tps), ONLINE, retain=True)
        self._pipe.wait_for(lambda: self._greeting is None)

    def send(self, parcel: Parcel) -> None:
        """Take a parcel on its way; it goes out during `poll`.

        Raises:
            RetryLater: it is larger than the link allows, or too many are on their way.
            WaitForNetwork: the link is not open.
        """
        self._check_size(parcel)
        if self.room <= 0:
            raise RetryLater("too many parcels on their way: wait for one to arrive")
        if parcel.kind is ItemKind.PHOTO:
            self._offer(parcel)
            return
        topic = topic_of(self._settings.tps, parcel.kind, parcel.id)
        kind = content_type(parcel.kind)
        mid = self._pipe.publish(topic, parcel.body, CorrelationData=parcel.id, ContentType=kind)
        self._sent[mid] = parcel.id

    def poll(self, timeout: float) -> tuple[LinkEvent, ...]:
        """Read and write for up to `timeout` seconds; what happened, at once if anything did.

        Raises:
            WaitForNetwork: the link was lost.
        """
        deadline = monotonic() + timeout
        while not self._events and not self._pipe.lost:
            self._feed()
            self._pipe.turn(max(0.0, deadline - monotonic()))
            if monotonic() >= deadline:
                break
        events, self._events = tuple(self._events), []
        if self._pipe.lost and not events:
            where, why = self._settings.where, self._pipe.lost
            raise WaitForNetwork(f"{where}: the link was lost ({why})")
        return events

    def close(self) -> None:
        """Say goodbye so that the broker shows "lost" at once; what is unanswered is forgotten."""
        self._pipe.close()
        self._reset()

    def _check_size(self, parcel: Parcel) -> None:
        if parcel.kind is ItemKind.PHOTO:
            limit = PHOTO_LIMIT
        else:
            limit = min(PARCEL_LIMIT, self._pipe.limit or PARCEL_LIMIT)
        if len(parcel.body) > limit:
            raise RetryLater(
                f"{parcel.kind} of {len(parcel.body)} bytes: over the limit of {limit}"
                " on this link: carry it to the centre"
            )

    def _offer(self, parcel: Parcel) -> None:
        if self._upload is not None:
            raise RetryLater("another photo is on its way: wait for it to arrive")
        chunk = min(self._settings.chunk, self._pipe.limit or self._settings.chunk)
        if chunk < SMALLEST_CHUNK:
            raise RetryLater(f"{self._settings.where}: takes no chunks: carry the photo")
        upload = Upload(parcel.id, parcel.body, chunk)
        self._offer_mid = self._pipe.publish(
            photo_topic(self._settings.tps, parcel.id.hex()),
            encode_offer(upload.offer),
            CorrelationData=parcel.id,
            ContentType=OFFER_TYPE,
        )
        self._upload, self._offered_at = upload, monotonic()

    def _feed(self) -> None:
        """Hand over the next chunk once the one before has left."""
        upload = self._upload
        if upload is None or not self._accepting or not self._pipe.idle:
            return
        if upload.asked:
            if monotonic() - self._offered_at > OFFER_PATIENCE:
                self._give_up("the centre does not say what it lacks of this photo")
            return
        following = upload.next()
        if following is not None:
            index, data = following
            topic = chunk_topic(self._settings.tps, upload.id.hex(), index)
            self._chunk_mids.add(self._pipe.publish(topic, data))

    def _give_up(self, reason: str) -> None:
        if self._upload is not None:
            self._events.append(Failed(self._upload.id, RetryLater(reason)))
            self._end_upload()

    def _end_upload(self) -> None:
        self._upload = self._offer_mid = None
        self._chunk_mids.clear()

    def _on_ack(self, mid: int, reason: ReasonCode) -> None:
        refusal = _refusal(reason)
        if mid == self._greeting:
            self._greeting = None
        elif (id := self._sent.pop(mid, None)) is not None:
            failed = Failed(id, RetryLater(refusal)) if refusal else None
            self._events.append(failed or Taken(id))
        elif mid == self._offer_mid or mid in self._chunk_mids:
            if refusal:
                self._give_up(refusal)
            else:
                self._on_part(mid)

    def _on_part(self, mid: int) -> None:
        upload = self._upload
        if upload is not None and mid in self._chunk_mids:
            self._chunk_mids.discard(mid)
            upload.arrived()
            self._events.append(Moved(upload.id))
            self._end_if_done(upload)

    def _end_if_done(self, upload: Upload) -> None:
        if upload.done:
            self._events.append(Taken(upload.id))
            self._end_upload()

    def _on_message(self, message: MQTTMessage) -> None:
        if message.topic == CENTRE_STATUS:
            self._on_centre(message.payload)
        elif (id := parse_missing(message.topic)) is not None:
            self._on_missing(id, message.payload)
        else:
            correlation = getattr(message.properties, "CorrelationData", None)
            self._on_receipt(message.payload, correlation)

    def _on_centre(self, word: bytes) -> None:
        if word not in (ACCEPTING, AWAY):
            self._events.append(Dropped("the centre's status is neither accepting nor away"))
            return
        if self._upload is not None and not self._accepting:
            self._offered_at = monotonic()  # it could not answer in the meantime
        self._accepting = word == ACCEPTING
        self._events.append(CentreSays(self._accepting))

    def _on_missing(self, id: bytes, bitmap: bytes) -> None:
        upload = self._upload
        if upload is None or upload.id != id:
            return  # the answer to an offer of an earlier connection
        try:
            upload.told(bitmap)
        except InputError as error:
            self._events.append(Dropped(str(error)))
        else:
            self._end_if_done(upload)

    def _on_receipt(self, data: bytes, correlation: bytes | None) -> None:
        try:
            answered: Answered = match_receipt(
                data, correlation, self._find, self._settings.centre_key
            )
        except AnswerError as error:
            self._events.append(Dropped(str(error)))
            return
        self._events.append(answered)
        if self._upload is not None and self._upload.id == answered.id:
            self._end_upload()


def _refusal(reason: ReasonCode) -> str:
    """Why a PUBACK does not mean that somebody has it; empty if it does."""
    if reason.value == NO_MATCHING_SUBSCRIBERS:
        return "nobody at the centre is listening"
    return f"the broker refused it: {reason}" if reason.is_failure else ""
