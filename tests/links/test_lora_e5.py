"""The LoRa-E5 driver against dialogues as they were recorded from modules."""

from __future__ import annotations

import re

import pytest
from lora_script import APP_KEY, ScriptedModem, opening
from tpsbox.links.lora_e5 import BAUD, LoraE5
from tpsbox.links.lora_modem import Downlink, Outcome, Patience, Sent
from tpsbox.links.port import StopLink, WaitForNetwork

CALM = Patience(reply=30.0, join=30.0, send=30.0)
"""Seconds; every answer here comes at once, however busy the machine is."""


def agree(command: str) -> bytes:
    """A plain answer to any command that needs no radio."""
    match = re.fullmatch(r"AT(?:\+([A-Z0-9]+)(?:=(.*))?)?", command)
    word = match[1] or "AT"
    return f"+{word}: {(match[2] or 'OK').replace(',', ', ')}\r\n".encode()


@pytest.fixture
def script():
    made = ScriptedModem(agree)
    yield made
    made.close()


@pytest.fixture
def connect(script):
    """Open a driver with a given patience."""
    yield from opening(script, BAUD, LoraE5)


@pytest.fixture
def modem(connect):
    return connect(CALM)


def test_it_is_set_up_for_indonesia_and_for_acks_that_are_acks(script, modem):
    modem.open()
    assert script.heard == [
        "AT",
        "AT+VER",
        "AT+ID=DevEui",
        "AT+MODE=LWOTAA",
        "AT+DR=AS923",
        "AT+CH=0,921.4,0,5",
        "AT+CH=1,921.6,0,5",
        "AT+RXWIN2=921.4,DR2",
        "AT+CLASS=A",
        "AT+ADR=OFF",
        "AT+RETRY=2",
        "AT+LW=CT,ON",
        'AT+ID=AppEui,"70B3D57ED0000001"',
        f'AT+KEY=APPKEY,"{APP_KEY}"',
        "AT+LW=SCR,OFF",
    ]


@pytest.mark.parametrize("start", ["+JOIN: Start", "+JOIN: Starting"])
@pytest.mark.parametrize("joined", [["+JOIN: Network joined"], []])
def test_a_join_of_either_firmware(script, modem, start, joined):
    lines = [start, "+JOIN: NORMAL", *joined, "+JOIN: NetID C0002B DevAddr FC:00:AC:2C"]
    script.answer("AT+JOIN", *lines, "+JOIN: Done")
    modem.join()
    assert script.heard == ["AT+JOIN", "AT+LW=DTR"]


def test_a_join_without_a_network_ends_with_done_as_well(script, modem):
    script.answer("AT+JOIN", "+JOIN: Start", "+JOIN: NORMAL", "+JOIN: Join failed", "+JOIN: Done")
    with pytest.raises(WaitForNetwork, match="no LoRaWAN network"):
        modem.join()


def test_an_old_session_is_given_up_for_a_new_one(script, modem):
    script.answer("AT+JOIN", "+JOIN: Joined already")
    script.answer(
        "AT+JOIN=FORCE", "+JOIN: Start", "+JOIN: FORCE", "+JOIN: Network joined", "+JOIN: Done"
    )
    modem.join()
    assert script.heard[1] == "AT+JOIN=FORCE"


@pytest.mark.parametrize(
    "line", ["+JOIN: LoRaWAN modem is busy", "+MSG: No band in 13469ms", "+JOIN: ERROR(-12)"]
)
def test_a_join_that_does_not_begin_says_why(script, modem, line):
    script.answer("AT+JOIN", line)
    with pytest.raises(WaitForNetwork, match=re.escape(line.split(": ")[1])):
        modem.join()


def test_silence_after_a_join_is_no_network(script, connect):
    modem = connect(Patience(reply=30.0, join=0.3, send=30.0))
    script.answer("AT+JOIN", "+JOIN: Start")
    with pytest.raises(WaitForNetwork, match="no LoRaWAN network"):
        modem.join()


def frame(script, modem, *lines, confirmed=True):
    script.answer("AT+CMSGHEX" if confirmed else "AT+MSGHEX", *lines)
    return modem.send(10, b"\x21\x22", confirmed)


def test_an_ack_is_the_line_that_says_so(script, modem):
    sent = frame(
        script,
        modem,
        "+CMSGHEX: Start",
        "+CMSGHEX: Wait ACK",
        "+CMSGHEX: FPENDING",
        "+CMSGHEX: ACK Received",
        "+CMSGHEX: RXWIN1, RSSI -72, SNR 6.0",
        "+CMSGHEX: Done",
    )
    assert sent == Sent(Outcome.DELIVERED, more=True)
    assert script.heard == ["AT+PORT=10", 'AT+CMSGHEX="2122"']


def test_done_alone_is_no_ack(script, modem):
    lines = ("+CMSGHEX: Start", "+CMSGHEX: Wait ACK", "+CMSGHEX: Done")
    assert frame(script, modem, *lines) == Sent(Outcome.UNKNOWN)


def test_a_downlink_without_an_ack_is_no_ack(script, modem):
    lines = ("+CMSGHEX: Start", '+CMSGHEX: PORT: 10; RX: "01"', "+CMSGHEX: Done")
    assert frame(script, modem, *lines) == Sent(Outcome.UNKNOWN)
    assert modem.downlinks() == (Downlink(10, b"\x01"),)


def test_an_unconfirmed_frame_is_never_delivered(script, modem):
    lines = ("+MSGHEX: Start", "+MSGHEX: Done")
    assert frame(script, modem, *lines, confirmed=False) == Sent(Outcome.UNKNOWN)


@pytest.mark.parametrize("hex_text", ["48656C6C6F", "48 65 6C 6C 6F", "48656c6c6f"])
def test_downlinks_of_every_firmware_are_understood(script, modem, hex_text):
    frame(
        script,
        modem,
        "+CMSGHEX: ACK Received",
        f'+CMSGHEX: PORT: 15; RX: "{hex_text}"',
        "+CMSGHEX: RXWIN1, RSSI -114, SNR -10.0",
        "+CMSGHEX: Done",
    )
    assert modem.downlinks() == (Downlink(15, b"Hello"),)
    assert modem.downlinks() == ()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("+CMSGHEX: Please join network first", Sent(Outcome.NOT_JOINED)),
        ("+MSG: Please join network first", Sent(Outcome.NOT_JOINED)),
        ("+CMSGHEX: LoRaWAN modem is busy", Sent(Outcome.BUSY)),
        ("+CMSGHEX: No free channel -70", Sent(Outcome.REFUSED, wait=2.0)),
        ("+MSG: No band in 13469ms", Sent(Outcome.REFUSED, wait=13.469)),
        ("+CMSGHEX: DR error", Sent(Outcome.TOO_LONG)),
        ("+CMSGHEX: Length error 0", Sent(Outcome.TOO_LONG)),
        ("+CMSGHEX: Length error 11", Sent(Outcome.TOO_LONG)),
        ("+CMSGHEX: ERROR(-1)", Sent(Outcome.REFUSED)),
        ("+AT: ERROR(-21)", Sent(Outcome.REFUSED)),
    ],
)
def test_a_refusal_is_one_line_without_done(script, modem, line, expected):
    assert frame(script, modem, line) == expected


def test_logs_noise_and_other_replies_between_the_lines_do_no_harm(script, modem):
    sent = frame(
        script,
        modem,
        "+CMSGHEX: Start",
        "+LOG: DEBUG   988474 LORA    TX, 921400000, SF7, 125KHz, 8, 12",
        "+JOIN: Done",
        b"\x00\xff\x80\r\n\r\n",
        b"\xfe\xff+CMSGHEX: ACK Rec",
        b"eived\r\n",
        "+INFO: Input timeout",
        "+CMSGHEX: Done",
    )
    assert sent == Sent(Outcome.DELIVERED)


def test_silence_in_a_transaction_ends_it(script, connect):
    modem = connect(Patience(reply=30.0, join=30.0, send=0.3))
    assert frame(script, modem, "+CMSGHEX: Start") == Sent(Outcome.UNKNOWN)


def test_a_flood_without_line_ends_is_not_kept(script, modem):
    sent = frame(script, modem, b"x" * 5000, b"\r\n", "+CMSGHEX: ACK Received", "+CMSGHEX: Done")
    assert sent == Sent(Outcome.DELIVERED)


def test_a_damaged_downlink_is_dropped(script, modem):
    frame(script, modem, '+CMSGHEX: PORT: 10; RX: "012"', "+CMSGHEX: Done")
    assert modem.downlinks() == ()


def test_the_length_is_asked_for(script, modem):
    script.answer("AT+LW=LEN", "+LW: LEN, 50")
    assert modem.max_length() == 50


def test_a_command_that_noise_has_eaten_is_said_again(script, connect):
    modem = connect(Patience(reply=2.0, join=30.0, send=30.0))
    script.answer("AT+LW=LEN", "+AT: ERROR(-11)")
    script.answer("AT+LW=LEN", b"")
    script.answer("AT+LW=LEN", "+INFO: Input timeout", "+LW: LEN, 11")
    assert modem.max_length() == 11


def test_a_refused_setting_stops_the_link_without_naming_the_key(script, modem):
    for _ in range(3):
        script.answer("AT+KEY", "+KEY: ERROR(-1)")
    with pytest.raises(StopLink, match=r"refuses KEY: ERROR\(-1\)") as refused:
        modem.open()
    assert APP_KEY not in str(refused.value)


def test_firmware_that_does_not_know_the_counter_check_is_taken(script, modem):
    for _ in range(3):
        script.answer("AT+LW=SCR", "+LW: ERROR(-1)")
    modem.open()


def test_a_silent_modem_is_waited_for(script, connect):
    modem = connect(Patience(reply=0.3, join=30.0, send=30.0))
    script._always = lambda _: b""
    with pytest.raises(WaitForNetwork, match="silent"):
        modem.open()
    assert script.heard == ["AT"] * 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-06-14 18:16:11", 1781460971.0),
        ("2000-01-01 00:01:07", None),
        ("2026-99-14 18:16:11", None),
        ("never", None),
    ],
)
def test_the_clock_counts_once_the_network_has_set_it(script, modem, text, expected):
    assert modem.network_time() is None
    script.answer("AT+JOIN", "+JOIN: Network joined", "+JOIN: Done")
    modem.join()
    script.answer("AT+RTC", f"+RTC: {text}")
    assert modem.network_time() == expected


@pytest.mark.parametrize("text", [b"+LOG: noise\r\n", b"\n", b"\xff", b"x"])
def test_a_modem_that_babbles_for_ever_holds_up_nothing(script, connect, text):
    modem = connect(Patience(reply=0.2, join=0.2, send=0.2))
    script.babble(text)
    with pytest.raises(WaitForNetwork):
        modem.max_length()
    modem.listen()
