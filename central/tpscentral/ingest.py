"""Carries messages between the MQTT broker and the intake, through every fault of either.

Messages are taken in by batches and acknowledged to the broker only after they were committed.
Where that fails, the connection is dropped: the broker keeps what was not acknowledged and gives
it again.
"""

from __future__ import annotations

import logging
import select
import ssl
import threading
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

from tpscentral.certificates import CENTRE_NAME
from tpscentral.folder import Folder
from tpscentral.intake import Answer, Intake
from tpscentral.reconnect import keep_connected
from tpscentral.session import QUIET, check_subscribed, connect, hold, new_client, refused
from tpscentral.workers import worker_files, worker_name

log = logging.getLogger("tpscentral.ingest")

BATCH = 200
"""Messages taken in at once: a commit costs as much for all of them as for one."""
HOLD = 0.05
"""Seconds that the first message of a batch waits for others: one alone costs as much as ten."""
IN_FLIGHT = 2 * BATCH
"""Messages that may be on the way without an acknowledgement, to the centre and from it."""
SHARE = "$share/centre/"
SHARED = (RESULTS, EVIDENCES)
"""What the broker deals out to the workers, each message to one of them."""
OWN = (OFFERS, CHUNKS, STATUSES)
"""What worker 1 takes alone."""
FAREWELL = 2.0
"""Seconds that a clean goodbye may take."""


class Ingest:
    """One connection to the broker at a time, and another when it ends, until it is stopped."""

    def __init__(
        self, folder: Folder, intake: Intake, stop: threading.Event, worker: int = 1
    ) -> None:
        """`stop` ends `run` within a second of being set, with what came before taken in.

        Any number of workers share the results and the evidence of sheets. Worker 1 alone takes
        photos, whose pieces lie in files of one process, and says whether the centre is there.

        Raises:
            EnvironmentFault: the worker's certificate or key cannot be read or made.
        """
        self._broker = folder.config.broker
        self._client_id = CENTRE_NAME if worker == 1 else worker_name(worker)
        self._tls = _tls_context(folder, worker)
        self._intake = intake
        self._stop = stop
        self._first = worker == 1
        self._batch: list[mqtt.MQTTMessage] = []
        self._began = 0.0
        self.ready = threading.Event()
        """Set while the centre is connected and its subscriptions stand."""

    def run(self) -> None:
        """Take in messages until stopped; no fault of broker, disk or message ends it."""
        keep_connected(self._connection, self.ready, self._stop, log)

    def _connection(self) -> None:
        """One connection, from connect to its end; returns when it is lost or stopped."""
        # What was not acknowledged comes again.
        self._batch.clear()
        client = new_client(self._client_id)
        client.max_inflight_messages_set(IN_FLIGHT)
        client.tls_set_context(self._tls)
        client.on_connect = self._subscribe
        client.on_subscribe = self._subscribed
        client.on_message = self._message
        if self._first:
            client.will_set(CENTRE_STATUS, AWAY, qos=1, retain=True)
        connect(client, self._broker.host, self._broker.port, IN_FLIGHT)
        hold(client, self._stop, log, self._leave, self._tend)

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
        topics = [f"{SHARE}{topic}" for topic in SHARED]
        topics += OWN if self._first else ()
        client.subscribe([(topic, once) for topic in topics])

    def _subscribed(
        self,
        client: mqtt.Client,
        _user: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: object,
    ) -> None:
        check_subscribed(reasons)
        if self._first:
            # Only now would a box's first message find somebody.
            client.publish(CENTRE_STATUS, ACCEPTING, qos=1, retain=True)
        log.info("connection: ready")
        self.ready.set()

    def _message(self, _client: mqtt.Client, _user: object, message: mqtt.MQTTMessage) -> None:
        if not self._batch:
            self._began = monotonic()
        self._batch.append(message)

    def _tend(self, client: mqtt.Client) -> float:
        """Take in what came once it is a batch, or old enough; count results while all is quiet.

        Returns the seconds after which it wants to be called again.
        """
        if self._batch:
            left = self._began + HOLD - monotonic()
            if len(self._batch) < BATCH and left > 0:
                return left
            self._take(client)
            return 0.0
        if not self.ready.is_set() or _more_comes(client):
            return QUIET
        return 0.0 if self._idle() else QUIET

    def _idle(self) -> bool:
        try:
            return self._intake.idle()
        except EnvironmentFault:
            raise
        except Exception:
            # A fault of this program must not keep results from being taken in.
            log.exception("results were not counted")
            return False

    def _take(self, client: mqtt.Client) -> None:
        messages, self._batch = self._batch, []
        for message, answer in zip(messages, self._answers(messages), strict=True):
            if answer is not None:
                self._publish(client, answer)
            client.ack(message.mid, message.qos)

    def _answers(self, messages: list[mqtt.MQTTMessage]) -> list[Answer | None]:
        plain = [(message.topic, message.payload) for message in messages]
        try:
            return self._intake.take(plain)
        except EnvironmentFault:
            raise
        except Exception:
            # A fault of this program: without a receipt the box keeps its item and sends it
            # again, and one message that cannot be handled must not hold up all others.
            log.exception("%d messages were not handled", len(plain))
        if len(messages) == 1:
            return [None]
        return [answer for message in messages for answer in self._answers([message])]

    def _leave(self, client: mqtt.Client) -> None:
        """Take in what has come; disconnect so that the broker tells boxes that nobody is here."""
        if self._batch:
            self._take(client)
        client.disconnect(ReasonCode(PacketTypes.DISCONNECT, "Disconnect with will message"))
        deadline = monotonic() + FAREWELL
        while client.socket() is not None and monotonic() < deadline:
            client.loop(timeout=0.1)

    def _publish(self, client: mqtt.Client, answer: Answer) -> None:
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.CorrelationData = answer.id
        properties.ContentType = answer.content_type
        # Not awaited: an answer that is lost is made again when the box asks again.
        client.publish(answer.topic, answer.payload, qos=1, properties=properties)


def _more_comes(client: mqtt.Client) -> bool:
    """Whether the next message, or its beginning, is here already."""
    connection = client.socket()
    if connection is None:
        return False
    pending = getattr(connection, "pending", None)
    if pending is not None and pending():
        return True
    return bool(select.select([connection], [], [], 0)[0])


def _tls_context(folder: Folder, worker: int) -> ssl.SSLContext:
    certificate, key = worker_files(folder, worker)
    try:
        context = ssl.create_default_context(cafile=str(folder.keys / "ca.pem"))
        context.load_cert_chain(certificate, key)
    except OSError as error:
        raise EnvironmentFault(f"{folder.keys}: the centre's certificate: {error}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context
