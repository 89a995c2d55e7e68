"""A link in memory that opens and answers as a test lets it."""

from __future__ import annotations

import threading

from tpsbox.links.port import EVERYTHING, Answered, LinkEvent, Parcel, Taken, WaitForNetwork
from tpsbox.record.receipt import RECEIPT_BYTES, ReceiptKind
from tpsbox.record.short_receipt import SHORT_BYTES
from tpsbox.uplink.carrier import RESULTS_ALONE

PATIENCE = 30.0


class SwitchedLink:
    """`up` decides whether it opens and stays open, `answering` whether receipts come."""

    def __init__(self, *, narrow: bool = False, up: bool = True) -> None:
        self.carries = RESULTS_ALONE if narrow else EVERYTHING
        self.up = up
        self.answering = True
        self.hanging = threading.Event()
        self.hanging.set()
        self.is_open = False
        self.opened = 0
        self.sent: list[Parcel] = []
        self.in_flight: set[bytes] = set()
        self._events: list[LinkEvent] = []

    @property
    def room(self) -> int:
        return 4 - len(self.in_flight)

    @property
    def kinds(self) -> list[str]:
        return [parcel.kind.value for parcel in self.sent]

    def open(self) -> None:
        self.opened += 1
        assert self.hanging.wait(PATIENCE)
        if not self.up:
            raise WaitForNetwork("no network here")
        self.is_open = True

    def send(self, parcel: Parcel) -> None:
        assert self.is_open and parcel.kind in self.carries
        self.sent.append(parcel)
        self.in_flight.add(parcel.id)
        if self.answering:
            size = SHORT_BYTES if self.carries == RESULTS_ALONE else RECEIPT_BYTES
            answer = Answered(parcel.id, ReceiptKind.STORED, bytes(size))
            self._events += [Taken(parcel.id), answer]
            self.in_flight.clear()

    def poll(self, timeout: float) -> tuple[LinkEvent, ...]:
        if not self.up:
            raise WaitForNetwork("the network is gone")
        if not self._events:
            threading.Event().wait(min(timeout, 0.01))
        events, self._events = tuple(self._events), []
        return events

    def close(self) -> None:
        self.is_open = False
        self.in_flight = set()
