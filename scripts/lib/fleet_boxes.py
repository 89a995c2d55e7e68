"""All boxes of the country as one client: each publishes its result until it has a receipt."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator

import paho.mqtt.client as mqtt
from faults_programs import BenchError
from fleet_broker import COUNTED, FLEET, Door
from fleet_records import Signed
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from tpsbox.record.topics import result_topic

WINDOW = 4000
"""Boxes that wait for a receipt at the same time."""
IN_FLIGHT = 300
"""Messages that the fleet has not yet been told are with the broker; the broker takes 400."""
PATIENCE_S = 60.0
"""A box that has no receipt after this publishes its result again."""
AHEAD = 4000
"""How far the publisher runs ahead of the plain subscriber: less than the broker's queue holds."""
STUCK_S = 300.0
"""Without anything coming in for so long, the run is given up."""


class Fleet:
    """The client, which publishes and collects receipts."""

    def __init__(self, door: Door) -> None:
        """Connect; `receipts` holds the first receipt of each id, `again` counts further ones.

        `lost` counts the connections that the broker has cut: mosquitto 2.0 cuts off whoever
        publishes at the moment at which a subscriber is found dead.
        """
        self.receipts: dict[bytes, bytes] = {}
        self.lost = 0
        self.again = 0
        self.resent = 0
        self.listening = False
        self._come = 0
        self._moved = time.monotonic()
        self._waiting: OrderedDict[bytes, tuple[float, Signed]] = OrderedDict()
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=FLEET, protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.username_pw_set(FLEET, door.password)
        self._client.max_inflight_messages_set(IN_FLIGHT)
        self._client.on_message = self._message
        kept = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        kept.SessionExpiryInterval = 3600
        self._client.connect("127.0.0.1", door.port, properties=kept)
        self._client.subscribe([("receipt/+", 1), (COUNTED, 1)])
        self._loop(0.2)

    def close(self) -> None:
        """Disconnect."""
        self._client.disconnect()

    def hears_listener(self) -> bool:
        """Whether the plain subscriber has said that it stands."""
        self._loop(0.05)
        return self.listening

    def publish_to_listener(self, records: Iterator[Signed], count: int) -> float:
        """Publish so many results to the plain subscriber; seconds until all have come."""
        start, sent = time.monotonic(), 0
        self._moved = start
        while self._come < count:
            while sent < count and sent - self._come < AHEAD:
                self._publish(next(records))
                sent += 1
            self._loop(0.05)
        return time.monotonic() - start

    def deliver(self, records: Iterator[Signed], step: Callable[[int], None]) -> float:
        """Publish every result until each has its receipt; seconds that it took.

        `step` is told now and then how many have one.
        """
        start = told = time.monotonic()
        self._moved = start
        more: Signed | None = next(records, None)
        while more is not None or self._waiting:
            while more is not None and len(self._waiting) < WINDOW:
                self._send(more)
                more = next(records, None)
            self._loop(0.05)
            self._send_again()
            if time.monotonic() - told > 1:
                told = time.monotonic()
                step(len(self.receipts))
        return time.monotonic() - start

    def _send(self, one: Signed) -> None:
        self._waiting[one.id] = (time.monotonic(), one)
        self._publish(one)

    def _send_again(self) -> None:
        before = time.monotonic() - PATIENCE_S
        while self._waiting:
            id, (sent, one) = next(iter(self._waiting.items()))
            if sent > before:
                return
            del self._waiting[id]
            self.resent += 1
            self._send(one)

    def _publish(self, one: Signed) -> None:
        self._client.publish(result_topic(one.tps), one.record, qos=1, properties=_named(one.id))

    def _message(self, _client: object, _user: object, message: mqtt.MQTTMessage) -> None:
        self._moved = time.monotonic()
        if message.topic == COUNTED:
            self._come, self.listening = int(message.payload), True
            return
        id = bytes(message.properties.CorrelationData)  # type: ignore[union-attr]
        if id in self.receipts:
            self.again += 1
            return
        self.receipts[id] = message.payload
        self._waiting.pop(id, None)

    def _loop(self, seconds: float) -> None:
        code = self._client.loop(timeout=seconds)
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
            # The session is kept, and the client gives again what was not acknowledged.
            self.lost += 1
            self._client.reconnect()
        if time.monotonic() - self._moved > STUCK_S:
            raise BenchError(f"nothing came back for {STUCK_S:.0f} s")


def _named(id: bytes) -> Properties:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.CorrelationData = id
    return properties
