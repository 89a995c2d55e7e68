"""The simulated SIM7600 speaks as the module does, line by line; it needs no broker for that."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest
import serial
from tpsbox.cli.main import main
from tpsbox.errors import UsageError
from tpsbox.simulator.modems.modem import run_modem
from tpsbox.simulator.modems.pty_port import Pace
from tpsbox.simulator.modems.sim7600 import BAUD, SimulatedSim7600
from tpsbox.simulator.modems.sim7600_faults import ModemFault, ModemFaults
from tpsbox.simulator.modems.sim7600_port import AtPtyPort

PATIENCE = 30.0


class Terminal:
    """A person at a terminal: types commands and reads what the modem says."""

    def __init__(self, *faults: str, speed: float = 100.0, **modem) -> None:
        self.stop = threading.Event()
        self.pace = Pace(speed, self.stop)
        self.pty = AtPtyPort(BAUD, self.pace)
        self.modem = SimulatedSim7600(self.pty, self.pace, ModemFaults(faults), **modem)
        opened = threading.Event()
        self._thread = threading.Thread(
            target=run_modem, args=(self.modem, self.pty, self.pace, lambda _: opened.set())
        )
        self._thread.start()
        assert opened.wait(PATIENCE)
        self.wire = serial.Serial(self.pty.path, timeout=PATIENCE)

    def __enter__(self) -> Terminal:
        assert self.ask("ATE0") == "OK"
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._thread.join(PATIENCE)
        self.wire.close()
        assert not self._thread.is_alive()

    def line(self) -> str:
        """The next line that is neither empty nor an echo."""
        while not (line := self.wire.readline().rsplit(b"\r", 2)[-2].strip()):
            pass
        return line.decode()

    def ask(self, text: str) -> str:
        self.wire.write(text.encode() + b"\r")
        return self.line()

    def tell(self, text: str) -> None:
        assert self.ask(text) == "OK"


@pytest.fixture
def acquired():
    with Terminal() as terminal:
        terminal.tell("AT+CMQTTSTART")
        assert terminal.line() == "+CMQTTSTART: 0"
        terminal.tell('AT+CMQTTACCQ=0,"box",1')
        yield terminal


def test_a_new_modem_echoes_until_told_not_to():
    with Terminal() as terminal:
        terminal.tell("ATE1")
        terminal.wire.write(b"AT\r")
        assert terminal.wire.read_until(b"OK\r\n") == b"AT\r\r\nOK\r\n"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("AT+CPIN?", "+CPIN: READY"),
        ("AT+CSQ", "+CSQ: 27,99"),
        ("AT+CGREG?", "+CGREG: 0,1"),
        ("AT+CEREG?", "+CEREG: 0,1"),
        ("AT+CGMR", "+CGMR: LE20B04SIM7600M22"),
    ],
)
def test_what_is_asked_is_answered(command, answer):
    with Terminal() as terminal:
        assert terminal.ask(command) == answer
        assert terminal.line() == "OK"


@pytest.mark.parametrize("command", ["AT+XYZ", "BT", "AT+CMEE=7", "AT" + "+" * 600])
def test_what_it_does_not_know_is_an_error(command):
    with Terminal() as terminal:
        assert terminal.ask(command) == "ERROR"


def test_errors_have_words_once_they_are_asked_for():
    with Terminal() as terminal:
        assert terminal.ask("AT+CGDCONT=7") == "ERROR"
        terminal.tell("AT+CMEE=2")
        assert terminal.ask("AT+CGDCONT=7") == "+CME ERROR: Incorrect parameters"


def test_without_a_network_or_with_a_locked_sim():
    with Terminal("1:no-service", pin=True) as terminal:
        assert terminal.ask("AT+CEREG?") == "+CEREG: 0,2"
        assert terminal.line() == "OK"
        assert terminal.ask("AT+CSQ") == "+CSQ: 99,99"
        assert terminal.line() == "OK"
        assert terminal.ask("AT+CPIN?") == "+CPIN: SIM PIN"


def test_the_clock_counts_quarters_of_an_hour():
    with Terminal() as terminal:
        assert terminal.ask("AT+CCLK?").startswith('+CCLK: "80/01/06,')
        assert terminal.line() == "OK"
        terminal.tell('AT+CCLK="26/11/22,07:00:30+28"')
        assert terminal.ask("AT+CCLK?").startswith('+CCLK: "26/11/22,00:00:')
        assert terminal.line() == "OK"
        assert terminal.ask('AT+CCLK="26/13/22,07:00:30+28"') == "ERROR"


def test_a_file_is_asked_for_without_a_line_end_and_kept():
    with Terminal() as terminal:
        terminal.wire.write(b'AT+CCERTDOWN="ca.pem",5\r')
        assert terminal.wire.read_until(b">") == b"\r\n>"
        terminal.wire.write(b"\n\x00\r>\xff")
        assert terminal.line() == "OK"
        assert terminal.modem._files == {"ca.pem": b"\n\x00\r>\xff"}
        assert terminal.ask("AT+CCERTLIST") == '+CCERTLIST: "ca.pem"'
        assert terminal.line() == "OK"
        terminal.tell('AT+CSSLCFG="cacert",0,"ca.pem"')
        terminal.tell('AT+CCERTDELE="ca.pem"')
        assert terminal.ask('AT+CCERTDELE="ca.pem"') == "ERROR"
        assert terminal.ask('AT+CSSLCFG="cacert",0,"ca.pem"') == "ERROR"
        assert terminal.ask('AT+CCERTDOWN="ca.pem",99999') == "ERROR"


def test_a_line_feed_after_a_command_is_the_first_byte_of_its_data():
    with Terminal() as terminal:
        terminal.wire.write(b'AT+CCERTDOWN="ca.pem",4\r\n')
        terminal.wire.read_until(b">")
        terminal.wire.write(b"abcd")
        assert terminal.line() == "OK"
        assert terminal.modem._files == {"ca.pem": b"\nabc"}


@pytest.mark.parametrize(
    ("command", "lines"),
    [
        ("AT+CMQTTSTOP", ["ERROR", "+CMQTTSTOP: 21"]),
        ("AT+CMQTTDISC=0,60", ["ERROR", "+CMQTTDISC: 0,11"]),
        ("AT+CMQTTREL=0", ["ERROR", "+CMQTTREL: 0,20"]),
        ("AT+CMQTTTOPIC=0,5", ["ERROR", "+CMQTTTOPIC: 0,11"]),
        ("AT+CMQTTSUB=0,5,7", ["ERROR", "+CMQTTSUB: 0,12"]),
        ("AT+CMQTTPUB=0,1,5", ["ERROR", "+CMQTTPUB: 0,12"]),
    ],
)
@pytest.mark.parametrize("result_first", [False, True])
def test_a_refusal_has_two_final_lines_in_either_order(command, lines, result_first):
    with Terminal(result_first=result_first) as terminal:
        found = [terminal.ask(command), terminal.line()]
        assert found == (lines[::-1] if result_first else lines)


def test_the_service_starts_once_and_its_client_is_taken_once(acquired):
    assert [acquired.ask("AT+CMQTTSTART"), acquired.line()] == ["ERROR", "+CMQTTSTART: 23"]
    again = 'AT+CMQTTACCQ=0,"box",1'
    assert [acquired.ask(again), acquired.line()] == ["ERROR", "+CMQTTACCQ: 0,19"]
    acquired.tell("AT+CMQTTREL=0")
    acquired.tell("AT+CMQTTSTOP")
    assert acquired.line() == "+CMQTTSTOP: 0"


def test_a_connection_without_certificates_does_not_open(acquired):
    acquired.tell("AT+CMQTTSSLCFG=0,0")
    acquired.tell('AT+CMQTTCONNECT=0,"tcp://127.0.0.1:1",60,0')
    assert acquired.line() == "+CMQTTCONNECT: 0,34"


def test_faults_count_connections_and_publishes():
    faults = ModemFaults(["2:refused", "1-2:busy", "2:garbage"])
    assert faults.at_connection == frozenset()
    faults.connected()
    assert faults.at_connection == {ModemFault.REFUSED}
    assert faults.at_publish() == {ModemFault.BUSY}
    assert faults.at_publish() == {ModemFault.BUSY, ModemFault.GARBAGE}
    assert faults.at_publish() == frozenset()


@pytest.mark.parametrize("text", ["busy", "0:busy", "3-2:busy", "1:ack", "x:busy", "1:"])
def test_a_fault_that_is_none_is_refused(text):
    with pytest.raises(UsageError):
        ModemFaults([text])


def test_the_command_runs_until_it_is_stopped(tmp_path):
    link = tmp_path / "modem"
    program = "import sys; from tpsbox.cli.main import main; sys.exit(main(sys.argv[1:]))"
    process = subprocess.Popen(
        [sys.executable, "-c", program, "simulate", "sim7600", "--link", link, "--speed", "100"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline() == f"sim7600: {link}\n"
        with serial.Serial(str(link), timeout=PATIENCE) as wire:
            wire.write(b"AT\r")
            assert wire.read_until(b"OK\r\n").endswith(b"\r\nOK\r\n")
    finally:
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    assert not link.is_symlink()


@pytest.mark.parametrize("words", [["--speed", "0"], ["--fault", "1:nothing"]])
def test_a_wrong_word_is_wrong_usage(words):
    assert main(["simulate", "sim7600", *words]) == 2
