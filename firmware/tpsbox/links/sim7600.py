"""MQTT by a SIM7600's own stack, over its serial port: for a box that gets no IP from its modem.

Results and evidence up to 10,240 bytes. What the modem calls published is a `Taken` and no more;
only the centre's signed receipt is an answer. A modem takes seconds for a publish, so a thread of
the link's own talks to it, and `poll` never waits for that.
"""

from __future__ import annotations

import queue
import re
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tpsbox.errors import AnswerError, InputError
from tpsbox.links.modem_link import IDLE, ModemLink
from tpsbox.links.mqttsettings import topic_of
from tpsbox.links.port import (
    CentreSays,
    Dropped,
    Failed,
    LinkEvent,
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


class Sim7600Link(ModemLink[LinkEvent | Message]):
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
        super().__init__("sim7600", route.port)
        self._route = route
        self._find = find
        self._now = now
        self._line = AtPort(route.port, route.baud, clock, self._stop)
        self._talk = Talk(self._line, patience or Patience())
        self._mqtt = ModemMqtt(self._talk)

    def _reset(self) -> None:
        super()._reset()
        self._accepting = True  # until the centre says otherwise
        self._failures = 0

    @property
    def room(self) -> int:
        """One at a time, as the modem publishes; 0 while the centre is away."""
        return super().room if self._accepting else 0

    def _reach(self) -> None:
        """Register, set clock and certificates, connect, subscribe; takes 10 s to some minutes.

        Raises:
            ClockSuspect: a certificate is not valid at this box's time.
            WaitForNetwork: no modem, no network, or no broker that lets this box in.
            StopLink: the modem or this box's files are unusable as they are.
        """
        self._line.open()
        self._connect()

    def _hang_up(self) -> None:
        self._line.close()

    def _check(self, parcel: Parcel) -> None:
        if parcel.kind not in self.carries or len(parcel.body) > PAYLOAD_LIMIT:
            raise RetryLater(
                f"{parcel.kind} of {len(parcel.body)} bytes: too much for the modem's own MQTT:"
                " it waits for a wider link"
            )

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
            self._news.put(message)

    def _event_of(self, news: LinkEvent | Message) -> LinkEvent | None:
        # Not on the thread: the outbox, by which receipts are matched, belongs to the caller's.
        event = self._read(news) if isinstance(news, Message) else news
        if isinstance(event, CentreSays):
            self._accepting = event.accepting
        return event

    def _serve(self) -> None:
        while not self._stop.is_set():
            with suppress(queue.Empty):
                self._carry(self._parcels.get_nowait())
            self._hear(IDLE)
            if self._talk.lost:
                raise WaitForNetwork(f"{self._route.port}: {self._talk.lost}")

    def _leave(self) -> None:
        self._mqtt.leave()

    def _carry(self, parcel: Parcel) -> None:
        topic = topic_of(self._route.tps, parcel.kind, parcel.id)
        fault = self._mqtt.publish(topic, parcel.body)
        if fault is None:
            self._failures = 0
            self._news.put(Taken(parcel.id))
            return
        self._news.put(Failed(parcel.id, fault))
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
