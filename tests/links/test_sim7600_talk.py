"""The dialogue with a SIM7600 that says its lines in the worst order."""

from __future__ import annotations

import threading
import time

import pytest
from lora_script import ScriptedModem
from tpsbox.links.port import WaitForNetwork
from tpsbox.links.sim7600_mqtt import ModemMqtt
from tpsbox.links.sim7600_port import AtPort
from tpsbox.links.sim7600_setup import start
from tpsbox.links.sim7600_talk import Patience, Talk


class Modem(ScriptedModem):
    """Commands end with CR here; data is heard with the command that follows it."""

    def _hear(self, command: str) -> None:
        super()._hear(command.replace("\r", ""))


class CrPort(AtPort):
    """Adds the LF by which the scripted modem knows the end of what it hears."""

    def write_data(self, data: bytes) -> None:
        super().write_data(data + b"\n")


@pytest.fixture
def modem():
    made = Modem(lambda _: b"\r\nOK\r\n")
    yield made
    made.close()


@pytest.fixture
def talk(modem):
    port = CrPort(modem.path, 115200, time.monotonic, threading.Event())
    port.open()
    yield Talk(port, Patience(reply=5.0, service=10.0, publish=10.0))
    port.close()


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["OK", "+CMQTTSTART: 0"], 0),
        (["+CMQTTSTART: 0", "OK"], 0),
        (["ERROR", "+CMQTTSTART: 23"], 23),
        (["+CMQTTSTART: 23", "ERROR"], 23),
        (["OK", "+CMQTTSTART: 7"], 7),
        (["ERROR"], 1),
        (["+CME ERROR: unknown"], 1),
    ],
)
def test_every_order_of_the_final_lines(modem, talk, lines, code):
    modem.answer("AT+CMQTTSTART", *lines)
    assert talk.transact("AT+CMQTTSTART", "CMQTTSTART", 10.0) == code


def test_the_first_ok_is_not_the_end(modem, talk):
    talk.patience = Patience(reply=0.2, service=0.2)
    with pytest.raises(WaitForNetwork, match="silent"):
        talk.transact("AT+CMQTTSTART", "CMQTTSTART", 0.2)


def test_a_stray_ok_before_the_prompt_is_passed_over(modem, talk):
    modem.answer("AT+CMQTTTOPIC", b"\r\nOK\r\n\r\n>")
    modem.answer("AT+CMQTTPAYLOAD", b"\r\n> ")
    modem.answer("AT+CMQTTPUB", "OK", "+CMQTTPUB: 0,0")
    assert ModemMqtt(talk).publish("t/x", b"body") is None
    assert modem.heard == [
        "AT+CMQTTTOPIC=0,3",
        "t/x",
        "AT+CMQTTPAYLOAD=0,4",
        "body",
        "AT+CMQTTPUB=0,1,60",
    ]


@pytest.mark.parametrize("order", [1, -1])
def test_a_refusal_instead_of_a_prompt_ends_the_publish(modem, talk, order):
    modem.answer("AT+CMQTTTOPIC", *["ERROR", "+CMQTTTOPIC: 0,11"][::order])
    with pytest.raises(WaitForNetwork, match="not connected"):
        ModemMqtt(talk).publish("t/x", b"body")
    assert modem.heard == ["AT+CMQTTTOPIC=0,3"]


def test_an_answer_is_told_from_the_end_of_something_earlier(modem, talk):
    modem.answer("AT+CGMR", "OK", "+CGMR: LE20", "OK")
    assert talk.ask("AT+CGMR", "CGMR").text("CGMR") == "LE20"


def test_a_modem_that_babbles_holds_up_nothing(modem, talk):
    modem.babble(b"\r\n+CGEV: NW MODIFY 1,0\r\n")
    talk.patience = Patience(reply=0.3)
    modem.answer("AT", b"")
    began = time.monotonic()
    talk.listen(0.1)
    assert time.monotonic() - began < 15


def test_a_silent_modem_is_named(modem, talk):
    talk.patience = Patience(reply=0.1)
    for _ in range(3):
        modem.answer("AT", b"")
    with pytest.raises(WaitForNetwork, match="silent"):
        start(talk)
    assert modem.heard == ["AT"] * 3


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("+CMQTTCONNLOST: 0,2", "broker was lost"),
        ("+CMQTTPING: 0,17", "ping"),
        ("+CMQTTNONET", "network was lost"),
        ("RDY", "anew"),
        ("PB DONE", ""),
        ("+CMQTTPING: 0,0", ""),
    ],
)
def test_what_the_modem_says_unasked(modem, talk, line, reason):
    modem.answer("AT", line, "OK")
    talk.ask("AT")
    assert reason in talk.lost
    assert bool(talk.lost) == bool(reason)
