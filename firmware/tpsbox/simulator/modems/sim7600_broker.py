"""The MQTT client inside the simulated SIM7600, at a real broker.

As the module's, it speaks MQTT 3.1.1 and no TLS newer than 1.2, and it does not compare the
broker's name with that in the certificate.
"""

from __future__ import annotations

import ssl
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

STEP_SECONDS = 20.0
"""Seconds for each step of a connection."""
OK, NO_SOCKET, NOT_CONNECTED, NOT_SENT, TIMEOUT = 0, 3, 11, 16, 17
REFUSED, NOT_ALLOWED, HANDSHAKE, NO_CERTIFICATE = 26, 31, 32, 33


class TlsContext(msgspec.Struct, frozen=True):
    """PEM texts, and whether the broker must prove itself; `now` in unix seconds, None: any."""

    ca: bytes
    certificate: bytes
    key: bytes
    verify: bool
    now: float | None


class BrokerSide:
    """One client. `arrived` gets topic and payload, `lost` is called when a connection dies."""

    def __init__(self, arrived: Callable[[bytes, bytes], None], lost: Callable[[], None]) -> None:
        self._arrived = arrived
        self._lost = lost
        self._client: Client | None = None
        self._answers: dict[int, int] = {}
        self._answered = threading.Condition()

    @property
    def connected(self) -> bool:
        """Whether a connection stands."""
        return self._client is not None and self._client.is_connected()

    def connect(
        self, host: str, port: int, client_id: str, keepalive: int, clean: bool, tls: TlsContext
    ) -> int:
        """Connect; a code of the modem, 0 if it stands."""
        self.disconnect()
        try:
            context = _ssl_context(tls)
        except (ssl.SSLError, OSError):
            return NO_CERTIFICATE
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=clean,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        client.tls_set_context(context)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        self._answers.clear()
        try:
            client.connect(host, port, keepalive)
            if not _dates_hold(client, tls):
                client.socket().close()  # type: ignore[union-attr]
                return HANDSHAKE
        except ssl.SSLError:
            return HANDSHAKE
        except OSError:
            return NO_SOCKET
        self._client = client
        client.loop_start()
        code = self._wait(0, STEP_SECONDS)
        if code:
            self.disconnect()
        return REFUSED if code == TIMEOUT else code

    def subscribe(self, topic: str, qos: int) -> int:
        """Subscribe; a code of the modem."""
        if self._client is None:
            return NOT_CONNECTED
        _, mid = self._client.subscribe(topic, qos)
        return NOT_SENT if mid is None else self._wait(mid, STEP_SECONDS)

    def publish(self, topic: str, payload: bytes, qos: int, seconds: float) -> int:
        """Publish and wait for the PUBACK; a code of the modem."""
        if self._client is None:
            return NOT_CONNECTED
        sent = self._client.publish(topic, payload, qos)
        done = sent.rc == MQTTErrorCode.MQTT_ERR_SUCCESS
        return self._wait(sent.mid, seconds) if done else NOT_SENT

    def disconnect(self) -> None:
        """Say goodbye."""
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            client.loop_stop()

    def cut(self) -> None:
        """Lose the connection without a goodbye."""
        client, self._client = self._client, None
        if client is not None:
            client.on_disconnect = None
            sock = client.socket()
            if sock is not None:
                sock.close()
            client.loop_stop()

    def _wait(self, mid: int, seconds: float) -> int:
        """The code that was noted for a message id, 0 being that of the connection."""
        with self._answered:
            self._answered.wait_for(lambda: mid in self._answers, seconds)
            return self._answers.pop(mid, TIMEOUT)

    def _note(self, mid: int, code: int) -> None:
        with self._answered:
            self._answers[mid] = code
            self._answered.notify_all()

    def _on_connect(
        self,
        _client: Client,
        _user: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._note(0, NOT_ALLOWED if reason.is_failure else OK)

    def _on_disconnect(
        self,
        client: Client,
        _user: object,
        _flags: DisconnectFlags,
        _reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._note(0, REFUSED)
        if client is self._client:
            self._client = None
            self._lost()

    def _on_subscribe(
        self,
        _client: Client,
        _user: object,
        mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        self._note(mid, NOT_ALLOWED if any(reason.is_failure for reason in reasons) else OK)

    def _on_publish(
        self,
        _client: Client,
        _user: object,
        mid: int,
        _reason: ReasonCode,
        _properties: Properties,
    ) -> None:
        self._note(mid, OK)

    def _on_message(self, _client: Client, _user: object, message: MQTTMessage) -> None:
        self._arrived(message.topic.encode(), message.payload)


def _ssl_context(tls: TlsContext) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED if tls.verify else ssl.CERT_NONE
    if tls.verify:
        context.load_verify_locations(cadata=tls.ca.decode("latin-1"))
    with tempfile.TemporaryDirectory() as folder:  # Python takes a key from files only
        certificate, key = Path(folder) / "certificate.pem", Path(folder) / "key.pem"
        certificate.write_bytes(tls.certificate)
        key.write_bytes(tls.key)
        context.load_cert_chain(certificate, key)
    return context


def _dates_hold(client: Client, tls: TlsContext) -> bool:
    """Whether the broker's certificate is valid at the modem's own time."""
    if tls.now is None or not tls.verify:
        return True
    sock = client.socket()
    found = sock.getpeercert() if isinstance(sock, ssl.SSLSocket) else None
    if not found:
        return False
    first, last = (ssl.cert_time_to_seconds(str(found[k])) for k in ("notBefore", "notAfter"))
    return first <= tls.now <= last
