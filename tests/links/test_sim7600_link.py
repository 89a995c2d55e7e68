"""The link over a simulated SIM7600 at a real broker, through whatever goes wrong."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mqtt_broker import PATIENCE, wait_for
from sim7600_bench import Bench, answer_for, events_until, opening, queue, run_broker, run_centre
from tpsbox.links.port import (
    Answered,
    CentreSays,
    Dropped,
    Failed,
    Parcel,
    RetryLater,
    Taken,
    WaitForNetwork,
)
from tpsbox.record.receipt import ReceiptKind, make_receipt
from tpsbox.record.topics import ACCEPTING, AWAY, client_id
from tpsbox.store.outbox import ItemKind, ItemState

RECORD = bytes(range(256))[:166]
TPS = "6302042001001"


@pytest.fixture
def broker(tmp_path, authority):
    yield from run_broker(tmp_path / "broker", authority)


@pytest.fixture
def centre(broker, centre_key):
    yield from run_centre(broker, centre_key)


@pytest.fixture
def opened(box, broker):
    yield from opening(box, broker)


@pytest.mark.parametrize("result_first", [False, True])
def test_a_record_goes_out_and_its_signed_receipt_comes_back(box, centre, opened, result_first):
    with Bench(result_first=result_first) as bench:
        link = opened(bench)
        sent = queue(box, RECORD)
        link.send(sent)
        events = events_until(link, Answered)
        assert {type(event) for event in events} >= {Taken, Answered}
        assert [e.kind for e in events if isinstance(e, Answered)] == [ReceiptKind.STORED]
    assert centre.bodies == [RECORD]


def test_evidence_of_the_largest_size_goes_and_a_larger_one_waits(box, centre, opened):
    with Bench(speed=500.0) as bench:
        link = opened(bench)
        largest = queue(box, b"\r\n>OK\r\n" * 1462 + b"\x00" * 6, ItemKind.EVIDENCE)
        assert len(largest.body) == 10_240
        link.send(largest)
        assert link.in_flight == {largest.id}
        with pytest.raises(RetryLater, match="on its way"):
            link.send(queue(box, RECORD))
        answer_for(link, largest)
        for item in (
            queue(box, b"x" * 10_241, ItemKind.EVIDENCE),
            Parcel(bytes(32), ItemKind.PHOTO, b"\xff\xd8\xff"),
        ):
            with pytest.raises(RetryLater, match="wider link"):
                link.send(item)
        assert link.room == 1
    assert centre.bodies == [largest.body]


def test_what_the_modem_calls_published_is_no_receipt(box, centre, opened):
    centre.answer = centre.silent
    with Bench() as bench:
        link = opened(bench)
        link.send(queue(box, RECORD))
        events = events_until(link, Taken)
        for _ in range(10):
            events += link.poll(0.05)
        assert {type(event) for event in events} <= {Taken, CentreSays}


def test_a_receipt_of_somebody_else_proves_nothing(box, centre, opened):
    other = Ed25519PrivateKey.generate()
    centre.answer = lambda arrival: make_receipt(ReceiptKind.STORED, arrival.id, other)
    with Bench() as bench:
        link = opened(bench)
        link.send(queue(box, RECORD))
        events = events_until(link, Dropped)
        assert not any(isinstance(event, Answered) for event in events)


def test_while_the_centre_is_away_nothing_is_sent(box, centre, opened):
    centre.flag(AWAY)
    with Bench() as bench:
        link = opened(bench)
        assert CentreSays(False) in events_until(link, CentreSays)
        assert link.room == 0
        with pytest.raises(RetryLater):
            link.send(queue(box, RECORD))
        centre.flag(ACCEPTING)
        assert CentreSays(True) in events_until(link, CentreSays)
        assert link.room == 1


def test_receipts_that_came_while_the_box_was_away_are_kept_for_it(box, broker, centre, opened):
    gone = f"Client {client_id(TPS, box.identity.enrolment().epoch)} disconnected"
    with Bench() as bench:
        link = opened(bench)
        sent = queue(box, RECORD)
        link.close()
        # The modem says goodbye in its own time: until the broker has heard it, it is not away.
        wait_for(lambda: gone in (broker.folder / "mosquitto.log").read_text(), "the goodbye")
        centre.say(TPS, make_receipt(ReceiptKind.CONFLICT, sent.id, centre.key))
        link.open()
        assert answer_for(link, sent).kind is ReceiptKind.CONFLICT


@pytest.mark.parametrize("fault", ["1:garbage", "1:split-lines", "1:chatter", "2:again"])
@pytest.mark.parametrize("result_first", [False, True])
def test_noise_and_lines_in_between_do_no_harm(box, centre, opened, fault, result_first):
    with Bench(fault, result_first=result_first) as bench:
        link = opened(bench)
        bodies = [RECORD, RECORD[::-1]]
        for body in bodies:
            sent = queue(box, body)
            link.send(sent)
            answer_for(link, sent)
    assert centre.bodies == bodies


@pytest.mark.parametrize(
    ("fault", "reason", "arrivals"),
    [("1:busy", "busy", 0), ("1:not-published", "failed", 0), ("1:ack-lost", "in time", 1)],
)
def test_one_failed_publish_is_the_item_s_and_not_the_link_s(
    box, centre, opened, fault, reason, arrivals
):
    with Bench(fault) as bench:
        link = opened(bench)
        sent = queue(box, RECORD)
        link.send(sent)
        failed = events_until(link, Failed)[-1]
        assert reason in str(failed.fault)
        assert link.room == 1
        link.send(sent)
        events_until(link, Taken)
        wait_for(lambda: len(centre.bodies) == 1 + arrivals, "the second publish")
    assert centre.bodies == [RECORD] * (1 + arrivals)


def opens(link):
    with suppress(WaitForNetwork):
        link.open()
        return True
    return False


def test_after_three_failures_the_modem_s_mqtt_is_started_anew(box, centre, opened):
    with Bench("1-3:busy") as bench:
        link = opened(bench)
        sent = queue(box, RECORD)
        with pytest.raises(WaitForNetwork, match="anew"):
            for _ in range(9):
                link.send(sent)
                events_until(link, Failed)
                link.poll(0.2)
        # On a busy machine one failure was a late answer, and the modem has one left.
        wait_for(lambda: opens(link), "the modem's MQTT")
        link.send(sent)
        events_until(link, Answered)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("1:link-lost", "lost"),
        ("1:network-lost", "lost"),
        ("1:reset", "lost|anew"),
        ("1:unplugged", "cable"),
    ],
)
def test_a_connection_that_ends_closes_the_link_until_it_is_opened_again(
    box, centre, opened, fault, reason
):
    with Bench(fault) as bench:
        link = opened(bench)
        sent = queue(box, RECORD)
        link.send(sent)
        with pytest.raises(WaitForNetwork, match=reason):
            events_until(link, Answered)
        with pytest.raises(WaitForNetwork):
            link.send(sent)
        if fault == "1:unplugged":
            return
        link.open()
        link.send(sent)
        events_until(link, Answered)
    assert centre.bodies == [RECORD]


@pytest.mark.parametrize("result_first", [False, True])
def test_the_late_end_of_a_goodbye_confuses_nothing(box, centre, opened, result_first):
    with Bench(result_first=result_first) as bench:
        link = opened(bench)
        for body in (RECORD, RECORD[::-1]):
            link.open()
            sent = queue(box, body)
            link.send(sent)
            answer_for(link, sent)
    assert centre.bodies == [RECORD, RECORD[::-1]]


def test_a_broker_that_goes_away_closes_the_link(box, broker, centre, opened):
    with Bench() as bench:
        link = opened(bench)
        broker.kill()
        with pytest.raises(WaitForNetwork, match="broker was lost"):
            events_until(link, Answered)


def test_closing_in_the_middle_of_a_publish_does_not_wait_for_it(box, centre, opened):
    with Bench() as bench:
        link = opened(bench)
        under_way = threading.Event()
        bench.pace.sleep = lambda _: under_way.set() or bench.pace.stop.wait(PATIENCE)
        link.send(queue(box, RECORD))
        assert under_way.wait(PATIENCE)
        began = time.monotonic()
        link.close()
        assert time.monotonic() - began < PATIENCE / 3
        assert "sim7600" not in {thread.name for thread in threading.enumerate()}


def test_the_carrying_process_uses_the_modem_where_there_is_nothing_else(
    box, data, broker, centre, uplink
):
    with Bench() as bench:
        (data / "links.toml").write_text('order = ["sim7600"]\n')
        (data / "sim7600.toml").write_text(
            f'port = "{bench.port.path}"\napn = "internet"\nbroker_port = {broker.old_port}\n'
        )
        sent = [queue(box, RECORD), queue(box, b"evidence", ItemKind.EVIDENCE)]
        uplink()
        wait_for(
            lambda: {item.state for item in box.outbox.list()} == {ItemState.STORED}, "receipts"
        )
        assert {item.id for item in box.outbox.list()} == {parcel.id for parcel in sent}
