"""The simulated LoRa-E5 speaks as the module does, line by line."""

from __future__ import annotations

import threading
import time

import pytest
from modem_terminal import PATIENCE, Terminal
from tpsbox.simulator.modems.network import Queued

JOINING = ["+JOIN: Start", "+JOIN: NORMAL"]
KEY = "8899AABBCCDDEEFF0011223344556677"


@pytest.fixture
def modem():
    with Terminal("lora-e5") as terminal:
        yield terminal


def join(terminal):
    assert terminal.ask("AT+MODE=LWOTAA") == "+MODE: LWOTAA"
    terminal.type("AT+JOIN")
    return terminal.lines_until("+JOIN: Done")


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("AT", "+AT: OK"),
        ("at+ver", "+VER: 4.0.11"),
        ("AT+ID=DevEui", "+ID: DevEui, 2C:F7:F1:20:12:23:34:45"),
        ('AT+ID=AppEui,"0123456789ABCDEF"', "+ID: AppEui, 01:23:45:67:89:AB:CD:EF"),
        (f'AT+KEY=APPKEY,"{KEY}"', f"+KEY: APPKEY {KEY}"),
        ("AT+DR=AS923", "+DR: AS923"),
        ("AT+CLASS=A", "+CLASS: A"),
        ("AT+PORT=8", "+PORT: 8"),
        ("AT+ADR=ON", "+ADR: ON"),
        ("AT+RETRY=3", "+RETRY: 3"),
        ("AT+LW=LEN", "+LW: LEN, 11"),
        ("AT+LW=SCR,OFF", "+LW: SCR, OFF"),
        ("AT+CH=0,921.4,0,5", "+CH: 0,921400000,DR0:DR5"),
        ("AT+RXWIN2=921.4,DR2", "+RXWIN2: 921400000,DR2"),
        ("AT+RTC", "+RTC: 2000-01-01 00:00:00"),
        ("AT+JOIN", "+JOIN: ERROR(-12)"),
        ("AT+DR=AS924", "+DR: ERROR(-1)"),
        ("AT+PORT=0", "+PORT: ERROR(-1)"),
        ("AT+NOPE", "+AT: ERROR(-10)"),
        ("AT?", "+AT: ERROR(-11)"),
        ("AT+ID=" + ",".join("1" * 16), "+AT: ERROR(-20)"),
        ("AT+MSGHEX=" + "0" * 520, "+AT: ERROR(-21)"),
        ("AT\x01", "+AT: ERROR(-23)"),
        ('AT+CMSGHEX="21"', "+CMSGHEX: Please join network first"),
    ],
)
def test_what_it_answers(modem, command, reply):
    assert modem.ask(command) == reply


def test_it_has_no_echo_and_takes_either_line_end(modem):
    modem.type("AT", end="\n")
    assert modem.line() == "+AT: OK"
    modem.type("", end="\r\n\n")
    assert modem.ask("AT") == "+AT: OK"


def test_a_join(modem):
    lines = join(modem)
    assert lines[:3] == [*JOINING, "+JOIN: Network joined"]
    assert lines[3].startswith("+JOIN: NetID ")
    assert modem.ask("AT+JOIN") == "+JOIN: Joined already"
    modem.type("AT+JOIN=FORCE")
    assert modem.lines_until("+JOIN: Done")[1] == "+JOIN: FORCE"


def test_a_join_without_a_network():
    with Terminal("lora-e5", "1:join-fails") as modem:
        assert join(modem) == [*JOINING, "+JOIN: Join failed", "+JOIN: Done"]
        assert modem.ask('AT+MSGHEX="00"') == "+MSGHEX: Please join network first"


def test_it_is_busy_while_it_joins_and_says_so_in_between(modem):
    answered = threading.Event()
    modem.sink.joined = lambda _: answered.wait(PATIENCE)
    assert modem.ask("AT+MODE=LWOTAA") == "+MODE: LWOTAA"
    modem.type("AT+JOIN")
    assert [modem.line(), modem.line()] == JOINING
    assert modem.ask('AT+MSGHEX="00"') == "+MSGHEX: LoRaWAN modem is busy"
    assert modem.ask("AT+ID=DevEui").startswith("+ID: DevEui")
    answered.set()
    assert modem.lines_until("+JOIN: Done")[0] == "+JOIN: Network joined"


def test_a_confirmed_frame(modem):
    join(modem)
    modem.type("AT+CMSGHEX=21222324")
    assert modem.lines_until("+CMSGHEX: Done") == [
        "+CMSGHEX: Start",
        "+CMSGHEX: Wait ACK",
        "+CMSGHEX: ACK Received",
        "+CMSGHEX: RXWIN1, RSSI -72, SNR 6.0",
        "+CMSGHEX: Done",
    ]
    [frame] = modem.sink.frames
    assert (frame.port, frame.data, frame.confirmed, frame.counter) == (8, b'!"#$', True, 0)


def test_downlinks_come_in_the_order_of_the_manual(modem):
    join(modem)
    modem.sink.waiting = [Queued(10, b"Hello World"), Queued(11, b"x")]
    modem.type('AT+CMSGHEX="21"')
    assert modem.lines_until("+CMSGHEX: Done")[2:] == [
        "+CMSGHEX: FPENDING",
        "+CMSGHEX: ACK Received",
        '+CMSGHEX: PORT: 10; RX: "48656C6C6F20576F726C64"',
        "+CMSGHEX: RXWIN1, RSSI -72, SNR 6.0",
        "+CMSGHEX: Done",
    ]
    modem.type("AT+MSGHEX")
    assert modem.lines_until("+MSGHEX: Done") == [
        "+MSGHEX: Start",
        '+MSGHEX: PORT: 11; RX: "78"',
        "+MSGHEX: RXWIN1, RSSI -72, SNR 6.0",
        "+MSGHEX: Done",
    ]


def test_a_lost_ack_is_start_wait_done():
    with Terminal("lora-e5", "1:ack-lost", "2:uplink-lost") as modem:
        join(modem)
        for arrived in (1, 1):
            modem.type('AT+CMSGHEX="21"')
            assert modem.lines_until("+CMSGHEX: Done") == [
                "+CMSGHEX: Start",
                "+CMSGHEX: Wait ACK",
                "+CMSGHEX: Done",
            ]
            assert len(modem.sink.frames) == arrived


@pytest.mark.parametrize(
    ("fault", "reply"),
    [
        ("busy", "LoRaWAN modem is busy"),
        ("no-band", "No band in 1500ms"),
        ("length-error", "Length error 0"),
    ],
)
def test_refusals_are_one_line(fault, reply):
    with Terminal("lora-e5", f"1:{fault}") as modem:
        join(modem)
        assert modem.ask('AT+CMSGHEX="21"') == f"+CMSGHEX: {reply}"


def test_an_empty_frame_flushes_what_takes_up_the_room():
    with Terminal("lora-e5", "1:length-error") as modem:
        join(modem)
        assert modem.ask('AT+CMSGHEX="21"') == "+CMSGHEX: Length error 0"
        assert modem.ask('AT+CMSGHEX="21"') == "+CMSGHEX: Length error 0"
        modem.type("AT+MSGHEX")
        modem.lines_until("+MSGHEX: Done")
        modem.type('AT+CMSGHEX="21"')
        assert "+CMSGHEX: ACK Received" in modem.lines_until("+CMSGHEX: Done")


@pytest.mark.parametrize(("rate", "limit"), [(2, 11), (3, 53), (4, 125), (5, 242)])
def test_what_fits_depends_on_the_data_rate(modem, rate, limit):
    join(modem)
    assert modem.ask(f"AT+DR={rate}") == f"+DR: DR{rate}"
    assert modem.line().startswith(f"+DR: AS923 DR{rate} ")
    assert modem.ask("AT+LW=LEN") == f"+LW: LEN, {limit}"
    assert modem.ask("AT+MSGHEX=" + "00" * (limit + 1)) == f"+MSGHEX: Length error {limit}"
    modem.type("AT+MSGHEX=" + "00" * limit)
    assert modem.lines_until("+MSGHEX: Done")[0] == "+MSGHEX: Start"


def test_the_network_can_slow_it_down():
    with Terminal("lora-e5", "1:rate-drop") as modem:
        join(modem)
        modem.type("AT+DR=5")
        modem.line(), modem.line()
        assert modem.ask("AT+CMSGHEX=" + "00" * 50) == "+CMSGHEX: Length error 11"
        assert modem.ask("AT+LW=LEN") == "+LW: LEN, 11"


def test_a_reset_in_the_middle_leaves_it_without_session_and_time():
    with Terminal("lora-e5", "2:reset") as modem:
        join(modem)
        assert modem.ask("AT+LW=DTR") == "+LW: DTR"
        modem.type('AT+MSGHEX="00"')
        modem.lines_until("+MSGHEX: Done")
        assert modem.ask("AT+RTC") > "+RTC: 2024"
        modem.type('AT+CMSGHEX="00"')
        assert [modem.line(), modem.line()] == ["+CMSGHEX: Start", "+CMSGHEX: Wait ACK"]
        deadline = time.monotonic() + PATIENCE
        while modem.radio.joined:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        assert modem.ask("AT+RTC") == "+RTC: 2000-01-01 00:00:00"
        assert modem.ask('AT+CMSGHEX="00"') == "+CMSGHEX: Please join network first"


def test_garbage_and_split_lines():
    with Terminal("lora-e5", "1:garbage", "2:split-lines") as modem:
        join(modem)
        modem.type('AT+CMSGHEX="00"')
        text = b""
        while b"Done\r\n" not in text:
            text += modem.wire.read(1)
        assert b"\xff" in text
        assert b"+CMSGHEX: ACK Received\r\n" in text
        modem.type('AT+CMSGHEX="00"')
        assert modem.lines_until("+CMSGHEX: Done")[2] == "+CMSGHEX: ACK Received"


def test_an_old_downlink_comes_once_more():
    with Terminal("lora-e5", "2:old-downlink") as modem:
        join(modem)
        modem.sink.waiting = [Queued(10, b"one")]
        for _ in range(2):
            modem.type('AT+CMSGHEX="00"')
            assert '+CMSGHEX: PORT: 10; RX: "6F6E65"' in modem.lines_until("+CMSGHEX: Done")


def test_a_pulled_cable_comes_back_under_the_same_name(tmp_path):
    link = tmp_path / "modem"
    with Terminal("lora-e5", "1:unplugged", link=link) as modem:
        assert link.resolve() == modem.pty._link.resolve()
        join(modem)
        modem.type('AT+CMSGHEX="00"')
        with pytest.raises(OSError, match="no data"):
            while True:
                modem.wire.read(1)
        modem.wire.close()
        modem.await_port(2)
        assert str(link.resolve()) == modem.opened[-1]
        assert modem.ask("AT") == "+AT: OK"
        assert modem.ask('AT+CMSGHEX="00"') == "+CMSGHEX: Please join network first"
    assert not link.exists()


def test_the_wire_is_as_slow_as_9600_baud():
    with Terminal("lora-e5", speed=10.0) as modem:
        began = time.monotonic()
        modem.type("AT+MSGHEX=" + "00" * 240)
        modem.line()
        expected = (492 + 36) * 10 / 9600 / 10
        assert time.monotonic() - began >= expected
