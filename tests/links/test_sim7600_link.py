"""The link over a simulated SIM7600 at a real broker, through whatever goes wrong."""

from __future__ import annotations

import logging
import re
import threading
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mqtt_broker import MOSQUITTO, PATIENCE, Authority, wait_for
from msgspec import structs
from sim7600_bench import LONG, Bench, OldBroker, PlainCentre, events_until, queue
from tpsbox.links.port import (
    Answered,
    CentreSays,
    ClockSuspect,
    Dropped,
    Failed,
    Parcel,
    RetryLater,
    Taken,
    WaitForNetwork,
)
from tpsbox.record.receipt import ReceiptKind, make_receipt
from tpsbox.record.topics import ACCEPTING, AWAY
from tpsbox.store.outbox import ItemKind, ItemState

RECORD = bytes(range(256))[:166]
TPS = "6302042001001"


@pytest.fixture
def broker(tmp_path, authority):
    if not MOSQUITTO.exists():
        pytest.skip(f"{MOSQUITTO} is not installed")
    folder = tmp_path / "broker"
    folder.mkdir()
    made = OldBroker(folder, authority)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def centre(broker, centre_key):
    made = PlainCentre(broker, centre_key)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def opened(box, broker):
    """Open the link of a bench; closed at the end."""
    links = []

    def open_link(bench, **options):
        link = bench.link(box, broker, **options)
        links.append(link)
        link.open()
        return link

    yield open_link
    for link in links:
        link.close()


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
        [answered] = [e for e in events_until(link, Answered) if isinstance(e, Answered)]
        assert answered.id == largest.id
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


def test_receipts_that_came_while_the_box_was_away_are_kept_for_it(box, centre, opened):
    with Bench() as bench:
        link = opened(bench)
        sent = queue(box, RECORD)
        link.close()
        centre.say(TPS, make_receipt(ReceiptKind.CONFLICT, sent.id, centre.key))
        link.open()
        [answered] = [e for e in events_until(link, Answered) if isinstance(e, Answered)]
        assert (answered.id, answered.kind) == (sent.id, ReceiptKind.CONFLICT)


@pytest.mark.parametrize("fault", ["1:garbage", "1:split-lines", "1:chatter", "2:again"])
@pytest.mark.parametrize("result_first", [False, True])
def test_noise_and_lines_in_between_do_no_harm(box, centre, opened, fault, result_first):
    with Bench(fault, result_first=result_first) as bench:
        link = opened(bench)
        bodies = [RECORD, RECORD[::-1]]
        for body in bodies:
            sent = queue(box, body)
            link.send(sent)
            answered = [e for e in events_until(link, Taken) if isinstance(e, Answered)]
            while sent.id not in {event.id for event in answered}:
                answered += [e for e in events_until(link, Answered) if isinstance(e, Answered)]
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


def test_after_three_failures_the_modem_s_mqtt_is_started_anew(box, centre, opened):
    with Bench("1-3:busy") as bench:
        link = opened(bench)
        sent = queue(box, RECORD)
        with pytest.raises(WaitForNetwork, match="anew"):
            for _ in range(9):
                link.send(sent)
                events_until(link, Failed)
                link.poll(0.2)
        link.open()
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
            [answered] = [e for e in events_until(link, Answered) if isinstance(e, Answered)]
            assert answered.id == sent.id
    assert centre.bodies == [RECORD, RECORD[::-1]]


def test_a_broker_that_goes_away_closes_the_link(box, broker, centre, opened):
    with Bench() as bench:
        link = opened(bench)
        broker.kill()
        with pytest.raises(WaitForNetwork, match="broker was lost"):
            events_until(link, Answered)


@pytest.mark.parametrize(
    ("faults", "options", "reason"),
    [
        (["1-9:no-service"], {}, "no mobile network here"),
        (["1:refused"], {}, r"closed by the broker \(26\)"),
        ([], {"pin": True}, "SIM PIN"),
    ],
)
def test_why_it_does_not_open_is_said(box, broker, faults, options, reason):
    short = structs.replace(LONG, network=0.2)
    with Bench(*faults, **options) as bench, pytest.raises(WaitForNetwork, match=reason):
        bench.link(box, broker, patience=short).open()


@pytest.fixture
def impostor(tmp_path):
    if not MOSQUITTO.exists():
        pytest.skip(f"{MOSQUITTO} is not installed")
    folder = tmp_path / "impostor"
    folder.mkdir()
    made = OldBroker(folder, Authority())
    made.start()
    yield made
    made.kill()


def test_a_broker_that_another_authority_vouches_for_is_not_trusted(box, impostor):
    with Bench() as bench, pytest.raises(WaitForNetwork, match=r"TLS handshake failed \(32\)"):
        bench.link(box, impostor).open()


def test_tls_that_fails_while_the_clocks_differ_points_at_the_clock(box, impostor):
    with (
        Bench(network_ahead=-7200.0) as bench,
        pytest.raises(ClockSuspect, match=r"-7[12]\d\d s .* set the clock"),
    ):
        bench.link(box, impostor).open()


def test_half_a_file_in_the_modem_is_loaded_anew(box, broker, centre, opened):
    with Bench() as bench:
        opened(bench).close()
        name = next(name for name in bench.modem._files if "key" in name)
        whole = bench.modem._files[name]
        bench.modem._files[name] = whole[:50]
        link = bench.link(box, broker)
        with pytest.raises(WaitForNetwork, match=r"no certificate \(33\)"):
            link.open()
        opened(bench)
        assert bench.modem._files[name] == whole


def test_a_broker_without_tls_1_2_is_named_as_such(box, broker):
    with Bench() as bench, pytest.raises(WaitForNetwork, match=r"takes TLS 1\.2"):
        bench.link(box, broker, broker_port=broker.port).open()


@pytest.mark.parametrize("years", [-20, 20])
def test_a_clock_at_which_the_certificates_do_not_hold_is_suspected(box, broker, years):
    wrong = time.time() + years * 365 * 86_400
    with Bench() as bench, pytest.raises(ClockSuspect, match="set the clock"):
        bench.link(box, broker, now=lambda: wrong).open()


def test_a_clock_that_differs_from_the_network_s_is_logged(box, broker, centre, opened, caplog):
    with Bench(network_ahead=3600.0) as bench:
        opened(bench)
    assert re.search(r"clock is -3(5|6)\d\d s from the mobile network's", caplog.text)


def test_the_modem_is_given_the_time_and_never_told_to_pass_over_it(box, broker, centre, opened):
    with Bench() as bench:
        opened(bench)
        assert bench.modem._tls_settings["ignorelocaltime"] == "0"
        assert bench.modem._tls_settings["authmode"] == "2"
        assert abs(bench.modem._now - time.time()) < 60


def test_certificates_are_loaded_once_and_old_ones_removed(box, broker, centre, opened):
    with Bench() as bench:
        bench.modem._files["tps-key-00000000.pem"] = b"of another enrolment"
        bench.modem._files["other.pem"] = b"not ours"
        link = opened(bench)
        files = dict(bench.modem._files)
        assert sorted(files) == ["other.pem", *sorted(n for n in files if n.startswith("tps-"))]
        assert len(files) == 4
        assert "tps-key-00000000.pem" not in files
        loaded = []
        bench.modem._commands["CCERTDOWN"] = lambda value: loaded.append(value) or ()
        link.open()
        assert loaded == []


def test_no_key_is_in_a_log(box, broker, centre, opened, caplog):
    caplog.set_level(logging.DEBUG)
    with Bench("1:refused") as bench:
        with pytest.raises(WaitForNetwork) as refused:
            bench.link(box, broker).open()
        opened(bench)
    secret = box.identity.tls_key.read_text().splitlines()[1]
    assert secret not in caplog.text + str(refused.value)
    assert "SIM7600 LE20B04" in caplog.text


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


def test_a_port_without_a_modem_is_waited_for(box, broker, tmp_path):
    bench = Bench()
    link = bench.link(box, broker, port=str(tmp_path / "none"))
    with pytest.raises(WaitForNetwork, match="plug it in"):
        link.open()
    with pytest.raises(WaitForNetwork, match="not open"):
        link.send(queue(box, RECORD))


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
