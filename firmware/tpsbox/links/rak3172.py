"""RAK3172 (RUI3) on a serial port: a command answers at once, the radio's result is an event."""

from __future__ import annotations

import logging
import re
from calendar import timegm
from datetime import datetime

from tpsbox.links.airtime import frame_limit
from tpsbox.links.lora_modem import Downlink, Outcome, Patience, Sent
from tpsbox.links.modem_dialogue import TRIES, Dialogue
from tpsbox.links.port import StopLink, WaitForNetwork
from tpsbox.links.serial_port import SerialLine

log = logging.getLogger(__name__)

BAUD = 115200
NUDGE_PORT = 12
"""RUI3 sends no empty frame; one zero byte on this port is for nobody."""
STACK_DWELL_MS = 400
"""RUI3 starts AS923 with the dwell limit on, and does not say when the network lifts it."""

_DOWNLINK = re.compile(r"\+EVT:RX_\w+:-?\d+:-?\d+:\w+:(\d{1,3}):([0-9A-Fa-f]*)$")
_WAIT = re.compile(r"Restricted_Wait_(\d{1,9})_ms")
_ERROR = re.compile(r"AT_[A-Z_]*(?:ERROR|OVERFLOW|JOINED|ENABLE|RESTRICTED|SUPPORT)")
_TIME = re.compile(r"(\d{1,2}h\d{1,2}m\d{1,2}s on \d\d/\d\d/\d{4})")

_SETTINGS = (
    "NWM=1",
    "NJM=1",
    "BAND=9",  # AS923-2
    "CLASS=A",
    "ADR=0",  # too few frames for the network to adapt: the link picks the data rate
    "RETY=1",
)
_DUTY_WAIT = 60.0
"""Seconds after a refusal for the duty cycle that names none."""


class Rak3172:
    """A `LoraModem`. `join_eui`: 16 hex digits; `app_key`: 32, never logged."""

    def __init__(
        self, line: SerialLine, join_eui: str, app_key: str, patience: Patience | None = None
    ) -> None:
        self._line = line
        self._talk = Dialogue(line, patience or Patience())
        self._join_eui = join_eui
        self._app_key = app_key
        self._wait = 0.0

    def open(self) -> None:
        """Take the port and set the modem up for AS923-2 and OTAA."""
        self._line.open()
        self._ask("AT")
        log.info(
            "RAK3172 %s on %s: DevEUI %s",
            self._value("VER"),
            self._line.path,
            self._value("DEVEUI"),
        )
        for setting in _SETTINGS:
            self._set(setting, setting)
        self._set(f"APPEUI={self._join_eui}", "APPEUI")
        self._set(f"APPKEY={self._app_key}", "APPKEY")

    def join(self) -> None:
        """Get a new session with one request; the link comes back for another try."""
        answer = self._ask("AT+JOIN=1:0:8:1")
        if answer != "OK":
            wait = f", {self._wait:.0f} s to wait" if self._wait else ""
            raise WaitForNetwork(f"{self._line.path}: the modem does not join: {answer}{wait}")
        event = self._event(("JOINED", "JOIN_FAILED", "JOIN FAILED"), self._talk.patience.join)
        if not event.startswith("JOINED"):
            raise WaitForNetwork(f"{self._line.path}: no LoRaWAN network answers here")
        self._ask("AT+TIMEREQ=1")

    def set_rate(self, data_rate: int) -> None:
        """Send the following frames at this data rate."""
        self._ask(f"AT+DR={data_rate}")

    def max_length(self) -> int:
        """What the region's table allows at the modem's present data rate."""
        value = self._value("DR")
        if value not in {"0", "1", "2", "3", "4", "5"}:
            raise WaitForNetwork(f"{self._line.path}: the modem does not say how much fits")
        return frame_limit(int(value), STACK_DWELL_MS)

    def send(self, port: int, data: bytes, confirmed: bool) -> Sent:
        """Send a frame; only the event SEND_CONFIRMED_OK makes it delivered."""
        self._ask(f"AT+CFM={int(confirmed)}")
        answer = self._ask(f"AT+SEND={port}:{data.hex().upper()}", tries=1)
        if answer != "OK":
            return self._refusal(answer)
        event = self._event(("SEND_CONFIRMED", "TX_DONE"), self._talk.patience.send)
        delivered = event.startswith("SEND_CONFIRMED_OK")
        return Sent(Outcome.DELIVERED if delivered else Outcome.UNKNOWN)

    def nudge(self) -> Sent:
        """Send one byte that nobody reads."""
        return self.send(NUDGE_PORT, b"\0", confirmed=False)

    def listen(self) -> None:
        """Take in events that came late."""
        for line in self._talk.waiting():
            self._note(line)

    def downlinks(self) -> tuple[Downlink, ...]:
        """What came since the last call."""
        return self._talk.take()

    def network_time(self) -> float | None:
        """The modem's clock, as far as the network has set it."""
        match = _TIME.search(self._value("LTIME"))
        try:
            when = datetime.strptime(match[1], "%Hh%Mm%Ss on %m/%d/%Y") if match else None
        except ValueError:
            return None
        # It starts at the GPS epoch, 1980.
        return float(timegm(when.timetuple())) if when is not None and when.year >= 2024 else None

    def close(self) -> None:
        """Give the port back."""
        self._line.close()

    def _refusal(self, answer: str) -> Sent:
        if "NO_NETWORK_JOINED" in answer:
            return Sent(Outcome.NOT_JOINED)
        if self._wait or "DUTYCYCLE" in answer:
            return Sent(Outcome.REFUSED, wait=self._wait or _DUTY_WAIT)
        if "BUSY" in answer:
            return Sent(Outcome.BUSY)
        if "PARAM" in answer:  # port and digits are right, so it is the length
            return Sent(Outcome.TOO_LONG)
        return Sent(Outcome.UNKNOWN if not answer else Outcome.REFUSED)

    def _event(self, names: tuple[str, ...], seconds: float) -> str:
        """The first event that begins with one of the names, empty after so many seconds."""
        deadline = self._talk.until(seconds)
        while (line := self._talk.read(deadline)) is not None:
            self._note(line)
            _, mark, event = line.partition("+EVT:")
            if mark and event.startswith(names):
                return event
        return ""

    def _note(self, line: str) -> None:
        match = _DOWNLINK.search(line)
        if match is not None:
            self._talk.heard(match[1], match[2])

    def _set(self, setting: str, name: str) -> None:
        answer = self._ask(f"AT+{setting}")
        if answer != "OK":
            raise StopLink(f"{self._line.path}: the modem refuses {name}: {answer}")

    def _value(self, name: str) -> str:
        """What `AT+NAME=?` says; some firmware puts the name before the value, some does not."""
        lines: list[str] = []
        self._ask(f"AT+{name}=?", lines=lines)
        named = [line.partition(f"AT+{name}=")[2] for line in lines if f"AT+{name}=" in line]
        return next(reversed(named or lines), "").strip()

    def _ask(self, command: str, tries: int = TRIES, lines: list[str] | None = None) -> str:
        """`OK` or the error that answers a command; empty if a single try stays without.

        What came before it is put into `lines`.

        Raises:
            WaitForNetwork: the modem is silent.
        """
        answer = ""
        for _ in range(tries):
            self.listen()
            self._wait = 0.0
            self._line.write(command)
            answer = self._answer(command, lines)
            if answer == "OK":
                break
        if not answer and tries > 1:
            raise WaitForNetwork(
                f"{self._line.path}: the modem is silent: look at cable and baud rate"
            )
        return answer

    def _answer(self, command: str, lines: list[str] | None) -> str:
        deadline = self._talk.until(self._talk.patience.reply)
        while (line := self._talk.read(deadline)) is not None:
            self._note(line)
            if (wait := _WAIT.search(line)) is not None:
                self._wait = int(wait[1]) / 1000
            elif line.endswith("OK") and "+EVT:" not in line:
                return "OK"
            elif (error := _ERROR.search(line)) is not None:
                return error[0]
            elif lines is not None and line != command and "+EVT:" not in line:
                lines.append(line)
        return ""
