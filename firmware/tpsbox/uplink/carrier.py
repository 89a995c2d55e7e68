"""One link that is open: what is due goes out, what comes back is written down."""

from __future__ import annotations

import logging
from collections.abc import Callable

from tpsbox.errors import AnswerError, EnvironmentFault
from tpsbox.links.port import (
    Answered,
    Dropped,
    Failed,
    Link,
    LinkFault,
    Parcel,
    RetryLater,
    Taken,
    WaitForNetwork,
)
from tpsbox.record.receipt import ReceiptKind
from tpsbox.store.outbox import Item, ItemKind
from tpsbox.store.store import Store

log = logging.getLogger(__name__)

PHOTO_GRACE = 10.0
"""Seconds a photo may take before a new result interrupts it: on one connection nothing can
overtake, and on a thin link a photo takes minutes."""


class Carrier:
    """Carries a store's outbox over a link, as long as the link stays open."""

    def __init__(self, store: Store, link: Link, clock: Callable[[], float]) -> None:
        self._store = store
        self._link = link
        self._clock = clock
        self._photo: bytes | None = None
        self._photo_since = 0.0

    def turn(self, timeout: float) -> bool:
        """Send what is due, wait up to `timeout` seconds for news; whether anything got through.

        Raises:
            WaitForNetwork: the link was lost, or must be opened anew for a result to pass a photo.
            EnvironmentFault: the store cannot be written.
        """
        self._send_due()
        progress = False
        for event in self._link.poll(timeout):
            now = self._clock()
            match event:
                case Taken(id):
                    self._store.outbox.broker_ack(id, now)
                    progress = True
                case Failed(id, fault):
                    log.warning("%s: %s", id.hex(), fault)
                    self._store.outbox.fail(id, str(fault), now)
                case Answered(id, kind, receipt):
                    level = logging.INFO if kind is ReceiptKind.STORED else logging.ERROR
                    log.log(level, "%s: %s at the centre", id.hex(), kind.name)
                    self._store.outbox.store_receipt(id, kind, receipt)
                    progress = True
                case Dropped(reason):
                    log.warning("ignored: %s", reason)
        return progress

    def lost(self, error: str) -> None:
        """The link is gone: all it held is due again, a photo only after a while.

        What is small is worth sending at once; a photo that kills the link every time is not.
        """
        if self._photo is not None and self._photo in self._link.in_flight:
            self._store.outbox.fail(self._photo, error, self._clock())
        self._store.outbox.recall()

    def _send_due(self) -> None:
        flying = self._link.in_flight
        if self._link.room <= 0:
            return
        for item in self._store.outbox.due(self._clock(), len(flying) + self._link.room):
            if item.id in flying or self._link.room <= 0:
                continue
            if item.kind is ItemKind.PHOTO:
                if self._photo in self._link.in_flight:
                    continue  # one at a time: a result must not wait behind four photos
                self._photo, self._photo_since = item.id, self._clock()
            elif item.kind is ItemKind.RESULT and item.attempts == 0:
                self._make_way()
            self._send(item)

    def _make_way(self) -> None:
        flying = self._photo in self._link.in_flight
        if flying and self._clock() - self._photo_since > PHOTO_GRACE:
            raise WaitForNetwork("the photo on its way makes room for a new result")

    def _send(self, item: Item) -> None:
        outbox = self._store.outbox
        outbox.hand(item.id, self._clock())
        try:
            body = item.body if item.body is not None else self._store.photos.read(item.id.hex())
        except (AnswerError, EnvironmentFault) as error:
            log.error("%s", error)
            outbox.fail(item.id, str(error), self._clock())
            return
        try:
            self._link.send(Parcel(item.id, item.kind, body))
        except RetryLater as fault:
            log.warning("%s: %s", item.id.hex(), fault)
            outbox.fail(item.id, str(fault), self._clock())
        except LinkFault:
            outbox.recall()
            raise
