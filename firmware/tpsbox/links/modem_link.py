"""What links over serial modems have in common: a thread of the link's own talks to the modem.

A modem takes seconds for whatever it does, so `send` and `poll` only hand over: parcels go to the
thread by one queue, its news come back by another.
"""

from __future__ import annotations

import logging
import queue
import threading
from abc import ABC, abstractmethod
from collections.abc import Set
from contextlib import suppress
from typing import Generic, TypeVar

from tpsbox.links.port import (
    Answered,
    Failed,
    LinkEvent,
    LinkFault,
    Parcel,
    RetryLater,
    Taken,
    WaitForNetwork,
)

IDLE = 0.1
"""Seconds between looks at what is to do."""
FAREWELL = 10.0
"""Seconds that the thread may take to end; it looks up every 50 ms while it waits for a modem."""

News = TypeVar("News")


class ModemLink(ABC, Generic[News]):
    """The hand-over. A link says how it reaches its modem, what it takes, and what it does there.

    `name` is that of the link's module, for thread and log; `port` is named in faults.
    """

    takes = "parcel"
    """What it carries, in words."""

    def __init__(self, name: str, port: str) -> None:
        self._name = name
        self._port = port
        self._log = logging.getLogger(f"tpsbox.links.{name}")
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._reset()

    def _reset(self) -> None:
        """Forget what an earlier connection left."""
        self._parcels: queue.SimpleQueue[Parcel] = queue.SimpleQueue()
        self._news: queue.SimpleQueue[News | LinkFault] = queue.SimpleQueue()
        self._flying: set[bytes] = set()
        self._fault: LinkFault | None = None

    @property
    def in_flight(self) -> Set[bytes]:
        """Ids of which the modem's answer is awaited."""
        return frozenset(self._flying)

    @property
    def room(self) -> int:
        """One at a time."""
        return 1 - len(self._flying)

    def open(self) -> None:
        """Reach the modem and what is behind it, then leave it to the thread.

        Raises:
            LinkFault: as the link's `_reach` says.
        """
        self.close()
        self._stop.clear()
        self._reset()
        try:
            self._reach()
        except LinkFault:
            self._hang_up()
            raise
        self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
        self._thread.start()

    def send(self, parcel: Parcel) -> None:
        """Hand a parcel to the thread.

        Raises:
            RetryLater: it is not for this link, or another is on its way.
            WaitForNetwork: the link is not open.
        """
        self._check(parcel)
        if self._thread is None or self._fault is not None:
            raise WaitForNetwork(f"{self._port}: the link is not open")
        if self.room <= 0:
            raise RetryLater(f"another {self.takes} is on its way: wait for it to arrive")
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
                self._note(self._news.get(timeout=max(0.0, timeout)), events)
                while True:
                    self._note(self._news.get_nowait(), events)
        if self._fault is not None and not events:
            raise self._fault
        return tuple(events)

    def close(self) -> None:
        """End the thread and give the port back; what was under way is forgotten."""
        self._stop.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(FAREWELL)
        self._hang_up()

    def _note(self, news: News | LinkFault, events: list[LinkEvent]) -> None:
        if isinstance(news, LinkFault):
            self._fault = news
            return
        event = self._event_of(news)
        if event is None:
            return
        if isinstance(event, Taken | Failed | Answered):
            self._flying.discard(event.id)
        events.append(event)

    def _work(self) -> None:
        try:
            self._serve()
        except LinkFault as fault:
            self._news.put(fault)
        except Exception as error:  # without this the link would hang silently
            self._log.exception(self._name)
            self._news.put(WaitForNetwork(f"{self._port}: {error}"))
        finally:
            self._leave()

    @abstractmethod
    def _reach(self) -> None:
        """Open the port and connect; a `LinkFault` says why not."""

    @abstractmethod
    def _hang_up(self) -> None:
        """Give the port back."""

    @abstractmethod
    def _check(self, parcel: Parcel) -> None:
        """Raise `RetryLater` for a parcel that this link does not carry."""

    @abstractmethod
    def _serve(self) -> None:
        """On the thread: carry `_parcels` and tell `_news` until `_stop` is set."""

    @abstractmethod
    def _event_of(self, news: News) -> LinkEvent | None:
        """On the caller's thread: what is told of news; None for nothing."""

    @abstractmethod
    def _leave(self) -> None:
        """On the thread, at its end, whatever ended it."""
