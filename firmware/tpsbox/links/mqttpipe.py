"""paho-mqtt as a pipe: one connection, driven from the caller's thread.

paho's own queue lives in memory only, and its own loop would end a connection on which something
large takes longer than two keep-alives on a thin link.
"""

from __future__ import annotations

import select
import ssl
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from tpsbox.links.mqttsettings import (
    CONNECT_TIMEOUT,
    KEEPALIVE,
    PIPE_LIMIT,
    SESSION_EXPIRY,
    MqttSettings,
    tune_socket,
)
from tpsbox.links.port import StopLink, WaitForNetwork
from tpsbox.links.tls import client_context, connection_fault
from tpsbox.record.topics import LOST, client_id, status_topic

UNSUPPORTED_VERSION = 132
"""Reason code of MQTT 5."""
HEADROOM = 512
"""Bytes of a packet for topic and properties."""
FAREWELL = 2.0
"""Seconds that a clean goodbye may take."""
PULSE = 0.5
"""Seconds between looks at the keep-alive while nothing happens."""
ACK_PATIENCE = 300.0
"""Seconds without a single PUBACK while some are owed: pings alone do not prove a working broker.
An item of 64 kB needs that long at 2 kbit/s."""

Acknowledged = Callable[[int, ReasonCode], None]
Received = Callable[[MQTTMessage], None]


class Pipe:
    """A connection to the broker. `acknowledged` gets the mid and reason of each PUBACK."""

    def __init__(
        self, settings: MqttSettings, acknowledged: Acknowledged, received: Received
    ) -> None:
        self._settings = settings
        self._acknowledged = acknowledged
        self._received = received
        self._client: Client | None = None
        self._reset()

    def _reset(self) -> None:
        self._connack: ReasonCode | None = None
        self._suback: list[ReasonCode] | None = None
        self._owed: set[int] = set()
        self._owed_since = 0.0
        self.lost = "it was never opened"
        self.limit: int | None = None
        """Bytes of a payload that the broker takes, None if it has not said."""

    @property
    def idle(self) -> bool:
        """Whether all that was published has left for the kernel."""
        return self._client is not None and not self._client.want_write()

    def open(self, subscriptions: Sequence[tuple[str, int]]) -> None:
        """Connect and subscribe to (topic, QoS); the broker must grant the first.

        Raises:
            ClockSuspect: a certificate is not valid at this box's time.
            WaitForNetwork: the broker cannot be reached or does not let this box in.
            StopLink: keys or certificates are unusable, or the broker speaks no MQTT 5.
        """
        self.close()
        self._client = client = self._new_client()
        self.lost = ""
        properties = properties_of(PacketTypes.CONNECT, SessionExpiryInterval=SESSION_EXPIRY)
        where = self._settings.where
        try:
            client.connect(
                self._settings.host,
                self._settings.port,
                keepalive=KEEPALIVE,
                clean_start=False,
                properties=properties,
            )
        except (OSError, ssl.CertificateError) as error:
            raise connection_fault(error, where) from error
        except ValueError as error:  # a host name that cannot be one
            raise StopLink(f"{where}: {error}: enrol this box again") from error
        self.wait_for(lambda: self._connack is not None)
        self._let_in(self._connack)
        client.subscribe(list(subscriptions))
        self.wait_for(lambda: self._suback is not None)
        if self._suback and self._suback[0].is_failure:
            raise WaitForNetwork(f"{where}: gives no receipts to this box ({self._suback[0]})")

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Work until the condition holds.

        Raises:
            WaitForNetwork: the connection ended, or it took too long.
        """
        deadline = monotonic() + CONNECT_TIMEOUT
        while not condition():
            if self.lost:
                raise WaitForNetwork(
                    f"{self._settings.where}: ends the connection ({self.lost}):"
                    " check with the centre that this box is enrolled"
                )
            left = deadline - monotonic()
            if left <= 0:
                raise WaitForNetwork(f"{self._settings.where}: does not answer: check the broker")
            self.turn(left)

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, **properties: object
    ) -> int:
        """Queue a message of QoS 1; the mid under which its PUBACK will come.

        Raises:
            WaitForNetwork: there is no connection.
        """
        client = self._client
        if client is None or self.lost or client.socket() is None:
            raise WaitForNetwork(f"{self._settings.where}: the link is not open")
        info = client.publish(
            topic,
            payload,
            qos=1,
            retain=retain,
            properties=properties_of(PacketTypes.PUBLISH, **properties),
        )
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise WaitForNetwork(f"{self._settings.where}: the link is not open")
        if not self._owed:
            self._owed_since = monotonic()
        self._owed.add(info.mid)
        return info.mid

    def turn(self, timeout: float) -> None:
        """Read and write for up to `timeout` seconds, less if anything happens."""
        if self._client is None or self.lost:
            return
        if not _pump(self._client, min(timeout, PULSE)):
            self.lost = self.lost or "the connection ended"
        elif self._owed and monotonic() - self._owed_since > ACK_PATIENCE:
            self.lost = "the broker acknowledges nothing"

    def close(self) -> None:
        """Say goodbye so that the broker shows "lost" at once; never raises."""
        client, self._client = self._client, None
        if client is not None and client.socket() is not None:
            client.disconnect(ReasonCode(PacketTypes.DISCONNECT, "Disconnect with will message"))
            deadline = monotonic() + FAREWELL
            while client.socket() is not None and monotonic() < deadline:
                _pump(client, 0.1)
            sock = client.socket()
            if sock is not None:
                sock.close()
        self._reset()

    def _new_client(self) -> Client:
        settings = self._settings
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id(settings.tps, settings.epoch),
            protocol=MQTTProtocolVersion.MQTTv5,
        )
        client.tls_set_context(client_context(settings.certificate, settings.key, settings.ca))
        client.connect_timeout = CONNECT_TIMEOUT
        client.max_inflight_messages_set(PIPE_LIMIT)
        client.will_set(status_topic(settings.tps), LOST, qos=1, retain=True)
        client.on_socket_open = lambda _client, _userdata, sock: tune_socket(sock)
        # With this set, publish() leaves all writing to the loop below.
        client.on_socket_register_write = lambda _client, _userdata, _sock: None
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_message = lambda _client, _userdata, message: self._received(message)
        client.on_disconnect = self._on_disconnect
        return client

    def _let_in(self, reason: ReasonCode | None) -> None:
        where = self._settings.where
        if reason is not None and reason.value == UNSUPPORTED_VERSION:
            raise StopLink(f"{where}: speaks no MQTT 5: a newer broker is needed")
        if reason is None or reason.is_failure:
            raise WaitForNetwork(
                f"{where}: does not let this box in ({reason}):"
                " check with the centre that it is enrolled"
            )

    # Callbacks run inside _pump, in the caller's thread. paho hands over client and userdata
    # first; of the rest each takes what it needs.

    def _on_connect(self, *args: Any) -> None:
        _, _, _, reason, properties = args
        limit = getattr(properties, "MaximumPacketSize", None)
        if limit is not None:
            self.limit = limit - HEADROOM
        self._connack = reason

    def _on_subscribe(self, *args: Any) -> None:
        self._suback = args[3]

    def _on_publish(self, *args: Any) -> None:
        _, _, mid, reason, _ = args
        self._owed.discard(mid)
        self._owed_since = monotonic()
        self._acknowledged(mid, reason)

    def _on_disconnect(self, *args: Any) -> None:
        self.lost = str(args[3])


def properties_of(packet: int, **values: object) -> Properties:
    """MQTT 5 properties of a packet, by their names in paho."""
    properties = Properties(packet)  # type: ignore[no-untyped-call]
    for name, value in values.items():
        setattr(properties, name, value)
    return properties


def _pump(client: Client, timeout: float) -> bool:
    """Move bytes for up to `timeout` seconds; False when there is no connection any more."""
    sock = client.socket()
    if sock is None:
        return False
    pending = isinstance(sock, ssl.SSLSocket) and sock.pending() > 0
    writers = [sock] if client.want_write() else []
    readable, writable, _ = select.select([sock], writers, [], 0 if pending else timeout)
    if readable or pending:
        client.loop_read()
    if writable:
        client.loop_write()
    if not client.want_write():
        # paho's keep-alive: a ping could not overtake a half-sent message. Until that is through,
        # the kernel's TCP_USER_TIMEOUT watches whether bytes still arrive.
        client.loop_misc()
    return client.socket() is not None
