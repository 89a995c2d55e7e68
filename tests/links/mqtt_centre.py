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
from tpsbox.record.receipt import ReceiptKind, make_receipt
from tpsbox.record.topics import EVIDENCES, PHOTOS, RESULTS, STATUSES, parse_topic, receipt_topic


class Arrival(msgspec.Struct, frozen=True):
    tps: str
    kind: str
    id: bytes
    content_type: str


Answer = Callable[[Arrival], bytes | None]


class Centre:
    """Subscribes, notes every arrival in order, and answers as `answer` says."""

    def __init__(self, broker: Broker, key: Ed25519PrivateKey) -> None:
        self.broker = broker
        self.key = key
        self.answer: Answer = self.honest
        self.arrivals: list[Arrival] = []
        self.statuses: list[bytes] = []
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
        client.on_connect = lambda *_: client.subscribe(
            [(topic, 1) for topic in (RESULTS, EVIDENCES, PHOTOS, STATUSES)]
        )
        client.on_subscribe = lambda *_: self._subscribed.set()
        client.on_message = self._take
        client.connect("127.0.0.1", self.broker.port)
        client.loop_start()
        self._client = client
        assert self._subscribed.wait(PATIENCE), "the centre could not subscribe"

    def stop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
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
        if topic.kind == "status":
            self.statuses.append(message.payload)
            return
        id = hashlib.sha256(message.payload).digest()
        assert topic.id in (None, id)
        assert message.properties.CorrelationData == id
        arrival = Arrival(topic.tps, topic.kind, id, message.properties.ContentType)
        self.arrivals.append(arrival)
        receipt = self.answer(arrival)
        if receipt is not None:
            self.say(topic.tps, receipt, id)
