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
from paho.mqtt.reasoncodes import ReasonCode
from tpsbox.errors import EnvironmentFault

from tpscentral.chirpstack import event_topics
from tpscentral.lorawan import LorawanDesk, Message
from tpscentral.reconnect import keep_connected
from tpscentral.session import QUIET, check_subscribed, connect, hold, new_client, refused

log = logging.getLogger("tpscentral.lorawan")

CLIENT_ID = "tpscentral-lorawan"
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
        client = new_client(CLIENT_ID)
        if self._tls is not None:
            client.tls_set_context(self._tls)
        if self._server.user is not None:
            client.username_pw_set(self._server.user, self._server.password)
        client.on_connect = self._subscribe
        client.on_subscribe = self._subscribed
        client.on_message = self._message
        connect(client, self._server.host, self._server.port, IN_FLIGHT)
        hold(client, self._stop, log, mqtt.Client.disconnect, self._tend)

    def _tend(self, client: mqtt.Client) -> float:
        if not self.ready.is_set():
            return QUIET
        _publish(client, self._desk.due())
        return 0.0 if self._desk.idle() else QUIET

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
        client.subscribe([(topic, 1) for topic in self._topics])

    def _subscribed(
        self,
        _client: object,
        _user: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: object,
    ) -> None:
        check_subscribed(reasons)
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
