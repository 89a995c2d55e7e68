"""What goes over a link and when, against a link in memory."""

from __future__ import annotations

import pytest
from tpsbox.links.port import (
    EVERYTHING,
    Answered,
    CentreSays,
    Failed,
    LinkEvent,
    Moved,
    Parcel,
    RetryLater,
    Taken,
    WaitForNetwork,
)
from tpsbox.record.receipt import ReceiptKind
from tpsbox.store.outbox import ItemKind, ItemState
from tpsbox.uplink.carrier import RESULTS_ALONE, Carrier


class MemoryLink:
    """A `Link` that notes what it is given and tells what the test lets happen."""

    def __init__(self) -> None:
        self.carries = EVERYTHING
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


def test_a_new_result_joins_a_photo_that_is_on_its_way(link, carrier, add):
    add(photos=2)
    carrier.turn(0)
    link.settle()
    carrier.turn(0)
    carrier.turn(0)
    link.events = [Moved(link.sent[1].id)]
    assert carrier.turn(0) is True, "a part that arrived is progress"
    add()
    carrier.turn(0)
    assert link.kinds == ["result", "photo", "result"]


def test_a_narrow_link_gets_the_newest_result_alone(store, link, carrier, add, clock):
    link.carries = RESULTS_ALONE
    add(photos=1, evidence=1)
    newest = add(photos=1)
    carrier.turn(0)
    assert [parcel.id for parcel in link.sent] == [newest]
    link.settle()
    for _ in range(3):
        carrier.turn(0)
        clock.now += 600.0
    assert [parcel.id for parcel in link.sent] == [newest], "it says all that the older one said"
    third = add()
    carrier.turn(0)
    assert link.sent[-1].id == third


def test_a_short_receipt_is_exchanged_for_a_signed_one_on_a_wide_link(store, link, clock, add):
    id = add(photos=1)
    narrow = MemoryLink()
    narrow.carries = RESULTS_ALONE
    short = Carrier(store, narrow, clock)
    short.turn(0)
    narrow.in_flight = set()
    narrow.events = [Taken(id), Answered(id, ReceiptKind.STORED, bytes(12))]
    short.turn(0)
    short.turn(0)
    assert (store.outbox.get(id).state, len(narrow.sent)) == (ItemState.STORED, 1)
    carrier = Carrier(store, link, clock)
    carrier.turn(0)
    assert link.kinds == ["photo"], "what is not stored goes first"
    link.settle()
    carrier.turn(0)
    carrier.turn(0)
    assert link.kinds == ["photo", "result"]
    link.in_flight = set()
    for _ in range(3):
        carrier.turn(0)
    assert link.kinds == ["photo", "result"], "once a connection"
    assert store.outbox.get(id).receipt == bytes(12)
    link.events = [Taken(id), Answered(id, ReceiptKind.STORED, bytes(73))]
    carrier.turn(0)
    assert store.outbox.get(id).receipt == bytes(73)
    assert store.outbox.unsigned() == ()


def test_the_centre_being_away_is_known_and_no_progress(carrier, link):
    assert carrier.accepting
    link.events = [CentreSays(False)]
    assert carrier.turn(0) is False
    assert not carrier.accepting


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
