"""The simulated RAK3172 speaks RUI3, line by line."""

from __future__ import annotations

import threading
import time

import pytest
from modem_terminal import PATIENCE, Terminal
from tpsbox.simulator.modems.modem import Transaction
from tpsbox.simulator.modems.network import Queued


@pytest.fixture
def modem():
    with Terminal("rak3172") as terminal:
        yield terminal


def join(terminal):
    assert terminal.ask("AT+BAND=9") == "OK"
    assert terminal.ask("AT+JOIN=1:0:8:1") == "OK"
    return terminal.line()


@pytest.mark.parametrize(
    ("command", "replies"),
    [
        ("AT", ["OK"]),
        ("at+band=9", ["OK"]),
        ("AT+VER=?", ["AT+VER=RUI_4.1.0_RAK3172-E", "OK"]),
        ("AT+DEVEUI=?", ["AT+DEVEUI=2CF7F12012233445", "OK"]),
        ("AT+NJS=?", ["AT+NJS=0", "OK"]),
        ("AT+NJM=2", ["AT_PARAM_ERROR"]),
        ("AT+DR=1", ["AT_PARAM_ERROR"]),
        ("AT+DR=5", ["OK"]),
        ("AT+APPEUI=70B3D57ED0000001", ["OK"]),
        ("AT+APPKEY=12", ["AT_PARAM_ERROR"]),
        ("AT+CFM=?", ["AT+CFM=0", "OK"]),
        ("AT+RECV=?", ["AT+RECV=0:", "OK"]),
        ("AT+LTIME=?", ["AT+LTIME=00h00m00s on 01/01/2000", "OK"]),
        ("AT+SEND=2:DEADBEEF", ["AT_NO_NETWORK_JOINED"]),
        ("AT+SEND=2:", ["AT_PARAM_ERROR"]),
        ("AT+SEND=0:00", ["AT_PARAM_ERROR"]),
        ("AT+NOPE=1", ["AT_ERROR"]),
        ("hello", ["AT_ERROR"]),
        ("ATZ", ["OK"]),
    ],
)
def test_what_it_answers(modem, command, replies):
    modem.type(command)
    assert [modem.line() for _ in replies] == replies


def test_a_join_and_a_confirmed_frame(modem):
    assert join(modem) == "+EVT:JOINED"
    assert modem.ask("AT+NJS=?") == "AT+NJS=1"
    assert modem.line() == "OK"
    assert modem.ask("AT+CFM=1") == "OK"
    modem.type("AT+SEND=2:DEADBEEF")
    assert [modem.line(), modem.line()] == ["OK", "+EVT:SEND_CONFIRMED_OK"]
    [frame] = modem.sink.frames
    assert (frame.port, frame.data, frame.confirmed) == (2, b"\xde\xad\xbe\xef", True)


def test_a_box_on_another_band_hears_no_network(modem):
    assert modem.ask("AT+BAND=4") == "OK"
    assert modem.ask("AT+JOIN=1:0:8:2") == "OK"
    assert modem.line() == "+EVT:JOIN_FAILED_RX_TIMEOUT"


def test_a_failed_join_is_tried_again_as_often_as_it_was_told():
    with Terminal("rak3172", "1:join-fails") as modem:
        assert modem.ask("AT+BAND=9") == "OK"
        assert modem.ask("AT+JOIN=1:0:8:2") == "OK"
        assert modem.line() == "+EVT:JOINED"


def test_a_downlink_comes_before_the_confirmation_and_can_be_read_once(modem):
    join(modem)
    modem.sink.waiting = [Queued(10, b"Hello")]
    modem.type("AT+SEND=2:00")
    assert modem.lines_until("+EVT:TX_DONE") == [
        "OK",
        "+EVT:RX_1:-48:9:UNICAST:10:48656c6c6f",
        "+EVT:TX_DONE",
    ]
    assert [modem.ask("AT+RECV=?"), modem.line()] == ["AT+RECV=10:48656c6c6f", "OK"]
    assert [modem.ask("AT+RECV=?"), modem.line()] == ["AT+RECV=0:", "OK"]


@pytest.mark.parametrize(
    ("fault", "replies"),
    [
        ("busy", ["AT_BUSY_ERROR"]),
        ("no-band", ["Restricted_Wait_1500_ms", "AT_BUSY_ERROR"]),
        ("length-error", ["AT_PARAM_ERROR"]),
        ("ack-lost", ["OK", "+EVT:SEND_CONFIRMED_FAILED(4)"]),
        ("uplink-lost", ["OK", "+EVT:SEND_CONFIRMED_FAILED(4)"]),
    ],
)
def test_faults(fault, replies):
    with Terminal("rak3172", f"1:{fault}") as modem:
        join(modem)
        assert modem.ask("AT+CFM=1") == "OK"
        modem.type("AT+SEND=2:0011")
        assert [modem.line() for _ in replies] == replies
        assert len(modem.sink.frames) == (fault == "ack-lost")


def test_it_is_busy_while_it_sends(modem):
    join(modem)
    heard = threading.Event()
    modem.sink.uplink = lambda _: heard.wait(PATIENCE)
    modem.type("AT+SEND=2:00")
    assert modem.line() == "OK"
    assert modem.ask("AT+SEND=2:00") == "AT_BUSY_ERROR"
    assert modem.ask("AT+CFM=1") == "AT_BUSY_ERROR"
    heard.set()
    assert modem.line() == "+EVT:TX_DONE"


def test_the_time_comes_with_the_frame_after_the_question(modem):
    join(modem)
    assert modem.ask("AT+TIMEREQ=1") == "OK"
    modem.type("AT+SEND=2:00")
    assert modem.lines_until("+EVT:TX_DONE")[1] == "+EVT:TIMEREQ_OK"
    assert str(time.gmtime().tm_year) in modem.ask("AT+LTIME=?")


def test_a_modem_is_free_as_soon_as_its_last_line_is_out():
    radio, seen, done = Transaction(), [], threading.Event()

    def work():
        seen.append(radio.busy)
        radio.over()
        seen.append(radio.busy)
        done.set()

    radio.start(work)
    assert done.wait(PATIENCE)
    assert seen == [True, False]
