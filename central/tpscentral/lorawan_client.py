"""Carries events from ChirpStack's MQTT broker to the desk, and downlinks back.

An event is acknowledged only after what it held was committed. Where that fails, the connection is
dropped, and the broker gives the event again if ChirpStack publishes with QoS 1 or 2.
"""

from __future__ import annotations

import logging
import ssl
import threading
from pathlib import Path

import msgspec
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from tpsbox.errors import EnvironmentFault

from tpscentral.chirpstack import event_topics
from tpscentral.lorawan import LorawanDesk, Message
from tpscentral.reconnect import keep_connected

log = logging.getLogger("tpscentral.lorawan")

CLIENT_ID = "tpscentral-lorawan"
KEEPALIVE = 30
SESSION_SECONDS = 14 * 24 * 3600
IN_FLIGHT = 100


class NetworkServer(msgspec.Struct, frozen=True):
    """ChirpStack's broker and how to log in; without `ca` the connection is not encrypted."""

    host: str
    port: int
    application: str | None = None
    """Only this application's devices; None for all."""
    user: str | None = None
    password: str | None = None
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


class LorawanClient:
    """One connection to ChirpStack's broker at a time, until it is stopped."""

    def __init__(self, server: NetworkServer, desk: LorawanDesk, stop: threading.Event) -> None:
        """`stop` ends `run` within a second of being set.

        Raises:
            InputError: the application is not an id of one.
            EnvironmentFault: a certificate or key cannot be read.
        """
        self._server = server
        self._desk = desk
        self._stop = stop
        self._topics = event_topics(server.application)
        self._tls = _tls_context(server)
        self.ready = threading.Event()
        """Set while the subscriptions stand."""

    def run(self) -> None:
        """Take in events until stopped; no fault of broker, disk or event ends it."""
        keep_connected(self._connection, self.ready, self._stop, log)

    def _connection(self) -> None:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=CLIENT_ID,
            protocol=MQTTProtocolVersion.MQTTv5,
            manual_ack=True,
        )
        if self._tls is not None:
            client.tls_set_context(self._tls)
        if self._server.user is not None:
            client.username_pw_set(self._server.user, self._server.password)
        client.on_connect = self._subscribe
        client.on_subscribe = self._subscribed
        client.on_message = self._message
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = SESSION_SECONDS
        properties.ReceiveMaximum = IN_FLIGHT
        server = self._server
        client.connect(
            server.host, server.port, KEEPALIVE, clean_start=False, properties=properties
        )
        code = MQTTErrorCode.MQTT_ERR_SUCCESS
        while code == MQTTErrorCode.MQTT_ERR_SUCCESS and not self._stop.is_set():
            code = client.loop(timeout=0.5)
            if self.ready.is_set():
                _publish(client, self._desk.due())
        if self._stop.is_set():
            client.disconnect()
        else:
            log.warning("connection: lost (%s)", mqtt.error_string(code))

    def _subscribe(
        self,
        client: mqtt.Client,
        _user: object,
        _flags: object,
        reason: ReasonCode,
        _properties: object,
    ) -> None:
        if reason.is_failure:
            log.warning("connection: refused by the broker (%s)", reason)
            return
        client.subscribe([(topic, 1) for topic in self._topics])

    def _subscribed(
        self,
        _client: object,
        _user: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: object,
    ) -> None:
        if failed := [str(reason) for reason in reasons if reason.is_failure]:
            raise EnvironmentFault(f"broker: refuses a subscription ({failed[0]}); check its acl")
        log.info("connection: ready")
        self.ready.set()

    def _message(self, client: mqtt.Client, _user: object, message: mqtt.MQTTMessage) -> None:
        try:
            _publish(client, self._desk.handle(message.topic, message.payload))
        except EnvironmentFault:
            raise
        except Exception:
            # A fault of this program: without a receipt the box sends its record again, and one
            # event that cannot be handled must not hold up all others.
            log.exception("event of %d bytes was not handled", len(message.payload))
        client.ack(message.mid, message.qos)


def _publish(client: mqtt.Client, messages: list[Message]) -> None:
    for topic, payload in messages:
        # Not awaited: a downlink that is lost is made again when the box asks again.
        client.publish(topic, payload, qos=1)


def _tls_context(server: NetworkServer) -> ssl.SSLContext | None:
    if server.ca is None:
        return None
    try:
        context = ssl.create_default_context(cafile=str(server.ca))
        if server.certificate is not None:
            context.load_cert_chain(server.certificate, server.key)
    except OSError as error:
        raise EnvironmentFault(f"{server.ca}, {server.certificate or '-'}: {error}") from error
    return context
