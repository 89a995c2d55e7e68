"""One downlink at a time for each device, and no flood even for one that asks without end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lorawan_samples import APPLICATION, RADIO
from tpscentral import pacing
from tpscentral.chirpstack import Device
from tpscentral.pacing import BURST, REFILL_S, Downlink, Pacer

RECEIPT, OTHER = Downlink(RADIO, 10, b"receipt"), Downlink(RADIO, 10, b"other")
QUESTION = Downlink(RADIO, 11, b"what is missing")


class Steady:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Steady()


@pytest.fixture
def pacer(clock):
    return Pacer(clock)


def test_it_is_given_out_once(pacer):
    pacer.want(RECEIPT)
    assert pacer.ready() == [RECEIPT]
    assert pacer.ready() == []


def test_the_same_again_is_not_queued_twice(pacer):
    pacer.want(RECEIPT)
    assert pacer.ready() == [RECEIPT]
    pacer.want(RECEIPT)
    assert pacer.ready() == []


def test_the_uplink_that_calls_it_out_needs_no_second_one(pacer):
    """Queued after one frame it leaves after the next; only a third one means it was lost."""
    pacer.heard(RADIO)
    pacer.want(RECEIPT)
    assert pacer.ready() == [RECEIPT]
    pacer.heard(RADIO)
    pacer.want(RECEIPT)
    assert pacer.ready() == []
    pacer.heard(RADIO)
    pacer.want(RECEIPT)
    assert pacer.ready() == [RECEIPT]


def test_once_it_was_sent_asking_again_means_it_was_lost(pacer):
    pacer.want(RECEIPT)
    assert pacer.ready() == [RECEIPT]
    pacer.sent(RADIO)
    pacer.heard(RADIO)
    pacer.want(RECEIPT)
    assert pacer.ready() == [RECEIPT]


def test_the_second_waits_until_the_first_has_left(pacer):
    pacer.want(QUESTION)
    assert pacer.ready() == [QUESTION]
    pacer.want(RECEIPT)
    assert pacer.ready() == []
    pacer.sent(RADIO)
    assert pacer.ready() == [RECEIPT]


def test_a_question_does_not_displace_a_receipt_but_a_newer_receipt_does(pacer):
    pacer.want(QUESTION)
    pacer.want(RECEIPT)
    pacer.want(QUESTION)
    assert pacer.ready() == [RECEIPT]
    pacer.heard(RADIO)
    pacer.want(RECEIPT)
    pacer.want(OTHER)
    assert pacer.ready() == [OTHER]


def test_a_device_that_asks_without_end_gets_one_a_minute(pacer, clock):
    def ask_for(seconds):
        given = 0
        for _ in range(seconds):
            pacer.want(RECEIPT)
            given += len(pacer.ready())
            pacer.sent(RADIO)
            clock.now += 1
        return given

    assert ask_for(int(REFILL_S) - 1) == BURST
    assert ask_for(int(10 * REFILL_S)) == 10
    # What was held back goes out by itself when its time has come.
    pacer.want(OTHER)
    assert pacer.ready() == []
    clock.now += REFILL_S
    assert pacer.ready() == [OTHER]


def test_devices_do_not_wait_for_each_other(pacer):
    others = [Downlink(Device(APPLICATION, f"{n:016x}"), 10, b"receipt") for n in range(50)]
    for one in others:
        pacer.want(one)
    assert pacer.ready() == others


def test_the_memory_is_bounded(pacer, monkeypatch):
    monkeypatch.setattr(pacing, "DEVICES", 20)
    for n in range(100):
        pacer.want(Downlink(Device(APPLICATION, f"{n:016x}"), 10, b"receipt"))
    assert len(pacer) == 20
    assert [one.device.dev_eui for one in pacer.ready()] == [f"{n:016x}" for n in range(80, 100)]


@given(st.lists(st.sampled_from(["heard", "sent", "want", "ask", "ready", "minute"]), max_size=80))
def test_never_two_in_the_queue_of_one_device(steps):
    clock = Steady()
    pacer = Pacer(clock)
    queued = 0
    for step in steps:
        match step:
            case "heard":
                pacer.heard(RADIO)
                queued = 0
            case "sent":
                pacer.sent(RADIO)
                queued = 0
            case "want":
                pacer.want(RECEIPT)
            case "ask":
                pacer.want(QUESTION)
            case "ready":
                queued += len(pacer.ready())
            case _:
                clock.now += 60
        assert queued <= 1
