"""What goes over a link and when, against a link in memory."""

from __future__ import annotations

import pytest
from tpsbox.links.port import (
    Answered,
    Failed,
    LinkEvent,
    Parcel,
    RetryLater,
    Taken,
    WaitForNetwork,
)
from tpsbox.record.receipt import ReceiptKind
from tpsbox.store.outbox import ItemKind, ItemState
from tpsbox.uplink.carrier import PHOTO_GRACE, Carrier


class MemoryLink:
    """A `Link` that notes what it is given and tells what the test lets happen."""

    def __init__(self) -> None:
        self.in_flight: set[bytes] = set()
        self.sent: list[Parcel] = []
        self.events: list[LinkEvent] = []
        self.fault: Exception | None = None

    @property
    def room(self) -> int:
        return 4 - len(self.in_flight)

    def open(self) -> None: ...

    def close(self) -> None: ...

    def send(self, parcel: Parcel) -> None:
        if self.fault:
            raise self.fault
        self.sent.append(parcel)
        self.in_flight.add(parcel.id)

    def poll(self, timeout: float) -> tuple[LinkEvent, ...]:
        events, self.events = tuple(self.events), []
        return events

    def settle(self, *, answer: bool = True) -> None:
        """Let the next hop take everything, and the centre answer it."""
        for id in self.in_flight:
            self.events.append(Taken(id))
            if answer:
                self.events.append(Answered(id, ReceiptKind.STORED, b"receipt"))
        self.in_flight = set()

    @property
    def kinds(self) -> list[ItemKind]:
        return [parcel.kind for parcel in self.sent]


@pytest.fixture
def link() -> MemoryLink:
    return MemoryLink()


@pytest.fixture
def carrier(store, link, clock) -> Carrier:
    return Carrier(store, link, clock)


@pytest.fixture
def add(store):
    def added(photos: int = 0, evidence: int = 0) -> bytes:
        number = store.results.reserve(1)
        kept = [store.photos.keep(f"{number} {photo}".encode()) for photo in range(photos)]
        leaves = [f"leaf {number} {leaf}".encode() for leaf in range(evidence)]
        record = f"record {number}".encode()
        return store.results.add_result(
            record, number=number, epoch=1, evidence=leaves, photos=kept
        )

    return added


def test_photos_go_one_at_a_time_and_small_things_together(link, carrier, add):
    add(photos=3, evidence=6)
    carrier.turn(0)
    assert link.kinds == ["result"]
    link.settle()
    assert carrier.turn(0) is True
    carrier.turn(0)
    assert link.kinds == ["result"] + ["evidence"] * 4
    for _ in range(9):
        link.settle()
        carrier.turn(0)
        assert (
            sum(parcel.kind == "photo" for parcel in link.sent if parcel.id in link.in_flight) < 2
        )
    assert link.kinds == ["result"] + ["evidence"] * 6 + ["photo"] * 3


def test_nothing_is_sent_while_it_is_on_its_way(link, carrier, add, clock):
    add()
    carrier.turn(0)
    clock.now += 3600.0
    carrier.turn(0)
    assert len(link.sent) == 1


def test_a_new_result_interrupts_a_photo_that_takes_long(store, link, carrier, add, clock):
    add(photos=2)
    carrier.turn(0)
    link.settle()
    carrier.turn(0)
    carrier.turn(0)
    assert link.kinds == ["result", "photo"]
    photo = link.sent[1].id
    clock.now += PHOTO_GRACE + 1
    carrier.turn(0)
    new = add()
    with pytest.raises(WaitForNetwork, match="makes room"):
        carrier.turn(0)
    carrier.lost("room")
    assert store.outbox.get(photo).state is ItemState.QUEUED
    assert [item.id for item in store.outbox.due(clock.now, 9)] == [new]


def test_a_new_result_joins_a_photo_that_has_just_begun(link, carrier, add, clock):
    add(photos=1)
    carrier.turn(0)
    link.settle()
    carrier.turn(0)
    carrier.turn(0)
    add()
    clock.now += PHOTO_GRACE
    carrier.turn(0)
    assert link.kinds == ["result", "photo", "result"]


def test_a_lost_link_gives_back_what_it_held_a_photo_only_later(store, link, carrier, add, clock):
    first = add(photos=1)
    carrier.turn(0)
    link.settle()
    carrier.turn(0)
    carrier.turn(0)
    second = add()
    carrier.turn(0)
    carrier.lost("the link was lost")
    photo = link.sent[1].id
    assert [item.id for item in store.outbox.due(clock.now, 9)] == [second]
    store.outbox.store_receipt(second, ReceiptKind.STORED, b"receipt")
    assert store.outbox.due(clock.now, 9) == ()
    assert [item.id for item in store.outbox.due(clock.now + 2.0, 9)] == [photo]
    assert store.outbox.get(photo).last_error == "the link was lost"
    assert store.outbox.get(first).state is ItemState.STORED


def test_what_is_refused_on_the_way_waits_longer_each_time(store, link, carrier, add, clock):
    id = add()
    carrier.turn(0)
    link.in_flight = set()
    link.events = [Failed(id, RetryLater("not authorized"))]
    assert carrier.turn(0) is False
    item = store.outbox.get(id)
    assert (item.state, item.last_error) == (ItemState.QUEUED, "not authorized")
    assert item.next_at == clock.now + 2.0


def test_a_parcel_that_the_link_cannot_take_holds_up_nothing(store, link, carrier, add):
    add(photos=1)
    link.fault = RetryLater("over the limit")
    carrier.turn(0)
    assert {item.last_error for item in store.outbox.list()} == {"over the limit", ""}
    link.fault = WaitForNetwork("not open")
    store.outbox.enqueue(bytes(32), ItemKind.RESULT, b"newer")
    with pytest.raises(WaitForNetwork):
        carrier.turn(0)
    assert {item.state for item in store.outbox.list()} == {ItemState.QUEUED}


def test_a_taken_parcel_is_not_stored(store, link, carrier, add):
    id = add()
    carrier.turn(0)
    link.settle(answer=False)
    assert carrier.turn(0) is True
    assert store.outbox.get(id).state is ItemState.BROKER_ACK
