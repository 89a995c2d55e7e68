"""Carries messages between the MQTT broker and the intake, through every fault of either.

A message is acknowledged to the broker only after it was committed. Where that fails, the
connection is dropped: the broker keeps what was not acknowledged and gives it again.
"""

from __future__ import annotations

import logging
import ssl
import threading
from pathlib import Path
from time import monotonic

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions
from tpsbox.errors import EnvironmentFault
from tpsbox.record.topics import (
    ACCEPTING,
    AWAY,
    CENTRE_STATUS,
    CHUNKS,
    EVIDENCES,
    OFFERS,
    RESULTS,
    STATUSES,
)

from tpscentral.folder import Folder
from tpscentral.intake import Answer, Intake
from tpscentral.reconnect import keep_connected
from tpscentral.session import check_subscribed, connect, hold, new_client, refused

log = logging.getLogger("tpscentral.ingest")

CLIENT_ID = "centre"
IN_FLIGHT = 20
"""Messages that the broker may send at once without an acknowledgement."""
SUBSCRIPTIONS = (RESULTS, EVIDENCES, OFFERS, CHUNKS, STATUSES)
FAREWELL = 2.0
"""Seconds that a clean goodbye may take."""


class Ingest:
    """One connection to the broker at a time, and another when it ends, until it is stopped."""

    def __init__(self, folder: Folder, intake: Intake, stop: threading.Event) -> None:
        """`stop` ends `run` within a second of being set.

        Raises:
            EnvironmentFault: the centre's own certificate or key cannot be read.
        """
        self._broker = folder.config.broker
        self._tls = _tls_context(folder.keys)
        self._intake = intake
        self._stop = stop
        self.ready = threading.Event()
        """Set while the centre is connected and its subscriptions stand."""

    def run(self) -> None:
        """Take in messages until stopped; no fault of broker, disk or message ends it."""
        keep_connected(self._connection, self.ready, self._stop, log)

    def _connection(self) -> None:
        """One connection, from connect to its end; returns when it is lost or stopped."""
        client = new_client(CLIENT_ID)
        client.tls_set_context(self._tls)
        client.on_connect = self._subscribe
        client.on_subscribe = self._subscribed
        client.on_message = self._message
        client.will_set(CENTRE_STATUS, AWAY, qos=1, retain=True)
        connect(client, self._broker.host, self._broker.port, IN_FLIGHT)
        hold(client, self._stop, log, _leave)

    def _subscribe(
        self,
        client: mqtt.Client,
        _user: object,
        _flags: object,
        reason: ReasonCode,
        _properties: object,
    ) -> None:
        if refused(reason, log):
            return
        once = SubscribeOptions(qos=1)
        client.subscribe([(topic, once) for topic in SUBSCRIPTIONS])

    def _subscribed(
        self,
        client: mqtt.Client,
        _user: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: object,
    ) -> None:
        check_subscribed(reasons)
        # Only now would a box's first message find somebody.
        client.publish(CENTRE_STATUS, ACCEPTING, qos=1, retain=True)
        log.info("connection: ready")
        self.ready.set()

    def _message(self, client: mqtt.Client, _user: object, message: mqtt.MQTTMessage) -> None:
        try:
            answer = self._intake.handle(message.topic, message.payload)
        except EnvironmentFault:
            raise
        except Exception:
            # A fault of this program: without a receipt the box keeps its item and sends it
            # again, and one message that cannot be handled must not hold up all others.
            log.exception("message of %d bytes was not handled", len(message.payload))
            answer = None
        if answer is not None:
            self._publish(client, answer)
        client.ack(message.mid, message.qos)

    def _publish(self, client: mqtt.Client, answer: Answer) -> None:
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.CorrelationData = answer.id
        properties.ContentType = answer.content_type
        # Not awaited: an answer that is lost is made again when the box asks again.
        client.publish(answer.topic, answer.payload, qos=1, properties=properties)


def _leave(client: mqtt.Client) -> None:
    """Disconnect so that the broker tells the boxes at once that nobody takes anything in."""
    client.disconnect(ReasonCode(PacketTypes.DISCONNECT, "Disconnect with will message"))
    deadline = monotonic() + FAREWELL
    while client.socket() is not None and monotonic() < deadline:
        client.loop(timeout=0.1)


def _tls_context(keys: Path) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(keys / "ca.pem"))
        context.load_cert_chain(str(keys / "mqtt.pem"), str(keys / "mqtt.key"))
    except OSError as error:
        raise EnvironmentFault(f"{keys}: the centre's certificate: {error}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context
