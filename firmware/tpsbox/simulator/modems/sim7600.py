"""A SIM7600 on a serial port, as far as a box talks to it: SIM, network, clock, files, TLS.

Its dialogues are those of the SIM7500/SIM7600 AT Command Manual V3.00 and of published logs of
real modules. Files survive a reset; the clock, the echo and everything of MQTT do not.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tpsbox.simulator.modems.pty_port import Pace
from tpsbox.simulator.modems.sim7600_broker import TlsContext
from tpsbox.simulator.modems.sim7600_faults import ModemFault, ModemFaults
from tpsbox.simulator.modems.sim7600_port import AtPtyPort
from tpsbox.simulator.modems.sim7600_service import MqttService

BAUD = 115200
LINE_LIMIT = 559
FILE_LIMIT = 10_240
STARTED = ("RDY", "+CPIN: READY", "SMS DONE", "PB DONE")
BOOT_TIME = datetime(1980, 1, 6, tzinfo=UTC).timestamp()
"""The modem's clock without a network that tells the time."""


class SimulatedSim7600:
    """Answers on `port`.

    `network_ahead`: by how many seconds the mobile network's clock differs from the true time,
    None if it tells none. `pin`: whether the SIM asks for its PIN. `result_first`: the order of
    the final lines.
    """

    def __init__(
        self,
        port: AtPtyPort,
        pace: Pace,
        faults: ModemFaults,
        *,
        network_ahead: float | None = None,
        pin: bool = False,
        result_first: bool = False,
    ) -> None:
        self._port = port
        self._faults = faults
        self._network_ahead = network_ahead
        self._pin = pin
        self._files: dict[str, bytes] = {}
        self._service = MqttService(
            port, pace, faults, self._tls, self._restart, result_first=result_first
        )
        self._commands: dict[str, Callable[[str], tuple[str, ...]]] = {
            "CMEE": self._set_errors,
            "CGMR": lambda _: ("+CGMR: LE20B04SIM7600M22",),
            "CPIN": self._ask_sim,
            "CSQ": lambda _: ("+CSQ: 27,99" if self._in_service else "+CSQ: 99,99",),
            "CREG": lambda _: self._registration("CREG"),
            "CGREG": lambda _: self._registration("CGREG"),
            "CEREG": lambda _: self._registration("CEREG"),
            "CGDCONT": self._set_access_point,
            "CTZU": self._set_network_time,
            "CCLK": self._clock,
            "CCERTLIST": lambda _: tuple(f'+CCERTLIST: "{name}"' for name in self._files),
            "CCERTDELE": self._delete_file,
            "CCERTDOWN": self._take_file,
            "CSSLCFG": self._set_tls,
        }
        self.power_on()

    def power_on(self) -> None:
        """Everything at its default but the files."""
        self._echo = True
        self._verbose = 0
        self._clock_at = BOOT_TIME
        self._clock_set = time.monotonic()
        self._tls_settings: dict[str, str] = {"authmode": "0", "ignorelocaltime": "1"}
        self._service.power_off()

    def command(self, line: str) -> None:
        """Carry out one line."""
        text = line.strip()
        if self._echo and text:
            self._port.put(line.encode("latin-1") + b"\r")
        if not text:
            return
        match = re.fullmatch(r"AT(?:\+([A-Z0-9]+)(?:=(.*)|\?)?|(E[01]))?", text, re.IGNORECASE)
        if match is None or len(line) > LINE_LIMIT:
            self._port.say("ERROR")
        elif match[1] is None:
            if match[3]:
                self._echo = match[3].upper() == "E1"
            self._port.say("OK")
        else:
            self._dispatch(match[1].upper(), match[2] or "")

    def _dispatch(self, name: str, value: str) -> None:
        if name in self._service.commands:
            self._service.commands[name](value)
        elif name in self._commands:
            self._port.say(*self._answer(name, value))
        else:
            self._port.say("ERROR")

    def _answer(self, name: str, value: str) -> tuple[str, ...]:
        try:
            return (*self._commands[name](value), "OK")
        except _Refused as refused:
            if not self._verbose or not refused.args:
                return ("ERROR",)
            return (f"+CME ERROR: {refused}",)

    def _restart(self) -> None:
        self.power_on()
        self._port.say(*STARTED)

    @property
    def _in_service(self) -> bool:
        return ModemFault.NO_SERVICE not in self._faults.at_connection

    @property
    def _now(self) -> float:
        return self._clock_at + time.monotonic() - self._clock_set

    def _set_errors(self, value: str) -> tuple[str, ...]:
        self._verbose = int(_check("[012]", value)[0])
        return ()

    def _ask_sim(self, _: str) -> tuple[str, ...]:
        return ("+CPIN: SIM PIN" if self._pin else "+CPIN: READY",)

    def _registration(self, word: str) -> tuple[str, ...]:
        return (f"+{word}: 0,{1 if self._in_service else 2}",)

    def _set_access_point(self, value: str) -> tuple[str, ...]:
        _check(r'1,"IP","[^"]{1,100}"', value)
        return ()

    def _set_network_time(self, value: str) -> tuple[str, ...]:
        if _check("[01]", value)[0] == "1" and self._network_ahead is not None:
            self._set_clock(time.time() + self._network_ahead)
        return ()

    def _clock(self, value: str) -> tuple[str, ...]:
        if not value:
            return (f'+CCLK: "{datetime.fromtimestamp(self._now, UTC):%y/%m/%d,%H:%M:%S}+00"',)
        match = _check(r'"(\d\d/\d\d/\d\d,\d\d:\d\d:\d\d)([+-]\d\d)"', value)
        try:
            local = datetime.strptime(match[1], "%y/%m/%d,%H:%M:%S").replace(tzinfo=UTC)
        except ValueError as error:
            raise _Refused("Operation not allowed") from error
        self._set_clock((local - timedelta(minutes=15 * int(match[2]))).timestamp())
        return ()

    def _set_clock(self, unix: float) -> None:
        self._clock_at, self._clock_set = unix, time.monotonic()

    def _delete_file(self, value: str) -> tuple[str, ...]:
        if self._files.pop(value.strip('"'), None) is None:
            raise _Refused
        return ()

    def _take_file(self, value: str) -> tuple[str, ...]:
        match = _check(r'"([0-9A-Za-z_.-]{1,100}\.(?:pem|der))",(\d{1,5})', value)
        if not 1 <= int(match[2]) <= FILE_LIMIT:
            raise _Refused
        self._port.prompt()
        body = self._port.read_data(int(match[2]))
        if body is None:
            raise _Refused
        self._files[match[1]] = body
        return ()

    def _set_tls(self, value: str) -> tuple[str, ...]:
        match = _check(r'"([A-Za-z]+)",0,"?([^"]+)"?', value)
        if match[1] in ("cacert", "clientcert", "clientkey") and match[2] not in self._files:
            raise _Refused
        self._tls_settings[match[1]] = match[2]
        return ()

    def _tls(self) -> TlsContext | None:
        names = [self._tls_settings.get(key, "") for key in ("cacert", "clientcert", "clientkey")]
        bodies = [self._files.get(name) for name in names]
        if bodies[0] is None or bodies[1] is None or bodies[2] is None:
            return None
        return TlsContext(
            ca=bodies[0],
            certificate=bodies[1],
            key=bodies[2],
            verify=self._tls_settings["authmode"] in ("1", "2"),
            now=None if self._tls_settings["ignorelocaltime"] == "1" else self._now,
        )


class _Refused(Exception):
    """A command is answered with an error."""


def _check(pattern: str, value: str) -> re.Match[str]:
    match = re.fullmatch(pattern, value)
    if match is None:
        raise _Refused("Incorrect parameters")
    return match
