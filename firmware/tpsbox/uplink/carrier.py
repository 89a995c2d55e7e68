"""One link that is open: what is due goes out, what comes back is written down."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress

from tpsbox.errors import AnswerError, EnvironmentFault
from tpsbox.links.port import (
    EVERYTHING,
    Answered,
    CentreSays,
    Dropped,
    Failed,
    Link,
    LinkEvent,
    LinkFault,
    Moved,
    Parcel,
    RetryLater,
    Taken,
)
from tpsbox.record.receipt import ReceiptKind
from tpsbox.store.outbox import Item, ItemKind
from tpsbox.store.store import Store

log = logging.getLogger(__name__)

RESULTS_ALONE = frozenset({ItemKind.RESULT})


class Carrier:
    """Carries a store's outbox over a link, as long as the link stays open."""

    def __init__(self, store: Store, link: Link, clock: Callable[[], float]) -> None:
        self._store = store
        self._link = link
        self._clock = clock
        self._photo: bytes | None = None
        self._asked: set[bytes] = set()
        self.accepting = True
        """Whether the centre takes anything in, as far as the link can tell."""

    def turn(self, timeout: float) -> bool:
        """Send what is due, wait up to `timeout` seconds for news; whether anything got through.

        Raises:
            WaitForNetwork: the link was lost.
            EnvironmentFault: the store cannot be written.
        """
        self._send_due()
        progress = False
        for event in self._link.poll(timeout):
            progress |= self._note(event)
        return progress

    def _note(self, event: LinkEvent) -> bool:
        """Write down what happened; whether it was progress."""
        outbox, now = self._store.outbox, self._clock()
        match event:
            case Taken(id):
                outbox.broker_ack(id, now)
            case Moved():
                pass
            case Failed(id, fault):
                log.warning("%s: %s", id.hex(), fault)
                outbox.fail(id, str(fault), now)
                return False
            case Answered(id, kind, receipt):
                level = logging.INFO if kind is ReceiptKind.STORED else logging.ERROR
                log.log(level, "%s: %s at the centre", id.hex(), kind.name)
                outbox.store_receipt(id, kind, receipt)
            case CentreSays(accepting):
                log.info("the centre is %s", "accepting" if accepting else "away")
                self.accepting = accepting
                return False
            case Dropped(reason):
                log.warning("ignored: %s", reason)
                return False
        return True

    def _send_due(self) -> None:
        if self._link.room <= 0:
            return
        for item in self._due():
            flying = self._link.in_flight
            if item.id in flying or self._link.room <= 0:
                continue
            if item.kind is ItemKind.PHOTO:
                if self._photo in flying:
                    continue  # one at a time: each more would only slow the first
                self._photo = item.id
            self._send(item)
        if self._link.carries == EVERYTHING and not self._link.in_flight:
            self._ask_for_signatures()

    def _due(self) -> Iterable[Item]:
        outbox, now, carries = self._store.outbox, self._clock(), self._link.carries
        if carries <= RESULTS_ALONE:
            newest = outbox.due_result(now)  # it says all that the older ones said
            return (newest,) if newest else ()
        limit = len(self._link.in_flight) + self._link.room
        return (item for item in outbox.due(now, limit) if item.kind in carries)

    def _ask_for_signatures(self) -> None:
        """Send results once more that have a short receipt, once a connection: it is little."""
        for item in self._store.outbox.unsigned():
            if item.id not in self._asked and item.body is not None and self._link.room > 0:
                self._asked.add(item.id)
                with suppress(RetryLater):  # the next connection asks again
                    self._link.send(Parcel(item.id, item.kind, item.body))

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
