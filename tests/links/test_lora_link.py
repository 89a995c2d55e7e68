"""The LoRaWAN link over both simulated modems, through whatever goes wrong."""

from __future__ import annotations

import logging
import re
import threading
import time

import pytest
from lora_bench import (
    APP_KEY,
    KEY,
    MODEMS,
    PATIENCE,
    Bench,
    events_until,
    parcel,
)
from tpsbox.links.lora_modem import Patience
from tpsbox.links.lorawan import LoraLink
from tpsbox.links.lorawan_settings import LorawanSettings
from tpsbox.links.port import Answered, Dropped, Failed, RetryLater, Taken, WaitForNetwork
from tpsbox.record.receipt import ReceiptKind
from tpsbox.record.short_receipt import make_short
from tpsbox.store.outbox import ItemKind

pytestmark = pytest.mark.parametrize("modem", MODEMS)
SHORT = Patience(reply=600.0, join=3000.0, send=60.0)
"""Seconds of the fast clock: for a frame that is never answered, 3 s."""


def kinds(events):
    return [type(event) for event in events]


@pytest.fixture
def opened():
    """Open the link of a bench; closed at the end."""
    links = []

    def open_link(bench, **options):
        link = bench.link(**options)
        links.append(link)
        link.open()
        return link

    yield open_link
    for link in links:
        link.close()


def test_a_whole_record_goes_in_one_frame_and_its_receipt_comes_back(modem, opened):
    with Bench(modem) as bench:
        link = opened(bench)
        sent = parcel()
        link.send(sent)
        assert link.in_flight == {sent.id}
        assert link.room == 0
        events = events_until(link, Answered)
        assert kinds(events) == [Taken, Answered]
        assert events[-1].id == sent.id
        assert events[-1].kind is ReceiptKind.STORED
        assert events[-1].receipt == make_short(ReceiptKind.STORED, 1, 1, sent.id, KEY)
        assert link.room == 1
    assert bench.centre.records == [sent.body]
    assert [(f.port, f.confirmed, f.data_rate) for f in bench.centre.frames][:1] == [(10, True, 5)]


@pytest.mark.parametrize("kind", ReceiptKind)
def test_what_the_centre_decided_is_told(modem, opened, kind):
    with Bench(modem) as bench:
        bench.centre.kind = kind
        link = opened(bench)
        link.send(parcel())
        assert events_until(link, Answered)[-1].kind is kind


@pytest.mark.parametrize(
    ("rate", "dwell_ms", "limit", "frames"),
    [(4, 400, 125, 1), (3, 400, 53, 3), (2, 400, 11, 13), (5, 150, 72, 2)],
)
def test_a_slow_network_or_a_strict_limit_gets_fragments(
    modem, opened, rate, dwell_ms, limit, frames
):
    with Bench(modem) as bench:
        # The network holds the modem at this rate, whatever the box asks for.
        bench.radio.set_rate = lambda _: True
        link = opened(bench, dwell_ms=dwell_ms)
        bench.radio.data_rate = rate
        link.send(parcel(115))
        assert kinds(events_until(link, Answered))[-2:] == [Taken, Answered]
    assert bench.centre.records == [parcel(115).body]
    data = [f for f in bench.centre.frames if f.port in (10, 11)]
    assert max(len(f.data) for f in data) <= limit
    assert len(data) == frames
    assert [f.confirmed for f in data] == [False] * (len(data) - 1) + [True]


def test_only_the_fragments_that_are_missing_are_sent_again(modem, opened):
    with Bench(modem) as bench:
        bench.radio.set_rate = lambda _: True
        bench.centre.lose = {2, 5, 6}
        link = opened(bench)
        bench.radio.data_rate = 2
        link.send(parcel(115))
        events_until(link, Answered)
    assert bench.centre.records == [parcel(115).body]
    indexes = [
        int.from_bytes(f.data[:2], "big") >> 5 & 31 for f in bench.centre.frames if f.port == 11
    ]
    assert indexes == [*range(13), 1, 4, 5]


def test_an_acknowledgement_alone_never_counts_as_stored(modem, opened):
    with Bench(modem) as bench:
        bench.centre.silent = True
        link = opened(bench)
        link.send(parcel())
        events = events_until(link, Taken)
        for _ in range(20):
            events += link.poll(0.05)
    assert kinds(events) == [Taken]


def test_the_box_gives_the_network_windows_until_the_receipt_comes(modem, opened):
    with Bench(modem) as bench:
        bench.centre.silent = True
        link = opened(bench)
        sent = parcel()
        link.send(sent)
        events_until(link, Taken)
        bench.centre.say(10, make_short(ReceiptKind.STORED, 1, 1, sent.id, KEY))
        assert kinds(events_until(link, Answered)) == [Answered]
    assert len(bench.centre.records) == 1
    assert all(len(f.data) <= 1 for f in bench.centre.frames[1:])


def test_a_lost_acknowledgement_is_no_delivery_and_the_same_record_is_answered_again(modem, opened):
    with Bench(modem, "1:ack-lost") as bench:
        link = opened(bench)
        link.send(parcel())
        [failed] = events_until(link, Failed)
        assert "acknowledged" in str(failed.fault)
        assert link.room == 1
        link.send(parcel())
        assert kinds(events_until(link, Answered)) == [Taken, Answered]
    assert bench.centre.records == [parcel().body] * 2
    assert [f.data_rate for f in bench.centre.frames][:2] == [5, 4]


def test_a_lost_frame_goes_out_slower_the_next_time(modem, opened):
    with Bench(modem, "1-2:uplink-lost") as bench:
        link = opened(bench)
        for _ in range(2):
            link.send(parcel())
            events_until(link, Failed)
        link.send(parcel())
        events_until(link, Answered)
    assert bench.centre.records == [parcel().body]
    assert {f.data_rate for f in bench.centre.frames if f.port == 11} == {3}


def test_a_network_that_stays_silent_means_a_new_session(modem, opened):
    with Bench(modem, "1-99:uplink-lost") as bench:
        link = opened(bench)
        with pytest.raises(WaitForNetwork, match="joining anew"):
            for _ in range(9):
                link.send(parcel(20))
                events_until(link, Failed)
        link.open()
        assert bench.centre.joins == 2


@pytest.mark.parametrize("fault", ["1:busy", "1:no-band", "1:length-error", "1-2:busy"])
def test_what_the_modem_puts_off_goes_out_after_a_moment(modem, opened, fault):
    with Bench(modem, fault) as bench:
        link = opened(bench)
        link.send(parcel())
        assert kinds(events_until(link, Answered)) == [Taken, Answered]
    assert bench.centre.records == [parcel().body]


@pytest.mark.parametrize("fault", ["1-9:busy", "1-9:length-error", "1-9:rate-drop"])
def test_a_modem_that_never_sends_fails_the_parcel_and_not_the_link(modem, opened, fault):
    with Bench(modem, fault) as bench:
        link = opened(bench)
        link.send(parcel())
        [failed] = events_until(link, Failed)
        assert isinstance(failed.fault, RetryLater)
        assert bench.centre.records == []


@pytest.mark.parametrize("fault", ["1-9:garbage", "1-9:split-lines"])
def test_noise_and_broken_lines_do_no_harm(modem, opened, fault):
    with Bench(modem, fault) as bench:
        link = opened(bench)
        for seed in range(3):
            link.send(parcel(seed=seed))
            assert events_until(link, Answered)[-1].id == parcel(seed=seed).id


def test_a_modem_that_starts_anew_is_joined_again(modem, opened):
    with Bench(modem, "1:reset") as bench:
        link = opened(bench, patience=SHORT)
        link.send(parcel())
        assert kinds(events_until(link, Failed)) == [Failed]
        link.send(parcel())
        with pytest.raises(WaitForNetwork, match="session"):
            events_until(link, Taken)
        link.open()
        link.send(parcel())
        assert kinds(events_until(link, Answered)) == [Taken, Answered]
        assert bench.centre.joins == 2


def test_a_pulled_cable_closes_the_link_until_it_is_back(modem, opened):
    with Bench(modem, "1:unplugged") as bench:
        link = opened(bench)
        link.send(parcel())
        with pytest.raises(WaitForNetwork, match="cable"):
            events_until(link, Taken)
        with pytest.raises(WaitForNetwork):
            link.send(parcel(seed=1))


def test_a_receipt_made_with_another_key_proves_nothing(modem, opened):
    with Bench(modem) as bench:
        bench.centre.key = bytes(32)
        link = opened(bench)
        link.send(parcel())
        events = events_until(link, Dropped)
        assert Answered not in kinds(events)


def test_an_old_downlink_proves_nothing_about_a_new_record(modem, opened):
    with Bench(modem, "2:old-downlink") as bench:
        link = opened(bench)
        link.send(parcel())
        first = events_until(link, Answered)[-1]
        bench.centre.silent = True
        link.send(parcel(seed=3))
        events = events_until(link, Answered)
        assert {event.id for event in events if isinstance(event, Answered)} == {first.id}


def test_downlinks_that_nobody_expects_are_dropped(modem, opened):
    with Bench(modem) as bench:
        bench.centre.silent = True
        for port, data in ((7, b"x"), (10, b"short"), (11, b"\x00"), (11, b"\xff" * 5)):
            bench.centre.say(port, data)
        link = opened(bench)
        link.send(parcel())
        dropped = []
        while len(dropped) < 4:
            dropped += [e for e in events_until(link, Dropped) if isinstance(e, Dropped)]
        assert len(dropped) == 4


def test_without_a_network_the_link_does_not_open(modem):
    with (
        Bench(modem, "1-9:join-fails") as bench,
        pytest.raises(WaitForNetwork, match="no LoRaWAN network"),
    ):
        bench.link().open()


def test_a_network_that_does_not_know_the_key_stays_silent(modem):
    with (
        Bench(modem, app_key="00" * 15 + "01") as bench,
        pytest.raises(WaitForNetwork, match="no LoRaWAN network"),
    ):
        bench.link().open()


def test_the_first_failed_join_is_followed_by_one_that_works(modem, opened):
    with Bench(modem, "1:join-fails", app_key=APP_KEY) as bench:
        link = bench.link()
        with pytest.raises(WaitForNetwork):
            link.open()
        link.open()
        link.close()
        assert bench.centre.joins == 1


@pytest.mark.parametrize("kind", [ItemKind.EVIDENCE, ItemKind.PHOTO])
def test_only_results_are_carried(modem, opened, kind):
    with Bench(modem) as bench:
        link = opened(bench)
        assert link.carries == {ItemKind.RESULT}
        with pytest.raises(RetryLater, match="wider link"):
            link.send(parcel(kind=kind))
        assert link.in_flight == frozenset()


def test_an_hour_that_is_used_up_puts_the_record_off(modem, opened):
    with Bench(modem) as bench:
        link = opened(bench)
        link._budget.spend(35.5)
        link.send(parcel())
        [failed] = events_until(link, Failed)
        assert "air time" in str(failed.fault)
    assert bench.centre.frames == []


def test_a_record_that_no_set_of_fragments_holds_is_refused(modem, opened):
    with Bench(modem) as bench:
        bench.radio.set_rate = lambda _: True
        link = opened(bench)
        bench.radio.data_rate = 2
        link.send(parcel(289))
        [failed] = events_until(link, Failed)
        assert "32 frames" in str(failed.fault)


def test_a_clock_that_differs_from_the_network_s_is_logged(modem, opened, caplog):
    with Bench(modem) as bench:
        bench.radio.clock = lambda: time.time() + 3600
        link = opened(bench)
        link.send(parcel())
        events_until(link, Answered)
        link.send(parcel(seed=1))
        events_until(link, Answered)
    assert re.search(r"clock is -3(5|6)\d\d s from the network's", caplog.text)


def test_the_network_key_is_in_no_log_and_no_message(modem, opened, caplog):
    caplog.set_level(logging.DEBUG)
    with Bench(modem, "1:join-fails", "1:garbage") as bench:
        link = bench.link()
        with pytest.raises(WaitForNetwork) as refused:
            link.open()
        link.open()
        link.send(parcel())
        events = events_until(link, Answered)
        link.close()
    text = caplog.text + str(refused.value) + str(events)
    assert APP_KEY not in text.upper()
    assert "DEVEUI" in text.upper()


def test_a_port_without_a_modem_is_waited_for(modem, tmp_path):
    settings = LorawanSettings(str(tmp_path / "none"), modem, "0" * 16, "unused")
    link = LoraLink(settings, APP_KEY, KEY)
    with pytest.raises(WaitForNetwork, match="plug it in"):
        link.open()
    with pytest.raises(WaitForNetwork):
        link.send(parcel())


def test_a_port_that_another_program_has_is_waited_for(modem, opened):
    with Bench(modem) as bench:
        opened(bench)
        with pytest.raises(WaitForNetwork, match="another program"):
            bench.link().open()


def test_closing_in_the_middle_of_a_frame_does_not_wait_for_it(modem, opened):
    with Bench(modem) as bench:
        link = opened(bench)
        under_way = threading.Event()
        bench.pace.sleep = lambda _: under_way.set() or bench.pace.stop.wait(PATIENCE)
        link.send(parcel())
        assert under_way.wait(PATIENCE)
        began = time.monotonic()
        link.close()
        assert time.monotonic() - began < PATIENCE / 3
        assert "lorawan" not in {thread.name for thread in threading.enumerate()}
