"""A RAK3172 with RUI3, as far as a box talks to it: `OK` at once, the result as an event."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from datetime import UTC, datetime

from tpsbox.simulator.modems.faults import FaultKind
from tpsbox.simulator.modems.modem import Transaction, disturb, strike
from tpsbox.simulator.modems.network import Queued
from tpsbox.simulator.modems.pty_port import PtyPort
from tpsbox.simulator.modems.radio import Radio

BAUD = 115200
MOST_DIGITS = 500
AS923_2 = "9"
DUTY_WAIT_MS = 1500

_PATTERNS = {
    "NWM": "[01]",
    "NJM": "[01]",
    "BAND": "[0-9]|1[0-2]",
    "CLASS": "[ABC]",
    "ADR": "[01]",
    "RETY": "[0-7]",
    "CFM": "[01]",
    "DR": "[0-7]",
    "APPEUI": "[0-9A-Fa-f]{16}",
    "APPKEY": "[0-9A-Fa-f]{32}",
    "DCS": "[01]",
    "TIMEREQ": "[01]",
}
"""What each setting may be."""


class SimulatedRak3172:
    """Answers on `port`; `dev_eui`: 16 hex digits."""

    def __init__(self, port: PtyPort, radio: Radio, dev_eui: str) -> None:
        self._port = port
        self._radio = radio
        self._settings = {
            "NWM": "1",
            "NJM": "1",
            "BAND": "4",
            "CLASS": "A",
            "ADR": "1",
            "RETY": "0",
            "CFM": "0",
            "APPEUI": "0000000000000000",
            "APPKEY": "2B7E151628AED2A6ABF7158809CF4F3C",
            "DCS": "0",
            "TIMEREQ": "0",
        }
        self._dev_eui = dev_eui.upper()
        self._transaction = Transaction()
        self._last_confirmed = False
        self._received: Queued | None = None
        self._asking: dict[str, Callable[[], str]] = {
            "VER": lambda: "RUI_4.1.0_RAK3172-E",
            "DEVEUI": lambda: self._dev_eui,
            "NJS": lambda: str(int(self._radio.joined)),
            "DR": lambda: str(self._radio.data_rate),
            "CFS": lambda: str(int(self._last_confirmed)),
            "RECV": self._take_received,
            "LTIME": self._time,
        }
        radio.retries = 1

    def power_on(self) -> None:
        """No session and no time; settings stay."""
        self._radio.reset()
        self._received = None

    def command(self, line: str) -> None:
        """Carry out one line."""
        text = line.strip()
        match = re.fullmatch(r"AT(?:\+([A-Za-z0-9]+)(?:=(.*))?|(Z|E)?)", text, re.IGNORECASE)
        if not text:
            return
        if match is None:
            self._port.say("AT_ERROR")
        elif match[1] is None:
            if (match[3] or "").upper() == "Z":
                self.power_on()
            self._port.say("OK")
        else:
            self._port.say(*self._run(match[1].upper(), match[2] or ""))

    def _run(self, name: str, value: str) -> tuple[str, ...]:
        if value == "?":
            return self._ask(name)
        if name == "JOIN":
            return self._join(value)
        if name == "SEND":
            return self._send(value)
        if name not in _PATTERNS:
            return ("AT_ERROR",)
        if re.fullmatch(_PATTERNS[name], value) is None:
            return ("AT_PARAM_ERROR",)
        if self._transaction.busy:
            return ("AT_BUSY_ERROR",)
        return self._set(name, value)

    def _ask(self, name: str) -> tuple[str, ...]:
        if name in self._asking:
            return f"AT+{name}={self._asking[name]()}", "OK"
        if name in self._settings:
            return f"AT+{name}={self._settings[name]}", "OK"
        return ("AT_ERROR",)

    def _set(self, name: str, value: str) -> tuple[str, ...]:
        if name == "DR":
            return ("OK",) if self._radio.set_rate(int(value)) else ("AT_PARAM_ERROR",)
        self._settings[name] = value.upper()
        if name == "RETY":
            self._radio.retries = 1 + int(value)
        if name == "TIMEREQ":
            self._radio.time_asked = value == "1"
        return ("OK",)

    def _take_received(self) -> str:
        received, self._received = self._received, None
        return f"{received.port}:{received.data.hex()}" if received else "0:"

    def _time(self) -> str:
        when = datetime.fromtimestamp(self._radio.clock(), UTC)
        return when.strftime("%Hh%Mm%Ss on %m/%d/%Y")

    def _join(self, value: str) -> tuple[str, ...]:
        match = re.fullmatch(r"([01])(?::([01]))?(?::(\d{1,3}))?(?::(\d{1,3}))?", value or "1")
        if match is None:
            return ("AT_PARAM_ERROR",)
        if self._transaction.busy:
            return ("AT_BUSY_ERROR",)
        tries = max(1, int(match[4] or 0))
        self._port.say("OK")
        self._transaction.start(lambda: self._run_join(tries))
        return ()

    def _run_join(self, tries: int) -> None:
        key = self._settings["APPKEY"]
        in_band = self._settings["BAND"] == AS923_2
        joined = any(self._radio.join(key) and in_band for _ in range(tries))
        self._radio.joined = joined
        self._transaction.over()
        self._port.say("+EVT:JOINED" if joined else "+EVT:JOIN_FAILED_RX_TIMEOUT")

    def _send(self, value: str) -> tuple[str, ...]:
        match = re.fullmatch(r"(\d{1,3}):((?:[0-9A-Fa-f]{2})+)", value)
        if match is None or not 1 <= int(match[1]) <= 223 or len(match[2]) > MOST_DIGITS:
            return ("AT_PARAM_ERROR",)
        if not self._radio.joined:
            return ("AT_NO_NETWORK_JOINED",)
        if self._transaction.busy:
            return ("AT_BUSY_ERROR",)
        port, data = int(match[1]), binascii.unhexlify(match[2])
        kinds = self._radio.faults.at_frame()
        disturb(self._port, kinds)
        refusal = self._refusal(data, kinds)
        if refusal:
            return refusal
        self._port.say("OK")
        self._transaction.start(lambda: self._run_send(port, data, kinds))
        return ()

    def _refusal(self, data: bytes, kinds: frozenset[FaultKind]) -> tuple[str, ...]:
        """What is said to a frame that does not even begin; nothing if it does."""
        if FaultKind.BUSY in kinds:
            return ("AT_BUSY_ERROR",)
        if FaultKind.NO_BAND in kinds:
            return f"Restricted_Wait_{DUTY_WAIT_MS}_ms", "AT_BUSY_ERROR"
        if FaultKind.LENGTH_ERROR in kinds:
            self._radio.mac_waiting = True
        if FaultKind.RATE_DROP in kinds:
            self._radio.data_rate = 2
        tiny = len(data) <= 1
        if len(data) > self._radio.limit or (self._radio.mac_waiting and not tiny):
            return ("AT_PARAM_ERROR",)
        return ()

    def _run_send(self, port: int, data: bytes, kinds: frozenset[FaultKind]) -> None:
        confirmed = self._settings["CFM"] == "1"
        heard = self._radio.uplink(port, data, confirmed, kinds)
        if strike(self._port, kinds, self.power_on):
            return
        self._last_confirmed = heard.acked
        if heard.downlink is not None:
            self._received = heard.downlink
            where = f"RX_{heard.window}:-48:9:UNICAST"
            self._port.say(f"+EVT:{where}:{heard.downlink.port}:{heard.downlink.data.hex()}")
        if self._radio.time_asked and self._settings["TIMEREQ"] == "1" and self._radio.time_known:
            self._settings["TIMEREQ"] = "0"
            self._port.say("+EVT:TIMEREQ_OK")
        self._transaction.over()
        if not confirmed:
            self._port.say("+EVT:TX_DONE")
        else:
            self._port.say(f"+EVT:SEND_CONFIRMED_{'OK' if heard.acked else 'FAILED(4)'}")
