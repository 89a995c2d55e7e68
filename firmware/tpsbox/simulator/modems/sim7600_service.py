"""The MQTT commands of the simulated SIM7600, as in chapter 16 of its AT Command Manual V3.00.

Final lines come in either order, as they do with real firmwares: `OK` before the result, or after.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

from tpsbox.simulator.modems.pty_port import Pace
from tpsbox.simulator.modems.sim7600_broker import BrokerSide, TlsContext
from tpsbox.simulator.modems.sim7600_faults import ModemFault, ModemFaults
from tpsbox.simulator.modems.sim7600_port import AtPtyPort

BLOCK = 1500
"""Bytes of a payload in one block."""
TOPIC_LIMIT = 1024
PAYLOAD_LIMIT = 10_240
FAILED, NO_UTF8, RECEIVE, NOT_CONNECTED, PARAMETER, BUSY = 1, 2, 6, 11, 12, 14
TIMEOUT, NO_TOPIC, CLIENT_USED, NOT_ACQUIRED, NOT_STOPPED, LENGTH, OPENED = (
    17,
    18,
    19,
    20,
    21,
    22,
    23,
)
CLOSED, NO_TLS = 26, 34
NETWORK_SECONDS = 0.3
"""What a step over the mobile network takes at least."""
CHATTER = ('+CMTI: "SM",3', "+CGEV: NW MODIFY 1,0", "+CREG: 1")


class MqttService:
    """Client 0. `tls` gives what CSSLCFG has set up, None if a file is missing."""

    def __init__(
        self,
        port: AtPtyPort,
        pace: Pace,
        faults: ModemFaults,
        tls: Callable[[], TlsContext | None],
        reset: Callable[[], None],
        *,
        result_first: bool = False,
    ) -> None:
        self._port = port
        self._pace = pace
        self._faults = faults
        self._tls = tls
        self._reset = reset
        self._result_first = result_first
        self._broker = BrokerSide(self._arrived, self._lost)
        self._busy = False
        self._last: tuple[bytes, bytes] | None = None
        self._started = False
        self._forget()
        self.commands: dict[str, Callable[[str], None]] = {
            "CMQTTSTART": self._start,
            "CMQTTSTOP": self._stop,
            "CMQTTACCQ": self._acquire,
            "CMQTTREL": self._release,
            "CMQTTCFG": self._configure,
            "CMQTTSSLCFG": self._secure,
            "CMQTTCONNECT": self._connect,
            "CMQTTDISC": self._disconnect,
            "CMQTTSUB": self._subscribe,
            "CMQTTTOPIC": self._set_topic,
            "CMQTTPAYLOAD": self._set_payload,
            "CMQTTPUB": self._publish,
        }

    def power_off(self) -> None:
        """Everything is gone, and the broker hears no goodbye."""
        self._broker.cut()
        self._started = False
        self._forget()

    def _forget(self) -> None:
        self._client = ""
        self._secured = False
        self._check_utf8 = True
        self._topic = ""
        self._payload: bytes | None = None

    def _say_result(self, word: str, code: int, index: str = "0,") -> None:
        """A command that is refused or done at once: both final lines."""
        lines = ["ERROR" if code else "OK", f"+{word}: {index}{code}"]
        self._port.say(*(reversed(lines) if self._result_first else lines))

    def _run(self, word: str, work: Callable[[], int | None], index: str = "0,") -> None:
        """A command that takes time; without a code it never ends."""
        if self._busy:
            self._say_result(word, BUSY, index)
            return
        self._busy = True
        if not self._result_first:
            self._port.say("OK")

        def end() -> None:
            self._pace.sleep(NETWORK_SECONDS)
            try:
                code = work()
            finally:
                self._busy = False
            if code is None:
                return
            self._port.say(f"+{word}: {index}{code}")
            if self._result_first:
                self._port.say("ERROR" if code else "OK")

        threading.Thread(target=end, daemon=True).start()

    def _start(self, _: str) -> None:
        if self._started:
            self._say_result("CMQTTSTART", OPENED, "")
            return
        self._run("CMQTTSTART", lambda: self._switch(True), "")

    def _stop(self, _: str) -> None:
        if not self._started or self._client:
            self._say_result("CMQTTSTOP", NOT_STOPPED, "")
            return
        self._run("CMQTTSTOP", lambda: self._switch(False), "")

    def _switch(self, started: bool) -> int:
        self._started = started
        return 0

    def _acquire(self, value: str) -> None:
        match = re.fullmatch(r'0,"([^"]{1,128})"(?:,([01]))?', value)
        if match is None or not self._started:
            self._say_result("CMQTTACCQ", PARAMETER if self._started else FAILED)
        elif self._client:
            self._say_result("CMQTTACCQ", CLIENT_USED)
        else:
            self._client = match[1]
            self._port.say("OK")

    def _release(self, _: str) -> None:
        if not self._client or self._broker.connected:
            self._say_result("CMQTTREL", CLIENT_USED if self._client else NOT_ACQUIRED)
        else:
            self._forget()
            self._port.say("OK")

    def _configure(self, value: str) -> None:
        match = re.fullmatch(r'"checkUTF8",0,([01])', value)
        if match is None or not self._client:
            self._port.say("ERROR")
        else:
            self._check_utf8 = match[1] == "1"
            self._port.say("OK")

    def _secure(self, value: str) -> None:
        self._secured = value == "0,0" and bool(self._client)
        self._port.say("OK" if self._secured else "ERROR")

    def _connect(self, value: str) -> None:
        match = re.fullmatch(r'0,"tcp://([0-9A-Za-z.-]+):(\d{1,5})",(\d{1,5}),([01])', value)
        if match is None or not self._client:
            self._say_result("CMQTTCONNECT", PARAMETER if self._client else NOT_ACQUIRED)
            return
        kinds = self._faults.at_connection
        self._faults.connected()
        host, port, keepalive, clean = match[1], int(match[2]), int(match[3]), match[4] == "1"

        def work() -> int:
            if ModemFault.REFUSED in kinds:
                return CLOSED
            tls = self._tls() if self._secured else None
            if tls is None:
                return NO_TLS
            code = self._broker.connect(host, port, self._client, keepalive, clean, tls)
            self._secured = self._secured and not code
            return code

        self._run("CMQTTCONNECT", work)

    def _disconnect(self, _: str) -> None:
        if not self._broker.connected:
            self._say_result("CMQTTDISC", NOT_CONNECTED)
            return

        def work() -> int:
            self._broker.disconnect()
            self._secured = False
            return 0

        self._run("CMQTTDISC", work)

    def _subscribe(self, value: str) -> None:
        match = re.fullmatch(r"0,(\d{1,4}),([012])", value)
        topic = self._enter("CMQTTSUB", match and match[1], TOPIC_LIMIT)
        if topic is not None and match is not None:
            self._run("CMQTTSUB", lambda: self._broker.subscribe(topic.decode(), int(match[2])))

    def _set_topic(self, value: str) -> None:
        match = re.fullmatch(r"0,(\d{1,4})", value)
        topic = self._enter("CMQTTTOPIC", match and match[1], TOPIC_LIMIT)
        if topic is not None:
            self._topic = topic.decode("utf-8", "replace")
            self._port.say("OK")

    def _set_payload(self, value: str) -> None:
        match = re.fullmatch(r"0,(\d{1,6})", value)
        payload = self._enter("CMQTTPAYLOAD", match and match[1], PAYLOAD_LIMIT)
        if payload is None:
            return
        if self._check_utf8 and not _is_text(payload):
            self._say_result("CMQTTPAYLOAD", NO_UTF8)
            return
        self._payload = payload
        self._port.say("OK")

    def _enter(self, word: str, digits: str | None, limit: int) -> bytes | None:
        """The raw data of a command, None if it was refused."""
        code = 0
        if digits is None:
            code = PARAMETER
        elif not 1 <= int(digits) <= limit:
            code = LENGTH
        elif not self._broker.connected:
            code = NOT_CONNECTED
        elif self._busy:
            code = BUSY
        if code or digits is None:
            self._say_result(word, code)
            return None
        self._port.prompt()
        data = self._port.read_data(int(digits))
        if data is None:
            self._say_result(word, TIMEOUT)
        return data

    def _publish(self, value: str) -> None:
        topic, payload, self._topic, self._payload = self._topic, self._payload, "", None
        match = re.fullmatch(r"0,([012]),(\d{1,3})", value)
        if match is None or not 60 <= int(match[2]) <= 180:
            self._say_result("CMQTTPUB", PARAMETER)
            return
        kinds = self._faults.at_publish()
        self._port.noisy = ModemFault.GARBAGE in kinds
        self._port.split = ModemFault.SPLIT_LINES in kinds
        if ModemFault.BUSY in kinds or not topic or payload is None:
            self._say_result("CMQTTPUB", BUSY if topic else NO_TOPIC)
            return
        seconds = float(match[2])
        qos = int(match[1])
        self._run("CMQTTPUB", lambda: self._deliver(topic, payload, qos, seconds, kinds))

    def _deliver(
        self, topic: str, payload: bytes, qos: int, seconds: float, kinds: frozenset[ModemFault]
    ) -> int | None:
        if ModemFault.CHATTER in kinds:
            self._port.say(*CHATTER)
        if ModemFault.AGAIN in kinds and self._last is not None:
            self._arrived(*self._last)
        if kinds & {ModemFault.UNPLUGGED, ModemFault.RESET, ModemFault.NETWORK_LOST}:
            self._strike(kinds)
            return None
        if ModemFault.NOT_PUBLISHED in kinds:
            return FAILED
        if ModemFault.LINK_LOST in kinds:
            self._broker.cut()
            self._port.say(f"+CMQTTPUB: 0,{RECEIVE}", "+CMQTTCONNLOST: 0,1")
            return None
        code = self._broker.publish(topic, payload, qos, seconds)
        return TIMEOUT if ModemFault.ACK_LOST in kinds else code

    def _strike(self, kinds: frozenset[ModemFault]) -> None:
        """What leaves the command without an end."""
        if ModemFault.UNPLUGGED in kinds:
            self._port.unplug()
            return
        self._port.say("+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY", "+CMQTTCONNLOST: 0,3")
        self._port.say("+CMQTTNONET")
        if ModemFault.RESET in kinds:
            self._reset()
        else:
            self.power_off()

    def _lost(self) -> None:
        self._port.say("+CMQTTCONNLOST: 0,1")

    def _arrived(self, topic: bytes, payload: bytes) -> None:
        self._last = topic, payload
        parts = [
            b"\r\n+CMQTTRXSTART: 0,%d,%d\r\n" % (len(topic), len(payload)),
            b"+CMQTTRXTOPIC: 0,%d\r\n%b\r\n" % (len(topic), topic),
        ]
        for start in range(0, len(payload), BLOCK):
            block = payload[start : start + BLOCK]
            parts.append(b"+CMQTTRXPAYLOAD: 0,%d\r\n%b\r\n" % (len(block), block))
        parts.append(b"+CMQTTRXEND: 0\r\n")
        self._port.put(b"".join(parts))


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
