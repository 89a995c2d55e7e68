"""A person at a terminal: types commands to a simulated modem and reads what it says."""

from __future__ import annotations

import threading
import time

import serial
from tpsbox.simulator.modems.faults import FaultScript, parse_fault
from tpsbox.simulator.modems.lora_e5 import SimulatedLoraE5
from tpsbox.simulator.modems.modem import run_modem
from tpsbox.simulator.modems.network import Network, Queued, Uplink
from tpsbox.simulator.modems.pty_port import Pace, PtyPort
from tpsbox.simulator.modems.radio import Radio
from tpsbox.simulator.modems.rak3172 import SimulatedRak3172

DEV_EUI = "2cf7f12012233445"
PATIENCE = 30.0
MODEMS = {"lora-e5": (9600, SimulatedLoraE5), "rak3172": (115200, SimulatedRak3172)}


class MemorySink:
    """Frames in a list, downlinks from a list."""

    def __init__(self) -> None:
        self.frames: list[Uplink] = []
        self.waiting: list[Queued] = []

    def joined(self, dev_eui: str) -> None: ...

    def transmitted(self, dev_eui: str) -> None: ...

    def close(self) -> None: ...

    def uplink(self, uplink: Uplink) -> None:
        self.frames.append(uplink)

    def downlinks(self) -> list[Queued]:
        waiting, self.waiting = self.waiting, []
        return waiting


class Terminal:
    """A modem that runs, and the other end of its wire."""

    def __init__(self, name: str, *faults: str, speed: float = 100.0, link=None, **radio) -> None:
        baud, make = MODEMS[name]
        self.sink = MemorySink()
        self.stop = threading.Event()
        self.pace = Pace(speed, self.stop)
        script = FaultScript(parse_fault(fault) for fault in faults)
        self.radio = Radio(Network(self.sink, DEV_EUI), script, self.pace, **radio)
        self.pty = PtyPort(baud, self.pace, link)
        self.opened: list[str] = []
        modem = make(self.pty, self.radio, DEV_EUI)
        self._thread = threading.Thread(
            target=run_modem, args=(modem, self.pty, self.pace, self.opened.append)
        )

    def __enter__(self) -> Terminal:
        self._thread.start()
        self.await_port(1)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._thread.join(PATIENCE)
        self.wire.close()
        assert not self._thread.is_alive()

    def await_port(self, count: int) -> None:
        """Wait until the port was made that many times, and open it."""
        deadline = time.monotonic() + PATIENCE
        while len(self.opened) < count:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        self.wire = serial.Serial(self.opened[-1], timeout=PATIENCE)

    def type(self, text: str, end: str = "\r\n") -> None:
        self.wire.write((text + end).encode("latin-1"))

    def line(self) -> str:
        raw = self.wire.readline()
        assert raw.endswith(b"\r\n"), raw
        return raw[:-2].decode("latin-1")

    def lines_until(self, last: str) -> list[str]:
        lines = [self.line()]
        while lines[-1] != last:
            lines.append(self.line())
        return lines

    def ask(self, text: str) -> str:
        self.type(text)
        return self.line()
