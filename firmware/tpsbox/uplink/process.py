"""The process that carries: opens the link, carries while it lasts, opens it again.

No fault of a link ends it; only a store that cannot be written does.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from random import SystemRandom

from tpsbox.errors import InputError
from tpsbox.links.mqtt import MqttLink
from tpsbox.links.mqttsettings import settings_of
from tpsbox.links.port import Link, LinkFault, StopLink
from tpsbox.record.enrolment import Enrolment
from tpsbox.store.backoff import wait_after
from tpsbox.store.linkstate import LinkCondition
from tpsbox.store.store import Store
from tpsbox.uplink.carrier import Carrier

log = logging.getLogger(__name__)

LINK = "mqtt"
TICK = 0.2
"""Seconds between looks at the store: how long a new item waits at most."""

Connect = Callable[[Store, Enrolment], Link]

_RANDOM = SystemRandom()


def mqtt_link(store: Store, enrolment: Enrolment) -> Link:
    """The link to the centre's broker.

    Raises:
        InputError: the enrolment holds no usable key.
    """
    return MqttLink(settings_of(store.identity, enrolment), store.outbox.by_prefix)


def run(
    folder: Path,
    stop: threading.Event,
    *,
    clock: Callable[[], float] = time.time,
    random: Callable[[], float] = _RANDOM.random,
    connect: Connect = mqtt_link,
) -> None:
    """Carry the outbox of the store in `folder` until `stop` is set.

    Raises:
        EnvironmentFault: the store cannot be opened or written.
    """
    with Store(folder, clock=clock, random=random) as store:
        uplink = Uplink(store, stop, clock, random, connect)
        try:
            uplink.run()
        finally:
            store.links.set(LINK, LinkCondition.OFF)


class Uplink:
    """The loop of the process, with what it must remember between two connections."""

    def __init__(
        self,
        store: Store,
        stop: threading.Event,
        clock: Callable[[], float],
        random: Callable[[], float],
        connect: Connect,
    ) -> None:
        self._store = store
        self._stop = stop
        self._clock = clock
        self._random = random
        self._connect = connect
        self._failures = 0

    def run(self) -> None:
        """Carry until stopped.

        Raises:
            EnvironmentFault: the store cannot be written.
        """
        while not self._stop.is_set():
            enrolled = self._store.identity.enrolled_at()
            if enrolled is None:
                self._note(LinkCondition.UNENROLLED)
                self._wait_while(lambda: self._store.identity.enrolled_at() is None)
                continue
            try:
                self._carry(enrolled)
            except (StopLink, InputError) as fault:
                self._note(LinkCondition.STOPPED, str(fault))
                log.error("%s", fault)
                self._wait_while(lambda: self._store.identity.enrolled_at() == enrolled)  # noqa: B023
            except LinkFault as fault:
                self._failures += 1
                self._note(LinkCondition.WAITING, str(fault))
                log.warning("%s", fault)
                self._back_off()

    def _carry(self, enrolled: int) -> None:
        enrolment = self._store.identity.enrolment()
        if enrolment is None:
            return
        link = self._connect(self._store, enrolment)
        carrier = Carrier(self._store, link, self._clock)
        if self._failures == 0:
            self._note(LinkCondition.CONNECTING)
        try:
            link.open()
            self._store.outbox.recall()
            self._note(LinkCondition.ONLINE)
            while not self._stop.is_set() and self._store.identity.enrolled_at() == enrolled:
                if carrier.turn(TICK):
                    self._failures = 0
        except LinkFault as fault:
            carrier.lost(str(fault))
            raise
        finally:
            link.close()

    def _note(self, state: LinkCondition, error: str = "") -> None:
        self._store.links.set(LINK, state, error)

    def _back_off(self) -> None:
        """Wait before the next try; something new in the outbox ends it after the shortest wait."""
        until = time.monotonic() + wait_after(self._failures, self._random)
        earliest = time.monotonic() + wait_after(1, lambda: 0.0)
        newest = self._store.outbox.last_sequence()

        def waiting() -> bool:
            now = time.monotonic()
            fresh = now >= earliest and self._store.outbox.last_sequence() != newest
            return now < until and not fresh

        self._wait_while(waiting)

    def _wait_while(self, condition: Callable[[], bool]) -> None:
        while condition() and not self._stop.wait(TICK):
            pass
