"""MQTT by a SIM7600's own stack, over its serial port: for a box that gets no IP from its modem.

Results and evidence up to 10,240 bytes. What the modem calls published is a `Taken` and no more;
only the centre's signed receipt is an answer. A modem takes seconds for a publish, so a thread of
the link's own talks to it, and `poll` never waits for that.
"""

from __future__ import annotations

import logging
import queue
import re
import threading
import time
from collections.abc import Callable, Set
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tpsbox.errors import AnswerError, InputError
from tpsbox.links.mqttsettings import topic_of
from tpsbox.links.port import (
    Answered,
    CentreSays,
    Dropped,
    Failed,
    LinkEvent,
    LinkFault,
    Parcel,
    RetryLater,
    Taken,
    WaitForNetwork,
)
from tpsbox.links.receipts import FindIds, match_receipt
from tpsbox.links.sim7600_framer import PAYLOAD_LIMIT, Message
from tpsbox.links.sim7600_mqtt import ModemMqtt
from tpsbox.links.sim7600_port import AtPort
from tpsbox.links.sim7600_settings import BAUD, load_sim7600
from tpsbox.links.sim7600_setup import TlsFiles, check_dates, register, secure, set_clock, start
from tpsbox.links.sim7600_talk import Patience, Talk
from tpsbox.record.enrolment import Enrolment, public_key
from tpsbox.record.topics import (
    ACCEPTING,
    AWAY,
    CENTRE_STATUS,
    answers_filter,
    client_id,
    parse_missing,
    receipt_topic,
)
from tpsbox.store.identity import Identity
from tpsbox.store.outbox import ItemKind

log = logging.getLogger(__name__)

IDLE = 0.1
"""Seconds between looks at what is to do."""
FAREWELL = 10.0
"""Seconds that the thread may take to end; it looks up every 50 ms while it waits for a modem."""
FAILURES = 3
"""Publishes in a row that fail one by one; then it is the modem's MQTT that is started anew."""
_HOST = re.compile(r"[0-9A-Za-z]([0-9A-Za-z.-]{0,251}[0-9A-Za-z])?")


class ModemRoute(msgspec.Struct, frozen=True):
    """Port and access point of a modem, the broker, and what proves this box there."""

    port: str
    apn: str
    host: str
    broker_port: int
    tps: str
    epoch: int
    centre_key: Ed25519PublicKey
    files: TlsFiles
    baud: int = BAUD


def sim7600_link(
    data: Path, identity: Identity, enrolment: Enrolment, find: FindIds
) -> Sim7600Link | None:
    """The link that DATA/sim7600.toml describes, None if there is no such file.

    Raises:
        InputError: the settings, the broker's name or the centre's key are unusable.
        EnvironmentFault: the settings cannot be read.
    """
    settings = load_sim7600(data)
    if settings is None:
        return None
    host = enrolment.broker.host
    if _HOST.fullmatch(host) is None:
        raise InputError(f"broker {host[:80]!r}: the modem takes names and IPv4 addresses only")
    route = ModemRoute(
        port=settings.port,
        apn=settings.apn,
        host=host,
        broker_port=settings.broker_port or enrolment.broker.port,
        tps=enrolment.tps,
        epoch=enrolment.epoch,
        centre_key=public_key(enrolment.centre_key),
        files=TlsFiles(identity.client_certificate, identity.tls_key, identity.ca_certificate),
        baud=settings.baud,
    )
    return Sim7600Link(route, find)


class Sim7600Link:
    """A `Link` for results and evidence. `now` gives unix seconds, `clock` monotonic ones."""

    carries = frozenset({ItemKind.RESULT, ItemKind.EVIDENCE})

    def __init__(
        self,
        route: ModemRoute,
        find: FindIds,
        *,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._route = route
        self._find = find
        self._now = now
        self._stop = threading.Event()
        self._line = AtPort(route.port, route.baud, clock, self._stop)
        self._talk = Talk(self._line, patience or Patience())
        self._mqtt = ModemMqtt(self._talk)
        self._thread: threading.Thread | None = None
        self._reset()

    def _reset(self) -> None:
        self._parcels: queue.SimpleQueue[Parcel] = queue.SimpleQueue()
        self._events: queue.SimpleQueue[LinkEvent | LinkFault | Message] = queue.SimpleQueue()
        self._flying: set[bytes] = set()
        self._fault: LinkFault | None = None
        self._accepting = True  # until the centre says otherwise
        self._failures = 0

    @property
    def in_flight(self) -> Set[bytes]:
        """Ids that the modem has not published yet."""
        return frozenset(self._flying)

    @property
    def room(self) -> int:
        """One at a time, as the modem publishes; 0 while the centre is away."""
        return 1 - len(self._flying) if self._accepting else 0

    def open(self) -> None:
        """Register, set clock and certificates, connect, subscribe; takes 10 s to some minutes.

        Raises:
            ClockSuspect: a certificate is not valid at this box's time.
            WaitForNetwork: no modem, no network, or no broker that lets this box in.
            StopLink: the modem or this box's files are unusable as they are.
        """
        self.close()
        self._stop.clear()
        self._reset()
        try:
            self._line.open()
            self._connect()
        except LinkFault:
            self._line.close()
            raise
        self._thread = threading.Thread(target=self._work, name="sim7600", daemon=True)
        self._thread.start()

    def send(self, parcel: Parcel) -> None:
        """Hand a parcel to the thread.

        Raises:
            RetryLater: it is a photo or too large, or another parcel is on its way.
            WaitForNetwork: the link is not open.
        """
        if parcel.kind not in self.carries or len(parcel.body) > PAYLOAD_LIMIT:
            raise RetryLater(
                f"{parcel.kind} of {len(parcel.body)} bytes: too much for the modem's own MQTT:"
                " it waits for a wider link"
            )
        if self._thread is None or self._fault is not None:
            raise WaitForNetwork(f"{self._route.port}: the link is not open")
        if self.room <= 0:
            raise RetryLater("another parcel is on its way: wait for it to arrive")
        self._flying.add(parcel.id)
        self._parcels.put(parcel)

    def poll(self, timeout: float) -> tuple[LinkEvent, ...]:
        """What happened, after at most `timeout` seconds.

        Raises:
            WaitForNetwork: the modem is gone or has lost its connection.
        """
        events: list[LinkEvent] = []
        if self._fault is None:
            with suppress(queue.Empty):
                self._note(self._events.get(timeout=max(0.0, timeout)), events)
                while True:
                    self._note(self._events.get_nowait(), events)
        if self._fault is not None and not events:
            raise self._fault
        return tuple(events)

    def close(self) -> None:
        """End the thread and give the port back; what was under way is forgotten."""
        self._stop.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(FAREWELL)
        self._line.close()

    def _connect(self) -> None:
        route = self._route
        check_dates(route.files, self._time())
        start(self._talk)
        register(self._talk, route.apn, self._pause)
        ahead = set_clock(self._talk, self._time)
        secure(self._talk, route.files)
        self._mqtt.connect(
            route.host,
            route.broker_port,
            client_id(route.tps, route.epoch),
            (answers_filter(route.tps), CENTRE_STATUS),
            ahead,
        )
        self._hear(self._talk.patience.word)

    def _hear(self, seconds: float) -> None:
        for message in self._talk.listen(seconds):
            self._events.put(message)

    def _note(self, event: LinkEvent | LinkFault | Message, events: list[LinkEvent]) -> None:
        if isinstance(event, LinkFault):
            self._fault = event
            return
        if isinstance(event, Message):
            # Not on the thread: the outbox belongs to the caller's.
            read = self._read(event)
            if read is None:
                return
            event = read
        if isinstance(event, Taken | Failed | Answered):
            self._flying.discard(event.id)
        elif isinstance(event, CentreSays):
            self._accepting = event.accepting
        events.append(event)

    def _work(self) -> None:
        try:
            while not self._stop.is_set():
                with suppress(queue.Empty):
                    self._carry(self._parcels.get_nowait())
                self._hear(IDLE)
                if self._talk.lost:
                    raise WaitForNetwork(f"{self._route.port}: {self._talk.lost}")
        except LinkFault as fault:
            self._events.put(fault)
        except Exception as error:  # without this the link would hang silently
            log.exception("sim7600")
            self._events.put(WaitForNetwork(f"{self._route.port}: {error}"))
        finally:
            self._mqtt.leave()

    def _carry(self, parcel: Parcel) -> None:
        topic = topic_of(self._route.tps, parcel.kind, parcel.id)
        fault = self._mqtt.publish(topic, parcel.body)
        if fault is None:
            self._failures = 0
            self._events.put(Taken(parcel.id))
            return
        self._events.put(Failed(parcel.id, fault))
        self._failures += 1
        if self._failures >= FAILURES:
            raise WaitForNetwork(f"{fault}: starting the modem's MQTT anew")

    def _read(self, message: Message) -> LinkEvent | None:
        if message.topic == CENTRE_STATUS and message.payload in (ACCEPTING, AWAY):
            return CentreSays(message.payload == ACCEPTING)
        if message.topic == receipt_topic(self._route.tps):
            try:
                return match_receipt(message.payload, None, self._find, self._route.centre_key)
            except AnswerError as error:
                return Dropped(str(error))
        if parse_missing(message.topic) is not None:
            return None  # of a photo that another link has offered
        return Dropped(f"a message on {message.topic[:80]!r} that nobody expects")

    def _time(self) -> datetime:
        return datetime.fromtimestamp(self._now(), UTC)

    def _pause(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise WaitForNetwork(f"{self._route.port}: the link is being closed")
