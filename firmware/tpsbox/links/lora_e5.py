"""Seeed LoRa-E5 (Wio-E5) on a serial port, as its AT Command Specification V1.0 says.

The modem answers `+CMD: ...` and never a bare OK. A transaction ends with `Done` whether it
succeeded or not, so the lines before decide.
"""

from __future__ import annotations

import logging
import re
from calendar import timegm
from datetime import datetime

from tpsbox.links.lora_modem import Downlink, Outcome, Patience, Sent
from tpsbox.links.modem_dialogue import TRIES, Dialogue
from tpsbox.links.port import StopLink, WaitForNetwork
from tpsbox.links.serial_port import SerialLine

log = logging.getLogger(__name__)

BAUD = 9600
_REPLY = re.compile(r"\+([A-Z][A-Z0-9]*): ?(.*)")
_DOWNLINK = re.compile(r'PORT: ?(\d{1,3}); ?RX: ?"([0-9A-Fa-f ]*)"')
_NO_BAND = re.compile(r"No band in (\d{1,9}) ?ms")
_LENGTH_ERROR = re.compile(r"Length error (\d+)")
_MESSAGES = frozenset({"MSG", "CMSG", "MSGHEX", "CMSGHEX"})
_JOINED = ("Network joined", "NetID")
_CHANNEL_WAIT = 2.0
"""Seconds after "No free channel": another box or gateway is talking."""
_FIRST_YEAR = 2024
"""The modem's clock starts at 2000-01-01; before this the network has not set it."""

_SETTINGS = (
    "MODE=LWOTAA",
    "DR=AS923",
    # The firmware knows AS923 only; these are the common channels and second window of AS923-2.
    "CH=0,921.4,0,5",
    "CH=1,921.6,0,5",
    "RXWIN2=921.4,DR2",
    "CLASS=A",
    "ADR=OFF",  # too few frames for the network to adapt: the link picks the data rate
    "RETRY=2",  # a third try would go out at a slower rate, where the frame may not fit
    "LW=CT,ON",  # off, any downlink would end a confirmed frame as if it were its ACK
)


class LoraE5:
    """A `LoraModem`. `join_eui`: 16 hex digits; `app_key`: 32, never logged."""

    def __init__(
        self, line: SerialLine, join_eui: str, app_key: str, patience: Patience | None = None
    ) -> None:
        self._line = line
        self._talk = Dialogue(line, patience or Patience())
        self._join_eui = join_eui
        self._app_key = app_key
        self._asked_time = False

    def open(self) -> None:
        """Take the port and set the modem up for AS923-2 and OTAA."""
        self._line.open()
        self._asked_time = False
        self._ask("AT", "AT")
        version = self._ask("AT+VER", "VER")
        eui = self._ask("AT+ID=DevEui", "ID")
        log.info("LoRa-E5 %s on %s: %s", version, self._line.path, eui)
        for setting in _SETTINGS:
            self._set(setting, setting)
        self._set(f'ID=AppEui,"{self._join_eui}"', "ID")
        self._set(f'KEY=APPKEY,"{self._app_key}"', "KEY")
        # Firmware before 2.1.16 does not know this and checks the counters anyway.
        self._ask("AT+LW=SCR,OFF", "LW")

    def join(self) -> None:
        """Get a new session; `Done` comes either way, the lines before it decide."""
        answer = self._join("AT+JOIN")
        if answer.startswith("Joined already"):
            answer = self._join("AT+JOIN=FORCE")
        if not answer:
            raise WaitForNetwork(f"{self._line.path}: no LoRaWAN network answers here")
        if not answer.startswith(_JOINED):
            raise WaitForNetwork(f"{self._line.path}: the modem does not join: {answer}")
        self._ask("AT+LW=DTR", "LW")
        self._asked_time = True

    def set_rate(self, data_rate: int) -> None:
        """Send the following frames at this data rate."""
        self._ask(f"AT+DR={data_rate}", "DR")

    def max_length(self) -> int:
        """What `AT+LW=LEN` says."""
        text = self._ask("AT+LW=LEN", "LW")
        match = re.search(r"LEN, ?(\d+)", text)
        if match is None:
            raise WaitForNetwork(f"{self._line.path}: the modem does not say how much fits")
        return int(match[1])

    def send(self, port: int, data: bytes, confirmed: bool) -> Sent:
        """Send a frame; only the line `ACK Received` makes it delivered."""
        self._ask(f"AT+PORT={port}", "PORT")
        word = "CMSGHEX" if confirmed else "MSGHEX"
        self._line.write(f'AT+{word}="{data.hex().upper()}"')
        return self._transaction(word)

    def nudge(self) -> Sent:
        """Send an empty frame without asking for an ACK."""
        self._line.write("AT+MSGHEX")
        return self._transaction("MSGHEX")

    def listen(self) -> None:
        """Class A: nothing comes unasked but noise and logs."""
        for line in self._talk.waiting():
            self._note(line)

    def downlinks(self) -> tuple[Downlink, ...]:
        """What came since the last call."""
        return self._talk.take()

    def network_time(self) -> float | None:
        """The modem's clock, once an uplink after the join has brought the network's time."""
        if not self._asked_time:
            return None
        match = re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", self._ask("AT+RTC", "RTC"))
        try:
            when = datetime.strptime(match[0], "%Y-%m-%d %H:%M:%S") if match else None
        except ValueError:
            return None
        if when is None or when.year < _FIRST_YEAR:
            return None
        return float(timegm(when.timetuple()))

    def close(self) -> None:
        """Give the port back."""
        self._line.close()

    def _join(self, command: str) -> str:
        """The line that says how a join went, empty if the network did not answer."""
        self._line.write(command)
        deadline = self._talk.until(self._talk.patience.join)
        answer = ""
        while (line := self._talk.read(deadline)) is not None:
            word, text = _split(line)
            if text.startswith(_JOINED):
                answer = text
            elif text.startswith("Joined already") or _refusal(text) is not None:
                return text
            elif word == "JOIN" and text.startswith("Done"):
                break
        return answer

    def _transaction(self, word: str) -> Sent:
        deadline = self._talk.until(self._talk.patience.send)
        acked = more = False
        while (line := self._talk.read(deadline)) is not None:
            self._note(line)
            said, text = _split(line)
            if said in _MESSAGES or said == "AT":
                refusal = _refusal(text)
                if refusal is not None:
                    return refusal
            if said != word:
                continue
            acked = acked or text.startswith("ACK Received")
            more = more or text.startswith("FPENDING")
            if text.startswith("Done"):
                break
        return Sent(Outcome.DELIVERED if acked else Outcome.UNKNOWN, more=more)

    def _note(self, line: str) -> None:
        match = _DOWNLINK.search(line)
        if match is not None:
            self._talk.heard(match[1], match[2])

    def _set(self, setting: str, name: str) -> None:
        answer = self._ask(f"AT+{setting}", setting.split("=")[0])
        if answer.startswith("ERROR"):
            raise StopLink(f"{self._line.path}: the modem refuses {name}: {answer}")

    def _ask(self, command: str, word: str) -> str:
        """The text behind the first reply `+WORD:`, or `ERROR(n)` if it stays with that.

        Raises:
            WaitForNetwork: the modem is silent.
        """
        answer = ""
        for _ in range(TRIES):
            self.listen()
            self._line.write(command)
            deadline = self._talk.until(self._talk.patience.reply)
            while (line := self._talk.read(deadline)) is not None:
                self._note(line)
                said, text = _split(line)
                if said == word or (said == "AT" and text.startswith("ERROR")):
                    answer = text
                    break
            if answer and not answer.startswith("ERROR"):
                return answer
        if answer:
            return answer
        raise WaitForNetwork(f"{self._line.path}: the modem is silent: look at cable and baud rate")


def _split(line: str) -> tuple[str, str]:
    """The command word and text of a reply; noise before it does no harm."""
    match = _REPLY.search(line)
    return (match[1], match[2]) if match else ("", line)


def _refusal(text: str) -> Sent | None:
    """What a single line says that ends a transaction before it began; matched by its text."""
    if "Please join" in text:
        return Sent(Outcome.NOT_JOINED)
    if "modem is busy" in text:
        return Sent(Outcome.BUSY)
    if (match := _NO_BAND.search(text)) is not None:
        return Sent(Outcome.REFUSED, wait=int(match[1]) / 1000)
    if "No free channel" in text:
        return Sent(Outcome.REFUSED, wait=_CHANNEL_WAIT)
    if _LENGTH_ERROR.search(text) or "DR error" in text:
        return Sent(Outcome.TOO_LONG)
    if text.startswith("ERROR"):
        return Sent(Outcome.REFUSED)
    return None
