"""MQTT 5 over TLS 1.3: parcels go out at QoS 1, signed receipts come in.

paho is used as a pipe, driven from the caller's thread: its own queue lives in memory only, and
its keep-alive would cut a photo short that takes longer than two intervals on a thin link. A
PUBACK means that a broker has the parcel, never that the centre has it.
"""

from __future__ import annotations

import select
import ssl
from collections.abc import Set
from time import monotonic
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from tpsbox.errors import AnswerError
from tpsbox.links.mqttsettings import (
    CONNECT_TIMEOUT,
    IN_FLIGHT_LIMIT,
    KEEPALIVE,
    PARCEL_LIMIT,
    SESSION_EXPIRY,
    MqttSettings,
    content_type,
    topic_of,
    tune_socket,
)
from tpsbox.links.port import (
    Answered,
    Dropped,
    Failed,
    LinkEvent,
    Parcel,
    RetryLater,
    StopLink,
    Taken,
    WaitForNetwork,
)
from tpsbox.links.receipts import FindIds, match_receipt
from tpsbox.links.tls import client_context, connection_fault
from tpsbox.record.topics import LOST, ONLINE, client_id, receipt_topic, status_topic

NO_MATCHING_SUBSCRIBERS = 16
UNSUPPORTED_VERSION = 132
"""Reason codes of MQTT 5; the first counts as a success there, and for us as not delivered."""

FAREWELL = 2.0
"""Seconds that a clean goodbye may take."""
PULSE = 0.5
"""Seconds between looks at the keep-alive while nothing happens."""


class MqttLink:
    """A `Link` to one broker. `find` gives the ids of the outbox by the 8 bytes of a receipt."""

    def __init__(self, settings: MqttSettings, find: FindIds) -> None:
        self._settings = settings
        self._find = find
        self._client: Client | None = None
        self._reset()

    def _reset(self) -> None:
        self._sent: dict[int, bytes] = {}
        self._events: list[LinkEvent] = []
        self._connack: ReasonCode | None = None
        self._suback: ReasonCode | None = None
        self._lost = ""
        self._limit = PARCEL_LIMIT

    @property
    def in_flight(self) -> Set[bytes]:
        """Ids without a PUBACK."""
        return frozenset(self._sent.values())

    @property
    def room(self) -> int:
        """How many more parcels may be without a PUBACK."""
        return IN_FLIGHT_LIMIT - len(self._sent)

    def open(self) -> None:
        """Connect, subscribe to the receipts, then say "online".

        Raises:
            ClockSuspect: a certificate is not valid at this box's time.
            WaitForNetwork: the broker cannot be reached or does not let this box in.
            StopLink: keys or certificates are unusable, or the broker speaks no MQTT 5.
        """
        self.close()
        self._client = client = self._new_client()
        settings = self._settings
        properties = _properties(PacketTypes.CONNECT, SessionExpiryInterval=SESSION_EXPIRY)
        try:
            client.connect(
                settings.host,
                settings.port,
                keepalive=KEEPALIVE,
                clean_start=False,
                properties=properties,
            )
        except (OSError, ssl.CertificateError) as error:
            raise connection_fault(error, settings.where) from error
        except ValueError as error:  # a host name that cannot be one
            raise StopLink(f"{settings.where}: {error}: enrol this box again") from error
        self._let_in(self._await("_connack"))
        client.subscribe(receipt_topic(settings.tps), qos=1)
        granted = self._await("_suback")
        if granted.is_failure:
            raise WaitForNetwork(f"{settings.where}: gives no receipts to this box ({granted})")
        client.publish(status_topic(settings.tps), ONLINE, qos=1, retain=True)

    def send(self, parcel: Parcel) -> None:
        """Hand a parcel to paho; it goes out during `poll`.

        Raises:
            RetryLater: it is larger than the link allows, or too many are on their way.
            WaitForNetwork: the link is not open.
        """
        if len(parcel.body) > self._limit:
            raise RetryLater(
                f"{parcel.kind} of {len(parcel.body)} bytes: over the limit of {self._limit}"
                " on this link: carry it to the centre"
            )
        if self.room <= 0:
            raise RetryLater("too many parcels on their way: wait for one to arrive")
        client = self._client
        if client is None or self._lost or client.socket() is None:
            raise WaitForNetwork(f"{self._settings.where}: the link is not open")
        properties = _properties(
            PacketTypes.PUBLISH,
            CorrelationData=parcel.id,
            ContentType=content_type(parcel.kind),
        )
        topic = topic_of(self._settings.tps, parcel.kind, parcel.id)
        info = client.publish(topic, parcel.body, qos=1, properties=properties)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise WaitForNetwork(f"{self._settings.where}: the link is not open")
        self._sent[info.mid] = parcel.id

    def poll(self, timeout: float) -> tuple[LinkEvent, ...]:
        """Read and write for up to `timeout` seconds; what happened, at once if anything did.

        Raises:
            WaitForNetwork: the link was lost.
        """
        deadline = monotonic() + timeout
        while not self._events and not self._lost:
            self._turn(max(0.0, deadline - monotonic()))
            if monotonic() >= deadline:
                break
        events, self._events = tuple(self._events), []
        if self._lost and not events:
            raise WaitForNetwork(f"{self._settings.where}: the link was lost ({self._lost})")
        return events

    def close(self) -> None:
        """Say goodbye so that the broker shows "lost" at once; what is unanswered is forgotten."""
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
        client.max_inflight_messages_set(IN_FLIGHT_LIMIT + 1)  # one more for the status
        client.will_set(status_topic(settings.tps), LOST, qos=1, retain=True)
        client.on_socket_open = lambda _client, _userdata, sock: tune_socket(sock)
        # With this set, publish() leaves all writing to the loop below.
        client.on_socket_register_write = lambda _client, _userdata, _sock: None
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        return client

    def _turn(self, timeout: float) -> None:
        if self._client is None:
            self._lost = self._lost or "it was never opened"
        elif not _pump(self._client, min(timeout, PULSE)):
            self._lost = self._lost or "the connection ended"

    def _await(self, answer: str) -> ReasonCode:
        deadline = monotonic() + CONNECT_TIMEOUT
        while getattr(self, answer) is None:
            if self._lost:
                raise WaitForNetwork(
                    f"{self._settings.where}: ends the connection ({self._lost}):"
                    " check with the centre that this box is enrolled"
                )
            left = deadline - monotonic()
            if left <= 0:
                raise WaitForNetwork(f"{self._settings.where}: does not answer: check the broker")
            self._turn(left)
        reason: ReasonCode = getattr(self, answer)
        return reason

    def _let_in(self, reason: ReasonCode) -> None:
        if reason.value == UNSUPPORTED_VERSION:
            raise StopLink(f"{self._settings.where}: speaks no MQTT 5: a newer broker is needed")
        if reason.is_failure:
            raise WaitForNetwork(
                f"{self._settings.where}: does not let this box in ({reason}):"
                " check with the centre that it is enrolled"
            )

    # Callbacks run inside _pump, in the caller's thread. paho hands over client and userdata
    # first; of the rest each takes what it needs.

    def _on_connect(self, *args: Any) -> None:
        _, _, _, reason, properties = args
        limit = getattr(properties, "MaximumPacketSize", None)
        if limit is not None:
            self._limit = min(PARCEL_LIMIT, limit - 512)  # room for topic and properties
        self._connack = reason

    def _on_subscribe(self, *args: Any) -> None:
        self._suback = args[3][0]

    def _on_publish(self, *args: Any) -> None:
        _, _, mid, reason, _ = args
        id = self._sent.pop(mid, None)
        if id is None:
            return  # the status
        if reason.value == NO_MATCHING_SUBSCRIBERS:
            self._events.append(Failed(id, RetryLater("nobody at the centre is listening")))
        elif reason.is_failure:
            self._events.append(Failed(id, RetryLater(f"the broker refused it: {reason}")))
        else:
            self._events.append(Taken(id))

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        correlation = getattr(message.properties, "CorrelationData", None)
        try:
            answered: Answered = match_receipt(
                message.payload, correlation, self._find, self._settings.centre_key
            )
        except AnswerError as error:
            self._events.append(Dropped(str(error)))
        else:
            self._events.append(answered)

    def _on_disconnect(self, *args: Any) -> None:
        self._lost = str(args[3])


def _properties(packet: int, **values: object) -> Properties:
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
        # paho's keep-alive: a ping could not overtake a half-sent photo. Until that is through,
        # the kernel's TCP_USER_TIMEOUT watches whether bytes still arrive.
        client.loop_misc()
    return client.socket() is not None
