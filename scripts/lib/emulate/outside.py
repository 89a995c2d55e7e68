"""Everything outside of the box: the centre with its broker, and a radio with its network."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from faults_centre import Held
from ports import free_port
from tpsbox.errors import EnvironmentFault

from emulate.host import PATH, ROOT, do

BIN = ROOT / ".venv" / "bin"
HOST = "localhost"
"""The broker's name, in its certificate too; guests find this machine under it."""
APP_KEY = "8d1f0a6cb35e4790a2c4d6e8f0123456"
PATIENCE = 60.0


class Program:
    """A program of this machine that can be ended and started again."""

    def __init__(self, name: str, command: list[object], folder: Path) -> None:
        self._command = [str(word) for word in command]
        self._log = folder / f"{name}.log"
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, unless it runs."""
        if self._child is None or self._child.poll() is not None:
            with self._log.open("ab") as log:
                self._child = subprocess.Popen(
                    self._command, stdout=log, stderr=log, env={**os.environ, "PATH": PATH}
                )

    def stop(self) -> None:
        """End it in good order."""
        if self._child is None:
            return
        self._child.send_signal(signal.SIGTERM)
        try:
            self._child.wait(15)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child = None


class Outside:
    """A centre of one election, all of it in `folder`; nothing runs until it is asked to."""

    def __init__(self, folder: Path, election: str) -> None:
        self.port, lora_port = free_port(), free_port()
        self._centre = folder / "centre"
        self.modem_port = folder / "modem"
        self._folder = folder
        tpscentral, centre = BIN / "tpscentral", ("--data", self._centre)
        broker = ("--host", HOST, "--port", self.port)
        do([tpscentral, "init", *centre, *broker, "--election", election])
        lora_conf = folder / "lora.conf"
        lora_conf.write_text(f"listener {lora_port} 127.0.0.1\nallow_anonymous true\n")
        lora = f"127.0.0.1:{lora_port}"
        modem = ("--link", self.modem_port, "--broker", lora, "--app-key", APP_KEY)
        conf = self._centre / "broker" / "mosquitto.conf"
        self.broker = self._program("broker", ["mosquitto", "-c", conf])
        self.ingest = self._program("ingest", [tpscentral, "ingest", *centre])
        self.radio = [
            self._program("lora-broker", ["mosquitto", "-c", lora_conf]),
            self._program("lora-centre", [tpscentral, "lorawan", *centre, "--broker", lora]),
            self._program("modem", [BIN / "tpsbox", "simulate", "lora-e5", *modem]),
        ]

    def start(self) -> None:
        """The centre takes what boxes send by MQTT."""
        self.broker.start()
        self.ingest.start()

    def stop(self) -> None:
        """The centre and its broker are away; a radio stays."""
        self.ingest.stop()
        self.broker.stop()

    def start_radio(self) -> None:
        """A LoRaWAN network, the centre's part of it, and a modem at `modem_port`."""
        for program in self.radio:
            program.start()
        end = time.monotonic() + PATIENCE
        while not self.modem_port.exists():
            if time.monotonic() > end:
                raise EnvironmentFault(f"no modem came up: see {self._folder}/modem.log")
            time.sleep(0.1)

    def close(self) -> None:
        """End everything."""
        for program in (*reversed(self.radio), self.ingest, self.broker):
            program.stop()

    def enrol(self, request: bytes) -> bytes:
        """The centre's answer to a box's request; the newest box of its TPS counts."""
        asked, answer = self._folder / "request.json", self._folder / "enrolment.json"
        asked.write_bytes(request)
        words = ("--data", self._centre, asked, "--out", answer, "--replace")
        do([BIN / "tpscentral", "enrol", *words])
        return answer.read_bytes()

    def held(self) -> Held:
        """What the centre has committed."""
        return Held(self._centre)

    def _program(self, name: str, command: list[object]) -> Program:
        return Program(name, command, self._folder)


def end_on_signals() -> None:
    """SIGTERM ends this program as Ctrl-C does, with everything it started."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
