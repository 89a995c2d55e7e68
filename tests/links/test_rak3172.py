"""The RAK3172 driver against dialogues of RUI3."""

from __future__ import annotations

import time

import pytest
from lora_script import APP_KEY, ScriptedModem, opening
from tpsbox.links.lora_modem import Downlink, Outcome, Patience, Sent
from tpsbox.links.port import StopLink, WaitForNetwork
from tpsbox.links.rak3172 import BAUD, Rak3172

CALM = Patience(reply=30.0, join=30.0, send=30.0)
"""Seconds; every answer here comes at once, however busy the machine is."""


@pytest.fixture
def script():
    made = ScriptedModem(lambda _: b"OK\r\n")
    yield made
    made.close()


@pytest.fixture
def connect(script):
    """Open a driver with a given patience."""
    yield from opening(script, BAUD, Rak3172)


@pytest.fixture
def modem(connect):
    return connect(CALM)


def frame(script, modem, *lines, confirmed=True):
    script.answer("AT+SEND", *lines)
    return modem.send(2, b"\xde\xad\xbe\xef", confirmed)


def test_it_is_set_up_for_indonesia(script, modem):
    modem.open()
    assert script.heard == [
        "AT",
        "AT+VER=?",
        "AT+DEVEUI=?",
        "AT+NWM=1",
        "AT+NJM=1",
        "AT+BAND=9",
        "AT+CLASS=A",
        "AT+ADR=0",
        "AT+RETY=1",
        "AT+APPEUI=70B3D57ED0000001",
        f"AT+APPKEY={APP_KEY}",
    ]


def test_a_join_is_over_when_its_event_comes(script, modem):
    script.answer("AT+JOIN", "OK", "+EVT:JOINED")
    modem.join()
    assert script.heard == ["AT+JOIN=1:0:8:1", "AT+TIMEREQ=1"]


@pytest.mark.parametrize(
    "event", ["JOIN_FAILED_RX_TIMEOUT", "JOIN_FAILED_TX_TIMEOUT", "JOIN_FAILED_4", "JOIN FAILED"]
)
def test_a_failed_join_is_waited_for(script, modem, event):
    script.answer("AT+JOIN", "OK", f"+EVT:{event}")
    with pytest.raises(WaitForNetwork, match="no LoRaWAN network"):
        modem.join()


def test_a_join_that_must_wait_says_how_long(script, modem):
    for _ in range(3):
        script.answer("AT+JOIN", "Restricted_Wait_3343902_ms", "AT_BUSY_ERROR")
    with pytest.raises(WaitForNetwork, match="3344 s"):
        modem.join()


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        ("SEND_CONFIRMED_OK", Outcome.DELIVERED),
        ("SEND_CONFIRMED_FAILED", Outcome.UNKNOWN),
        ("SEND_CONFIRMED_FAILED(4)", Outcome.UNKNOWN),
        ("TX_DONE", Outcome.UNKNOWN),
    ],
)
def test_only_one_event_means_delivered(script, modem, event, outcome):
    assert frame(script, modem, "OK", f"+EVT:{event}") == Sent(outcome)
    assert script.heard == ["AT+CFM=1", "AT+SEND=2:DEADBEEF"]


def test_silence_after_ok_is_no_delivery(script, connect):
    modem = connect(Patience(reply=30.0, join=30.0, send=0.3))
    assert frame(script, modem, "OK") == Sent(Outcome.UNKNOWN)


def test_silence_instead_of_ok_may_be_a_frame_on_the_air(script, connect):
    modem = connect(Patience(reply=2.0, join=30.0, send=30.0))
    assert frame(script, modem, b"") == Sent(Outcome.UNKNOWN)


@pytest.mark.parametrize("slot", ["1", "2", "B", "C"])
def test_a_downlink_comes_before_the_confirmation(script, modem, slot):
    line = f"+EVT:RX_{slot}:-48:9:UNICAST:10:48656c6c6f"
    assert frame(script, modem, "OK", line, "+EVT:SEND_CONFIRMED_OK").outcome is Outcome.DELIVERED
    assert modem.downlinks() == (Downlink(10, b"Hello"),)


def test_a_downlink_that_comes_late_is_found(script, modem):
    frame(script, modem, "OK", "+EVT:TX_DONE", "+EVT:RX_2:-48:-9:UNICAST:11:0102")
    deadline = time.monotonic() + 10
    found = ()
    while not found and time.monotonic() < deadline:
        modem.listen()
        found = modem.downlinks()
    assert found == (Downlink(11, b"\x01\x02"),)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["AT_NO_NETWORK_JOINED"], Sent(Outcome.NOT_JOINED)),
        (["AT_BUSY_ERROR"], Sent(Outcome.BUSY)),
        (["Restricted_Wait_2500_ms", "AT_BUSY_ERROR"], Sent(Outcome.REFUSED, wait=2.5)),
        (["AT_DUTYCYCLE_RESTRICTED"], Sent(Outcome.REFUSED, wait=60.0)),
        (["AT_PARAM_ERROR"], Sent(Outcome.TOO_LONG)),
        (["AT_ERROR"], Sent(Outcome.REFUSED)),
    ],
)
def test_refusals(script, modem, lines, expected):
    assert frame(script, modem, *lines) == expected


def test_echo_banners_and_noise_do_no_harm(script, modem):
    sent = frame(
        script,
        modem,
        "AT+SEND=2:DEADBEEF",
        "Current Work Mode: LoRaWAN.",
        b"\xff\x00",
        "OK",
        "+EVT:LINKCHECK:0:22:1:-50:9",
        b"\xfe+EVT:SEND_CONF",
        b"IRMED_OK\r\n",
    )
    assert sent == Sent(Outcome.DELIVERED)


@pytest.mark.parametrize("line", ["AT+DR=4", "4"])
@pytest.mark.parametrize(("rate", "limit"), [("2", 11), ("3", 53), ("4", 125), ("5", 242)])
def test_the_length_follows_from_the_data_rate(script, modem, line, rate, limit):
    script.answer("AT+DR=?", line.replace("4", rate), "OK")
    assert modem.max_length() == limit


def test_a_data_rate_that_is_none_is_waited_for(script, modem):
    script.answer("AT+DR=?", "AT+DR=x", "OK")
    with pytest.raises(WaitForNetwork, match="how much fits"):
        modem.max_length()


def test_a_nudge_is_one_byte_for_nobody(script, modem):
    script.answer("AT+SEND=12:00", "OK", "+EVT:TX_DONE")
    assert modem.nudge() == Sent(Outcome.UNKNOWN)
    assert script.heard == ["AT+CFM=0", "AT+SEND=12:00"]


def test_a_refused_setting_stops_the_link_without_naming_the_key(script, modem):
    for _ in range(3):
        script.answer("AT+APPKEY", "AT_PARAM_ERROR")
    with pytest.raises(StopLink, match="refuses APPKEY: AT_PARAM_ERROR") as refused:
        modem.open()
    assert APP_KEY not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AT+LTIME=15h08m55s on 08/17/2026", 1786979335.0),
        ("AT+LTIME=00h00m12s on 01/06/1980", None),
        ("AT+LTIME=25h08m55s on 08/17/2026", None),
        ("AT+LTIME=", None),
    ],
)
def test_the_clock_counts_once_the_network_has_set_it(script, modem, text, expected):
    script.answer("AT+LTIME=?", text, "OK")
    assert modem.network_time() == expected


@pytest.mark.parametrize("text", [b"+LOG: noise\r\n", b"\n", b"\xff", b"x"])
def test_a_modem_that_babbles_for_ever_holds_up_nothing(script, connect, text):
    modem = connect(Patience(reply=0.2, join=0.2, send=0.2))
    script.babble(text)
    with pytest.raises(WaitForNetwork):
        modem.max_length()
    modem.listen()
