import pytest
from hypothesis import given
from hypothesis import strategies as st
from tpsbox.errors import InputError
from tpsbox.record.receipt import ReceiptKind
from tpsbox.store.backoff import LONGEST_WAIT, wait_after
from tpsbox.store.outbox import RECEIPT_WAIT, ItemKind, ItemState
from tpsbox.store.store import Store

RECEIPT = b"receipt"
A, B, C, D = (bytes([byte]) * 32 for byte in b"ABCD")


@pytest.fixture
def outbox(store):
    return store.outbox


def due(outbox, now, limit=10):
    return [item.id for item in outbox.due(now, limit)]


def test_results_before_evidence_before_photos(outbox, clock):
    outbox.enqueue(D, ItemKind.PHOTO, None)
    outbox.enqueue(C, ItemKind.EVIDENCE, b"c")
    outbox.enqueue(A, ItemKind.RESULT, b"a")
    outbox.enqueue(B, ItemKind.RESULT, b"b")
    assert due(outbox, clock.now) == [B, A], "the newest first, and nothing else"
    outbox.hand(B, clock.now)
    assert due(outbox, clock.now) == [A]
    outbox.hand(A, clock.now)
    assert due(outbox, clock.now) == [], "the newest result is not answered yet"
    outbox.store_receipt(B, ReceiptKind.STORED, RECEIPT)
    assert due(outbox, clock.now) == [C]
    outbox.hand(C, clock.now)
    assert due(outbox, clock.now) == [D]


def test_a_refused_result_does_not_hold_back_the_rest(outbox, clock):
    outbox.enqueue(A, ItemKind.RESULT, b"a")
    outbox.enqueue(D, ItemKind.PHOTO, None)
    outbox.hand(A, clock.now)
    outbox.store_receipt(A, ReceiptKind.REFUSED, RECEIPT)
    assert due(outbox, clock.now) == [D]
    assert outbox.get(A).state is ItemState.REFUSED


def test_a_photo_waiting_to_be_retried_holds_no_result_back(outbox, clock):
    outbox.enqueue(D, ItemKind.PHOTO, None)
    outbox.hand(D, clock.now)
    outbox.fail(D, "lost", clock.now)
    outbox.enqueue(A, ItemKind.RESULT, b"a")
    assert due(outbox, clock.now + LONGEST_WAIT) == [A]


def test_a_puback_never_means_stored_and_without_a_receipt_it_is_due_again(outbox, clock):
    outbox.enqueue(A, ItemKind.RESULT, b"a")
    outbox.hand(A, clock.now)
    outbox.broker_ack(A, clock.now + 1)
    assert outbox.get(A).state is ItemState.BROKER_ACK
    assert due(outbox, clock.now + RECEIPT_WAIT) == []
    assert due(outbox, clock.now + 1 + 2 * RECEIPT_WAIT) == [A]
    outbox.hand(A, clock.now)
    second = outbox.get(A)
    assert (second.state, second.attempts) == (ItemState.HANDED, 2)
    assert second.next_at > clock.now + 2 * RECEIPT_WAIT, "backing off"


def test_an_ack_that_comes_late_changes_nothing(outbox, clock):
    outbox.enqueue(A, ItemKind.RESULT, b"a")
    outbox.broker_ack(A, clock.now)
    assert outbox.get(A).state is ItemState.QUEUED
    outbox.store_receipt(A, ReceiptKind.STORED, RECEIPT)
    before = outbox.get(A)
    outbox.hand(A, clock.now)
    outbox.broker_ack(A, clock.now)
    outbox.fail(A, "late", clock.now)
    outbox.store_receipt(A, ReceiptKind.CONFLICT, b"other")
    assert outbox.get(A) == before
    assert before.receipt == RECEIPT


def test_stored_after_a_refusal_counts(outbox):
    outbox.enqueue(A, ItemKind.RESULT, b"a")
    outbox.store_receipt(A, ReceiptKind.CONFLICT, b"first")
    outbox.store_receipt(A, ReceiptKind.STORED, b"second")
    assert (outbox.get(A).state, outbox.get(A).receipt) == (ItemState.STORED, b"second")


def test_failures_wait_longer_each_time(outbox, clock):
    outbox.enqueue(A, ItemKind.RESULT, b"a")
    waits = []
    for _ in range(12):
        outbox.hand(A, clock.now)
        outbox.fail(A, "no network", clock.now)
        waits.append(outbox.get(A).next_at - clock.now)
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (3.0, 151.0), "half way between 2 s and 4 s, 2 s and 5 min"
    assert outbox.get(A).last_error == "no network"


@given(failures=st.integers(0, 10_000), random=st.floats(0, 1), first=st.sampled_from([2.0, 30.0]))
def test_every_wait_is_between_the_floor_and_five_minutes(failures, random, first):
    assert first <= wait_after(failures, lambda: random, first) <= LONGEST_WAIT


def test_what_was_queued_under_a_clock_far_ahead_is_due(outbox, clock):
    outbox.enqueue(A, ItemKind.RESULT, b"a")
    outbox.hand(A, clock.now + 10 * 365 * 86_400)
    assert due(outbox, clock.now) == [A]


def test_what_a_lost_link_held_is_due_at_once_but_not_what_a_broker_took(outbox, clock):
    for id in (A, B):
        outbox.enqueue(id, ItemKind.RESULT, b"x")
        outbox.hand(id, clock.now)
    outbox.broker_ack(B, clock.now)
    outbox.recall()
    assert due(outbox, clock.now) == [A]
    assert outbox.get(A).attempts == 1


def test_an_id_is_queued_once(outbox, clock):
    outbox.enqueue(A, ItemKind.RESULT, b"a")
    outbox.hand(A, clock.now)
    outbox.enqueue(A, ItemKind.RESULT, b"a")
    (item,) = outbox.list()
    assert item.state is ItemState.HANDED
    assert outbox.last_sequence() == item.sequence


def test_malformed_items_are_refused(outbox):
    for id, kind, body in (
        (b"short", ItemKind.RESULT, b"a"),
        (A, ItemKind.RESULT, None),
        (A, ItemKind.PHOTO, b"jpeg"),
    ):
        with pytest.raises(InputError):
            outbox.enqueue(id, kind, body)
    with pytest.raises(InputError, match="never sent"):
        outbox.store_receipt(A, ReceiptKind.STORED, RECEIPT)
    assert outbox.get(A) is None


def test_ids_are_found_by_the_eight_bytes_of_a_receipt(outbox):
    twin = A[:8] + bytes(24)
    for id in (A, B, twin):
        outbox.enqueue(id, ItemKind.RESULT, b"x")
    assert set(outbox.by_prefix(A[:8])) == {A, twin}
    assert outbox.by_prefix(C[:8]) == ()


def test_the_summary_counts_and_shows_the_newest_result(store, clock):
    outbox = store.outbox
    assert outbox.summary().newest_result is None
    outbox.enqueue(A, ItemKind.RESULT, b"a")
    outbox.store_receipt(A, ReceiptKind.STORED, RECEIPT)
    outbox.enqueue(B, ItemKind.RESULT, b"b")
    outbox.enqueue(C, ItemKind.PHOTO, None)
    outbox.hand(B, clock.now)
    outbox.fail(B, "no network", clock.now)
    with Store(store.folder) as again:
        summary = again.outbox.summary()
    assert summary.counts == {
        ItemKind.RESULT: {ItemState.STORED: 1, ItemState.QUEUED: 1},
        ItemKind.EVIDENCE: {},
        ItemKind.PHOTO: {ItemState.QUEUED: 1},
    }
    assert (summary.newest_result, summary.last_error) == (ItemState.QUEUED, "no network")


def test_what_a_kecamatan_took_shows_it_and_stays_due(outbox, clock):
    outbox.enqueue(A, ItemKind.RESULT, b"a")
    outbox.take_kecamatan_receipt(A, b"first")
    outbox.take_kecamatan_receipt(A, b"again")
    assert outbox.get(A).state is ItemState.AT_KECAMATAN
    assert outbox.get(A).receipt is None, "that is the centre's alone"
    assert due(outbox, clock.now) == [A]
    outbox.hand(A, clock.now)
    assert [item.state for item in outbox.list()] == [ItemState.AT_KECAMATAN]
    assert outbox.summary().newest_result is ItemState.AT_KECAMATAN
    assert outbox.summary().counts[ItemKind.RESULT] == {ItemState.AT_KECAMATAN: 1}
    outbox.fail(A, "no network", clock.now)
    assert due(outbox, clock.now + LONGEST_WAIT) == [A]
    with pytest.raises(InputError, match="never sent"):
        outbox.take_kecamatan_receipt(B, b"stranger")


@pytest.mark.parametrize("kind", ReceiptKind)
def test_the_centre_s_answer_counts_whatever_the_kecamatan_said_and_when(outbox, kind):
    for first in (True, False):
        id = A if first else B
        outbox.enqueue(id, ItemKind.RESULT, b"a")
        if first:
            outbox.take_kecamatan_receipt(id, b"kecamatan")
        outbox.store_receipt(id, kind, RECEIPT)
        if not first:
            outbox.take_kecamatan_receipt(id, b"kecamatan")
        assert outbox.get(id).state.value == kind.name.lower()
        assert outbox.get(id).receipt == RECEIPT


def test_a_short_receipt_gives_way_to_the_signed_one_and_to_nothing_else(outbox):
    short, signed, other = bytes(12), bytes(73), b"\1" * 73
    outbox.enqueue(A, ItemKind.RESULT, b"a")
    outbox.enqueue(B, ItemKind.RESULT, b"b")
    for id in (A, B):
        outbox.store_receipt(id, ReceiptKind.STORED, short)
    assert [item.id for item in outbox.unsigned()] == [B, A]
    for kind, receipt in (
        (ReceiptKind.REFUSED, signed),
        (ReceiptKind.CONFLICT, signed),
        (ReceiptKind.STORED, b"\1" * 12),
        (ReceiptKind.STORED, bytes(72)),
    ):
        outbox.store_receipt(A, kind, receipt)
        assert (outbox.get(A).state, outbox.get(A).receipt) == (ItemState.STORED, short)
    outbox.store_receipt(A, ReceiptKind.STORED, signed)
    outbox.store_receipt(A, ReceiptKind.STORED, other)
    assert outbox.get(A).receipt == signed
    assert [item.id for item in outbox.unsigned()] == [B]


def test_a_dear_link_is_given_the_newest_result_while_it_is_unanswered(outbox, clock):
    assert outbox.due_result(clock.now) is None
    outbox.enqueue(A, ItemKind.RESULT, b"a")
    outbox.enqueue(B, ItemKind.RESULT, b"b")
    outbox.enqueue(C, ItemKind.EVIDENCE, b"c")
    assert outbox.due_result(clock.now).id == B
    outbox.hand(B, clock.now)
    assert outbox.due_result(clock.now) is None, "on its way"
    assert outbox.due_result(clock.now + LONGEST_WAIT).id == B
    assert outbox.due_result(clock.now - 10 * LONGEST_WAIT).id == B, "handed by a wrong clock"
    outbox.store_receipt(B, ReceiptKind.STORED, RECEIPT)
    assert outbox.due_result(clock.now + LONGEST_WAIT) is None, "the older one is superseded"


def test_what_another_link_s_broker_took_can_be_made_due(outbox, clock):
    outbox.enqueue(A, ItemKind.RESULT, b"a")
    outbox.hand(A, clock.now)
    outbox.broker_ack(A, clock.now)
    outbox.recall()
    assert due(outbox, clock.now) == []
    outbox.recall(taken=True)
    assert due(outbox, clock.now) == [A]
