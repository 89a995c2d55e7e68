"""A small centre: takes what boxes send, checks its hash, answers with signed receipts."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mqtt_broker import PATIENCE, Broker
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from tpsbox.record.chunks import Offer, decode_offer, encode_missing
from tpsbox.record.receipt import ReceiptKind, make_receipt
from tpsbox.record.topics import (
    ACCEPTING,
    AWAY,
    CENTRE_STATUS,
    CHUNKS,
    EVIDENCES,
    MISSING_TYPE,
    OFFER_TYPE,
    OFFERS,
    RESULTS,
    STATUSES,
    Topic,
    missing_topic,
    parse_topic,
    receipt_topic,
)


class Arrival(msgspec.Struct, frozen=True):
    """What came in whole; of a photo, its last chunk."""

    tps: str
    kind: str
    id: bytes
    content_type: str = ""


Answer = Callable[[Arrival], bytes | None]


class Centre:
    """Subscribes, notes every arrival in order, and answers as `answer` says."""

    def __init__(self, broker: Broker, key: Ed25519PrivateKey) -> None:
        self.broker = broker
        self.key = key
        self.answer: Answer = self.honest
        self.arrivals: list[Arrival] = []
        self.statuses: list[bytes] = []
        self.chunks: list[tuple[bytes, int]] = []
        self.partials: dict[bytes, tuple[Offer, dict[int, bytes]]] = {}
        self.photos: dict[bytes, bytes] = {}
        self._subscribed = threading.Event()
        self._client: Client | None = None

    def honest(self, arrival: Arrival) -> bytes | None:
        return make_receipt(ReceiptKind.STORED, arrival.id, self.key)

    def silent(self, arrival: Arrival) -> bytes | None:
        return None

    def start(self) -> None:
        client = Client(
            CallbackAPIVersion.VERSION2, client_id="centre", protocol=MQTTProtocolVersion.MQTTv5
        )
        client.tls_set_context(self.broker.context("centre"))
        client.reconnect_delay_set(1, 1)
        client.will_set(CENTRE_STATUS, AWAY, qos=1, retain=True)
        client.on_connect = lambda *_: client.subscribe(
            [(topic, 1) for topic in (RESULTS, EVIDENCES, OFFERS, CHUNKS, STATUSES)]
        )
        client.on_subscribe = self._open
        client.on_message = self._take
        client.connect("127.0.0.1", self.broker.port)
        client.loop_start()
        self._client = client
        assert self._subscribed.wait(PATIENCE), "the centre could not subscribe"

    def _open(self, client: Client, *_: object) -> None:
        client.publish(CENTRE_STATUS, ACCEPTING, qos=1, retain=True)
        self._subscribed.set()

    def flag(self, word: bytes) -> None:
        """Say whether anything is taken in."""
        assert self._client is not None
        self._client.publish(CENTRE_STATUS, word, qos=1, retain=True).wait_for_publish(PATIENCE)

    def stop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.disconnect(ReasonCode(PacketTypes.DISCONNECT, "Disconnect with will message"))
            client.loop_stop()

    def say(self, tps: str, receipt: bytes, correlation: bytes | None = None) -> None:
        """Send any bytes as a receipt."""
        properties = Properties(PacketTypes.PUBLISH)
        if correlation is not None:
            properties.CorrelationData = correlation
        assert self._client is not None
        self._client.publish(receipt_topic(tps), receipt, qos=1, properties=properties)

    def ids(self, kind: str | None = None) -> list[bytes]:
        return [arrival.id for arrival in self.arrivals if kind in (None, arrival.kind)]

    def _take(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        topic = parse_topic(message.topic)
        match topic.kind:
            case "status":
                self.statuses.append(message.payload)
            case "photo":
                assert message.properties.ContentType == OFFER_TYPE
                assert message.properties.CorrelationData == topic.id
                self._offered(topic, decode_offer(message.payload))
            case "chunk":
                self._chunk(topic, message.payload)
            case _:
                id = hashlib.sha256(message.payload).digest()
                assert topic.id in (None, id)
                assert message.properties.CorrelationData == id
                self._arrived(Arrival(topic.tps, topic.kind, id, message.properties.ContentType))

    def _offered(self, topic: Topic, offer: Offer) -> None:
        assert topic.id is not None
        if topic.id in self.photos:
            self._arrived(Arrival(topic.tps, "photo", topic.id))
            return
        kept = self.partials.setdefault(topic.id, (offer, {}))
        if kept[0] != offer:
            kept = self.partials[topic.id] = (offer, {})
        missing = set(range(offer.count)) - set(kept[1])
        properties = Properties(PacketTypes.PUBLISH)
        properties.ContentType = MISSING_TYPE
        assert self._client is not None
        self._client.publish(
            missing_topic(topic.tps, topic.id.hex()),
            encode_missing(missing, offer.count),
            qos=1,
            properties=properties,
        )

    def _chunk(self, topic: Topic, payload: bytes) -> None:
        assert topic.id is not None and topic.index is not None
        self.chunks.append((topic.id, topic.index))
        offer, kept = self.partials[topic.id]
        start, end = offer.span(topic.index)
        assert len(payload) == end - start
        kept[topic.index] = payload
        if len(kept) == offer.count and topic.id not in self.photos:
            jpeg = b"".join(kept[index] for index in range(offer.count))
            assert hashlib.sha256(jpeg).digest() == topic.id
            self.photos[topic.id] = jpeg
            self._arrived(Arrival(topic.tps, "photo", topic.id))

    def _arrived(self, arrival: Arrival) -> None:
        self.arrivals.append(arrival)
        receipt = self.answer(arrival)
        if receipt is not None:
            self.say(arrival.tps, receipt, arrival.id)
