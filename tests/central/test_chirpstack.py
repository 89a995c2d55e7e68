"""Events of ChirpStack are read with limits; nothing that anybody publishes gets further."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lorawan_samples import APPLICATION, RADIO, command, topic, txack, up
from tpsbox.errors import InputError
from tpscentral.chirpstack import (
    EVENT_LIMIT,
    FRAME_LIMIT,
    Device,
    Sent,
    Uplink,
    downlink,
    event_topics,
    parse_event,
)


def test_an_uplink_is_read():
    assert parse_event(*up(10, b"record", f_cnt=7, dr=3)) == Uplink(RADIO, 10, b"record", 3, 7)


def test_fields_that_are_left_out_are_zero():
    where, payload = up(0, b"", dr=0)
    assert not {"fPort", "fCnt", "dr", "data"} & set(json.loads(payload))
    assert parse_event(where, payload) == Uplink(RADIO, 0, b"", 0, 0)


def test_a_downlink_that_a_gateway_took_is_read():
    assert parse_event(*txack()) == Sent(RADIO)


def changed(**changes):
    where, payload = up(10, b"record")
    return where, json.dumps({**json.loads(payload), **changes}).encode()


@pytest.mark.parametrize(
    "event",
    [
        ("", b"{}"),
        ("tps/6302042001001/result", b"{}"),
        (topic(event="join"), b"{}"),
        (topic(Device("a/b", RADIO.dev_eui)), up(10, b"x")[1]),
        (topic(Device(APPLICATION, RADIO.dev_eui + "0")), up(10, b"x")[1]),
        (topic(Device(APPLICATION, "00" * 8)), up(10, b"x")[1]),
        (topic(Device("1", RADIO.dev_eui)), up(10, b"x")[1]),
        (topic(), b""),
        (topic(), b"\xff"),
        (topic(), b"[]"),
        (topic(), b"[" * 60_000),
        (topic(), b"{}"),
        (topic(), b" " * (EVENT_LIMIT + 1)),
        changed(data="not base64"),
        changed(data=7),
        changed(fPort=256),
        changed(fPort=-1),
        changed(fPort="10"),
        changed(fCnt=2**32),
        changed(dr=16),
        changed(deviceInfo=None),
        up(10, bytes(FRAME_LIMIT + 1)),
    ],
)
def test_what_is_no_event_is_refused(event):
    with pytest.raises(InputError, match=r"event|topic"):
        parse_event(*event)


@given(st.text(max_size=80), st.binary(max_size=200))
def test_any_bytes_are_refused(where, payload):
    for place in (where, topic()):
        with pytest.raises(InputError):
            parse_event(place, payload)


@given(st.integers(1, 223), st.binary(max_size=51))
def test_a_downlink_is_the_command_that_chirpstack_takes(port, data):
    assert command(downlink(RADIO, port, data)) == (port, data)


def test_the_topics_of_one_application_or_all():
    assert event_topics(None)[0] == "application/+/device/+/event/up"
    assert event_topics(APPLICATION)[1] == f"application/{APPLICATION}/device/+/event/txack"
    for wrong in ("", "+", "#", "a/b", "x" * 65):
        with pytest.raises(InputError, match="application"):
            event_topics(wrong)
