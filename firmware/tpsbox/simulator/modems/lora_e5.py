"""A LoRa-E5 with firmware 4.0.11, as far as a box talks to it.

Its dialogues are those of Seeed's AT Command Specification V1.0 and of published logs of real
modules. Keys and settings survive a reset; the session and the clock do not.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from datetime import UTC, datetime

from tpsbox.simulator.modems.faults import FaultKind
from tpsbox.simulator.modems.modem import Transaction, disturb, strike
from tpsbox.simulator.modems.pty_port import PtyPort
from tpsbox.simulator.modems.radio import Heard, Radio

BAUD = 9600
LINE_LIMIT = 528
MOST_PARAMETERS = 15
FACTORY_KEY = "2B7E151628AED2A6ABF7158809CF4F3C"
SPREADING = {0: 12, 1: 11, 2: 10, 3: 9, 4: 8, 5: 7}
NO_BAND_MS = 1500


class SimulatedLoraE5:
    """Answers on `port`; `dev_eui`: 16 hex digits."""

    def __init__(self, port: PtyPort, radio: Radio, dev_eui: str) -> None:
        self._port = port
        self._radio = radio
        self._dev_eui = dev_eui.upper()
        self._app_eui = "8000000000000006"
        self._app_key = FACTORY_KEY
        self._mode = "LWABP"
        self._fport = 8
        self._transaction = Transaction()
        radio.retries = 3
        self._commands: dict[str, Callable[[str], None]] = {
            "VER": lambda _: self._say("VER", "4.0.11"),
            "ID": self._id,
            "KEY": self._key,
            "MODE": self._set_mode,
            "DR": self._data_rate,
            "CH": self._channel,
            "RXWIN2": self._window,
            "PORT": self._set_port,
            "RETRY": self._retry,
            "LW": self._lorawan,
            "RTC": lambda _: self._say("RTC", self._time()),
            "JOIN": self._join,
            "MSGHEX": lambda value: self._message("MSGHEX", value),
            "CMSGHEX": lambda value: self._message("CMSGHEX", value),
            "RESET": self._reset,
        } | {name: self._echo(name) for name in ("ADR", "CLASS", "LOG", "UART", "POWER")}

    def power_on(self) -> None:
        """No session, the clock at 2000-01-01; settings stay."""
        self._radio.reset()

    def command(self, line: str) -> None:
        """Carry out one line."""
        if not line.strip():
            return
        if len(line) > LINE_LIMIT:
            self._say("AT", "ERROR(-21)")
        elif not line.isprintable() or not line.isascii():
            self._say("AT", "ERROR(-23)")
        elif line.count(",") >= MOST_PARAMETERS:
            self._say("AT", "ERROR(-20)")
        elif line.strip().upper() == "AT":
            self._say("AT", "OK")
        else:
            self._dispatch(line.strip())

    def _dispatch(self, line: str) -> None:
        match = re.fullmatch(r"AT\+([A-Za-z0-9]+)(?:=(.*))?", line, re.IGNORECASE)
        if match is None:
            self._say("AT", "ERROR(-11)")
            return
        run = self._commands.get(match[1].upper())
        if run is None:
            self._say("AT", "ERROR(-10)")
        else:
            run(match[2] or "")

    def _say(self, word: str, text: str) -> None:
        self._port.say(f"+{word}: {text}")

    def _echo(self, name: str) -> Callable[[str], None]:
        """A command that repeats what it was given."""
        return lambda value: self._say(name, value.upper().replace(",", ", ") or "OFF")

    def _id(self, value: str) -> None:
        name, _, text = value.partition(",")
        digits = text.strip().strip('"')
        if name.upper() == "APPEUI" and digits:
            if re.fullmatch("[0-9A-Fa-f]{16}", digits) is None:
                self._say("ID", "ERROR(-1)")
                return
            self._app_eui = digits.upper()
        for key, eui in (("DevEui", self._dev_eui), ("AppEui", self._app_eui)):
            if name.upper() in ("", key.upper()):
                pairs = ":".join(re.findall("..", eui))
                self._say("ID", f"{key}, {pairs}")

    def _key(self, value: str) -> None:
        name, _, text = value.partition(",")
        digits = text.strip().strip('"')
        if name.upper() != "APPKEY" or re.fullmatch("[0-9A-Fa-f]{32}", digits) is None:
            self._say("KEY", "ERROR(-1)")
            return
        self._app_key = digits.upper()
        self._say("KEY", f"APPKEY {self._app_key}")

    def _set_mode(self, value: str) -> None:
        if value and value.upper() not in ("LWOTAA", "LWABP", "TEST"):
            self._say("MODE", "ERROR(-1)")
            return
        self._mode = value.upper() or self._mode
        self._say("MODE", self._mode)

    def _data_rate(self, value: str) -> None:
        if value.upper() == "AS923":
            self._say("DR", "AS923")
            return
        digits = value.upper().removeprefix("DR")
        if value and not (digits.isdecimal() and self._radio.set_rate(int(digits))):
            self._say("DR", "ERROR(-1)")
            return
        rate = self._radio.data_rate
        self._say("DR", f"DR{rate}")
        self._say("DR", f"AS923 DR{rate}  SF{SPREADING[rate]}  BW125K")

    def _channel(self, value: str) -> None:
        match = re.fullmatch(r"(\d+),(9\d\d(?:\.\d+)?),(\d),(\d)", value)
        if match is None:
            self._say("CH", "ERROR(-1)")
        else:
            self._say("CH", f"{match[1]},{_hertz(match[2])},DR{match[3]}:DR{match[4]}")

    def _window(self, value: str) -> None:
        match = re.fullmatch(r"(9\d\d(?:\.\d+)?),DR(\d)", value, re.IGNORECASE)
        if match is None:
            self._say("RXWIN2", "ERROR(-1)")
        else:
            self._say("RXWIN2", f"{_hertz(match[1])},DR{match[2]}")

    def _set_port(self, value: str) -> None:
        if value and not (value.isdecimal() and 1 <= int(value) <= 255):
            self._say("PORT", "ERROR(-1)")
            return
        self._fport = int(value) if value else self._fport
        self._say("PORT", str(self._fport))

    def _retry(self, value: str) -> None:
        if value and not (value.isdecimal() and int(value) < 255):
            self._say("RETRY", "ERROR(-1)")
            return
        self._radio.retries = max(1, int(value)) if value else self._radio.retries
        self._say("RETRY", str(self._radio.retries))

    def _lorawan(self, value: str) -> None:
        name, _, text = value.upper().partition(",")
        if name == "LEN":
            self._say("LW", f"LEN, {self._radio.limit}")
        elif name in ("CT", "SCR", "JDC", "MC") and text.strip() in ("ON", "OFF"):
            self._say("LW", f"{name}, {text.strip()}")
        elif name == "DTR":
            self._radio.time_asked = True
            self._say("LW", "DTR")
        else:
            self._say("LW", "ERROR(-1)")

    def _time(self) -> str:
        when = datetime.fromtimestamp(self._radio.clock(), UTC)
        return when.strftime("%Y-%m-%d %H:%M:%S")

    def _reset(self, _: str) -> None:
        self._say("RESET", "OK")
        self.power_on()

    def _join(self, value: str) -> None:
        force = value.upper() == "FORCE"
        if self._mode != "LWOTAA":
            self._say("JOIN", "ERROR(-12)")
        elif self._transaction.busy:
            self._say("JOIN", "LoRaWAN modem is busy")
        elif self._radio.joined and not force:
            self._say("JOIN", "Joined already")
        else:
            self._transaction.start(lambda: self._run_join("FORCE" if force else "NORMAL"))

    def _run_join(self, kind: str) -> None:
        self._say("JOIN", "Start")
        self._say("JOIN", kind)
        if self._radio.join(self._app_key):
            self._say("JOIN", "Network joined")
            self._say("JOIN", "NetID 000000 DevAddr 00:18:94:40")
        else:
            self._say("JOIN", "Join failed")
        self._transaction.over()
        self._say("JOIN", "Done")

    def _message(self, word: str, value: str) -> None:
        if self._transaction.busy:
            self._say(word, "LoRaWAN modem is busy")
            return
        if not self._radio.joined:
            self._say(word, "Please join network first")
            return
        try:
            data = binascii.unhexlify(value.strip().strip('"').replace(" ", ""))
        except binascii.Error:
            self._say(word, "ERROR(-1)")
            return
        kinds = self._radio.faults.at_frame()
        disturb(self._port, kinds)
        refusal = self._refusal(data, kinds)
        if refusal:
            self._say(word, refusal)
        else:
            self._transaction.start(lambda: self._run_message(word, data, kinds))

    def _refusal(self, data: bytes, kinds: frozenset[FaultKind]) -> str:
        """Why a frame does not even begin; empty if it does."""
        if FaultKind.BUSY in kinds:
            return "LoRaWAN modem is busy"
        if FaultKind.NO_BAND in kinds:
            return f"No band in {NO_BAND_MS}ms"
        if FaultKind.LENGTH_ERROR in kinds:
            self._radio.mac_waiting = True
        if FaultKind.RATE_DROP in kinds:
            self._radio.data_rate = 2
        if data and self._radio.mac_waiting:
            return "Length error 0"
        limit = self._radio.limit
        return f"Length error {limit}" if len(data) > limit else ""

    def _run_message(self, word: str, data: bytes, kinds: frozenset[FaultKind]) -> None:
        confirmed = word == "CMSGHEX"
        self._say(word, "Start")
        if confirmed:
            self._say(word, "Wait ACK")
        port = self._fport if data else 0
        heard = self._radio.uplink(port, data, confirmed, kinds)
        if strike(self._port, kinds, self.power_on):
            return
        self._report(word, heard)
        self._transaction.over()
        self._say(word, "Done")

    def _report(self, word: str, heard: Heard) -> None:
        """The lines between start and end, in the order of the manual."""
        if heard.more:
            self._say(word, "FPENDING")
        if heard.acked:
            self._say(word, "ACK Received")
        if heard.downlink is not None:
            hex_text = heard.downlink.data.hex().upper()
            self._say(word, f'PORT: {heard.downlink.port}; RX: "{hex_text}"')
        if heard.acked or heard.downlink is not None:
            self._say(word, f"RXWIN{heard.window}, RSSI -72, SNR 6.0")


def _hertz(megahertz: str) -> int:
    return round(float(megahertz) * 1_000_000)
