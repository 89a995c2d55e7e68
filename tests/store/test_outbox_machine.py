"""The outbox against a dictionary: nothing lost or doubled, stored is final, results first."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)
from store_faults import Cut, FaultyDisk, cut
from tpsbox.record.receipt import ReceiptKind
from tpsbox.store.backoff import LONGEST_WAIT
from tpsbox.store.outbox import ItemKind, ItemState
from tpsbox.store.store import Store

OPEN = {ItemState.QUEUED, ItemState.HANDED, ItemState.BROKER_ACK}
ANSWER = {
    ReceiptKind.STORED: ItemState.STORED,
    ReceiptKind.REFUSED: ItemState.REFUSED,
    ReceiptKind.CONFLICT: ItemState.CONFLICT,
}
RANK = list(ItemKind)


class OutboxMachine(RuleBasedStateMachine):
    """Everything the processes do to an outbox, in any order, with the power going in between."""

    items = Bundle("items")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="outbox"))
        self.now = 1_700_000_000.0
        self.model: dict[bytes, tuple[ItemKind, ItemState]] = {}
        self.photos = 0

    @initialize()
    def start(self) -> None:
        self.disk = FaultyDisk(0, cut)
        self.store = Store(self.folder, clock=lambda: self.now, random=lambda: 0.5, disk=self.disk)
        self.outbox = self.store.outbox

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    def change(self, id: bytes, sources: set[ItemState], state: ItemState) -> None:
        kind, old = self.model[id]
        if old in sources:
            self.model[id] = (kind, state)

    def make_result(self, power_goes: bool) -> list[bytes]:
        number = self.store.results.reserve(1)
        jpeg, leaf, record = (f"{what} {number}".encode() for what in ("photo", "leaf", "record"))
        photo = self.store.photos.keep(jpeg)
        self.disk.left = 1 if power_goes else 0
        self.store.results.add_result(
            record, number=number, epoch=1, evidence=[leaf], photos=[photo]
        )
        made = {ItemKind.RESULT: record, ItemKind.EVIDENCE: leaf, ItemKind.PHOTO: jpeg}
        ids = [hashlib.sha256(body).digest() for body in made.values()]
        self.model |= {id: (kind, ItemState.QUEUED) for id, kind in zip(ids, made, strict=True)}
        return ids

    @rule(target=items)
    def add_result(self):
        return multiple(*self.make_result(power_goes=False))

    @rule()
    def power_goes_while_adding_a_result(self) -> None:
        with pytest.raises(Cut):
            self.make_result(power_goes=True)
        self.reopen()

    @rule(id=items)
    def queue_again(self, id: bytes) -> None:
        item = self.outbox.get(id)
        assert item is not None
        self.outbox.enqueue(id, item.kind, item.body)

    @rule(id=items)
    def hand(self, id: bytes) -> None:
        self.outbox.hand(id, self.now)
        self.change(id, OPEN, ItemState.HANDED)

    @rule(id=items)
    def broker_ack(self, id: bytes) -> None:
        self.outbox.broker_ack(id, self.now)
        self.change(id, {ItemState.HANDED}, ItemState.BROKER_ACK)

    @rule(id=items)
    def fail(self, id: bytes) -> None:
        self.outbox.fail(id, "no network", self.now)
        self.change(id, OPEN, ItemState.QUEUED)

    @rule()
    def recall(self) -> None:
        self.outbox.recall()
        for id in self.model:
            self.change(id, {ItemState.HANDED}, ItemState.QUEUED)

    @rule(id=items, kind=st.sampled_from(ReceiptKind))
    def receipt(self, id: bytes, kind: ReceiptKind) -> None:
        self.outbox.store_receipt(id, kind, b"receipt")
        self.change(id, set(ItemState) - {ItemState.STORED}, ANSWER[kind])

    @rule(id=consumes(items))
    def stored_for_good(self, id: bytes) -> None:
        self.outbox.store_receipt(id, ReceiptKind.STORED, b"receipt")
        self.change(id, set(ItemState), ItemState.STORED)

    @rule(seconds=st.floats(-1e8, 1e8))
    def the_clock_moves(self, seconds: float) -> None:
        self.now = max(0.0, self.now + seconds)

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.start()

    @invariant()
    def nothing_is_lost_or_doubled_and_states_agree(self) -> None:
        listed = [(item.id, (item.kind, item.state)) for item in self.outbox.list()]
        assert len(listed) == len(self.model)
        assert dict(listed) == self.model

    @invariant()
    def results_are_due_before_evidence_before_photos(self) -> None:
        items = self.outbox.due(self.now, 1000)
        ranks = [RANK.index(item.kind) for item in items]
        assert ranks == sorted(ranks)
        queued = [
            RANK.index(kind) for kind, state in self.model.values() if state is ItemState.QUEUED
        ]
        assert all(rank <= min(queued, default=2) for rank in ranks)
        results = [item.sequence for item in items if item.kind is ItemKind.RESULT]
        assert results == sorted(results, reverse=True)
        assert all(item.state in OPEN for item in items)

    @invariant()
    def whatever_comes_first_becomes_due(self) -> None:
        """No open item is forgotten: the first kind that is open is due within the longest wait."""
        ranks = [RANK.index(kind) for kind, state in self.model.values() if state in OPEN]
        due = self.outbox.due(self.now, 1000) + self.outbox.due(self.now + LONGEST_WAIT, 1000)
        expected = {
            id
            for id, (kind, state) in self.model.items()
            if state in OPEN and RANK.index(kind) == min(ranks)
        }
        assert expected <= {item.id for item in due}


TestOutbox = OutboxMachine.TestCase
TestOutbox.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
