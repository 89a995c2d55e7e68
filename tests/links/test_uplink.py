"""The carrying process against a real broker and a small centre."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mqtt_broker import PATIENCE, wait_for
from mqtt_centre import Centre
from tpsbox.record.receipt import ReceiptKind, make_receipt, verify_receipt
from tpsbox.store.linkstate import LinkCondition
from tpsbox.store.outbox import ItemState
from tpsbox.store.store import Store

TPS = "6302042001001"


def queue_result(store: Store, *, sheets: int = 2, photo_bytes: int = 2000) -> bytes:
    """Keep a result with its sheets; its id."""
    number = store.results.reserve(1)
    photos = [
        store.photos.keep(f"{number} {sheet} ".encode() * (photo_bytes // 4))
        for sheet in range(sheets)
    ]
    evidence = [f"evidence {number} {sheet}".encode() for sheet in range(sheets)]
    record = f"record {number}".encode()
    return store.results.add_result(
        record, number=number, epoch=1, evidence=evidence, photos=photos
    )


def states(store: Store) -> set[ItemState]:
    return {item.state for item in store.outbox.list()}


def all_stored(store: Store) -> bool:
    return states(store) == {ItemState.STORED}


def condition(store: Store) -> LinkCondition | None:
    state = store.links.get("mqtt")
    return state.state if state else None


def test_everything_is_delivered_in_order_and_each_receipt_is_kept(box, centre, uplink):
    first, second = queue_result(box), queue_result(box)
    uplink()
    wait_for(lambda: all_stored(box), "every receipt")
    kinds = [arrival.kind for arrival in centre.arrivals]
    assert kinds == ["result"] * 2 + ["evidence"] * 4 + ["photo"] * 4
    assert centre.ids("result") == [second, first], "the newest first"
    types = {arrival.kind: arrival.content_type for arrival in centre.arrivals}
    assert types["evidence"] == "application/cbor"
    assert types["result"] == "application/x-tps-result"
    for item in box.outbox.list():
        key = centre.key.public_key()
        assert verify_receipt(item.receipt, item.id, key) is ReceiptKind.STORED
    assert condition(box) is LinkCondition.ONLINE
    assert box.links.get("mqtt").error == ""


def test_what_is_queued_while_the_link_is_open_goes_at_once(box, centre, uplink):
    uplink()
    wait_for(lambda: condition(box) is LinkCondition.ONLINE, "the link")
    queue_result(box, sheets=0)
    wait_for(lambda: all_stored(box), "the receipt")
    assert box.outbox.list()[0].attempts == 1


def test_a_box_that_is_not_enrolled_waits_and_then_sends(enrol, store, broker, centre, uplink):
    queue_result(store)
    uplink()
    wait_for(lambda: condition(store) is LinkCondition.UNENROLLED, "the process")
    enrol(broker.port)
    wait_for(lambda: all_stored(store), "every receipt")


def test_a_forged_receipt_never_stores(box, centre, uplink):
    forger, forged = Ed25519PrivateKey.generate(), []

    def forge_the_first(arrival):
        if forged and arrival.id not in forged:
            return centre.honest(arrival)
        forged.append(arrival.id)
        return make_receipt(ReceiptKind.STORED, arrival.id, forger)

    centre.answer = forge_the_first
    first = queue_result(box, sheets=0)
    uplink()
    wait_for(lambda: box.outbox.get(first).state is ItemState.BROKER_ACK, "the broker's ack")
    second = queue_result(box, sheets=0)
    # Receipts come in one order: once this one is in, the forged one was seen too.
    wait_for(lambda: box.outbox.get(second).state is ItemState.STORED, "an honest receipt")
    assert forged
    item = box.outbox.get(first)
    assert (item.state, item.receipt) == (ItemState.BROKER_ACK, None)


def test_a_puback_without_a_receipt_never_stores_and_is_sent_again(box, centre, clock, uplink):
    centre.answer = centre.silent
    id = queue_result(box)
    uplink()
    for attempt in (1, 2, 3):
        wait_for(lambda n=attempt: centre.ids() == [id] * n, f"attempt {attempt}")
        wait_for(lambda: box.outbox.get(id).state is ItemState.BROKER_ACK, "the broker's ack")
        assert box.outbox.get(id).attempts == attempt
        clock.now += 300.0
    centre.answer = centre.honest
    clock.now += 300.0
    wait_for(lambda: all_stored(box), "every receipt")
    assert set(centre.ids("result")) == {id}


def test_refused_and_conflict_are_shown_and_not_sent_again(box, centre, clock, uplink):
    answers = iter([ReceiptKind.REFUSED, ReceiptKind.CONFLICT])
    centre.answer = lambda arrival: make_receipt(next(answers), arrival.id, centre.key)
    first = queue_result(box, sheets=0)
    uplink()
    wait_for(lambda: box.outbox.get(first).state is ItemState.REFUSED, "the refusal")
    second = queue_result(box, sheets=0)
    wait_for(lambda: box.outbox.get(second).state is ItemState.CONFLICT, "the conflict")
    assert box.outbox.summary().newest_result is ItemState.CONFLICT
    clock.now += 3600.0
    third = queue_result(box, sheets=0)
    centre.answer = centre.honest
    wait_for(lambda: box.outbox.get(third).state is ItemState.STORED, "the third")
    assert centre.ids() == [first, second, third]


def test_an_absent_centre_costs_one_small_message_at_a_time(box, broker, centre_key, clock, uplink):
    id = queue_result(box)
    uplink()
    wait_for(lambda: "nobody" in box.outbox.get(id).last_error, "the broker's word")
    assert box.outbox.get(id).state is ItemState.QUEUED
    assert {item.attempts for item in box.outbox.list() if item.id != id} == {0}
    centre = Centre(broker, centre_key)
    centre.start()
    clock.now += 300.0
    wait_for(lambda: all_stored(box), "every receipt")
    centre.stop()


def test_a_broker_killed_midway_loses_and_doubles_nothing(box, broker, centre, clock, uplink):
    for _ in range(3):
        queue_result(box, sheets=3, photo_bytes=200_000)
    reached = 0

    def kill_at_the_third_photo(arrival) -> bytes | None:
        nonlocal reached
        reached += arrival.kind == "photo"
        if reached == 3:
            broker.kill()
        return centre.honest(arrival)

    centre.answer = kill_at_the_third_photo
    uplink()
    wait_for(lambda: condition(box) is LinkCondition.WAITING, "the loss of the link")
    assert not all_stored(box)
    assert box.links.get("mqtt").error
    broker.start()
    clock.now += 300.0
    wait_for(lambda: all_stored(box), "every receipt")
    sent = {item.id for item in box.outbox.list()}
    assert len(sent) == 3 + 9 + 9 == len(box.outbox.list())
    assert set(centre.ids()) == sent
    assert condition(box) is LinkCondition.ONLINE


def test_the_process_killed_midway_loses_and_doubles_nothing(box, data, centre):
    for _ in range(2):
        queue_result(box, sheets=3, photo_bytes=200_000)
    command = [sys.executable, "-m", "tpsbox.uplink", "--data", str(data)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    wait_for(lambda: len(centre.ids("photo")) >= 2, "two photos")
    process.kill()
    process.wait(PATIENCE)
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    wait_for(lambda: all_stored(box), "every receipt")
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
    assert set(centre.ids()) == {item.id for item in box.outbox.list()}
    assert len(box.outbox.list()) == 2 + 6 + 6
    assert condition(box) is LinkCondition.OFF
    wait_for(lambda: centre.statuses[-1] == b"lost", "the farewell")


def test_a_damaged_photo_holds_nothing_else_back(box, centre, uplink):
    queue_result(box)
    bad = next(item for item in box.outbox.list() if item.kind == "photo")
    box.photos.path(bad.id.hex()).write_bytes(b"damaged")
    uplink()
    others = [item.id for item in box.outbox.list() if item.id != bad.id]
    wait_for(lambda: {box.outbox.get(id).state for id in others} == {ItemState.STORED}, "the rest")
    wait_for(lambda: "changed since" in box.outbox.get(bad.id).last_error, "the fault")
    assert bad.id not in centre.ids()


def test_what_needs_a_person_stops_the_link_until_one_acted(box, enrol, broker, centre, uplink):
    good = box.identity.tls_key.read_bytes()
    box.identity.tls_key.write_bytes(b"no key")
    queue_result(box)
    uplink()
    wait_for(lambda: condition(box) is LinkCondition.STOPPED, "the stop")
    assert "enrol this box again" in box.links.get("mqtt").error
    box.identity.tls_key.write_bytes(good)
    enrol(broker.port)
    wait_for(lambda: all_stored(box), "every receipt")


def test_a_new_enrolment_is_used_without_a_restart(box, enrol, broker, centre, uplink):
    uplink()
    wait_for(lambda: centre.statuses == [b"online"], "the first connection")
    enrol(broker.port)
    wait_for(lambda: centre.statuses == [b"online", b"lost", b"online"], "the second")


def test_an_unusable_store_is_one_line_and_exit_code_4(tmp_path):
    (tmp_path / "data").write_text("a file in the way")
    done = subprocess.run(
        [sys.executable, "-m", "tpsbox.uplink", "--data", str(tmp_path / "data")],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env=os.environ | {"PYTHONWARNINGS": "error"},
    )
    assert done.returncode == 4
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"uplink: {tmp_path}/data")
