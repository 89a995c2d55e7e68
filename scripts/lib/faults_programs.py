"""The real programs of a fault loop: broker, centre and uplinks, each started and killed by id."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

LIB = Path(__file__).resolve().parent
PATIENCE = 60.0
"""Seconds after which a program that should be up has failed."""

LAST_LINES = 3
"""Of the log of a program that ended by itself; the log goes with the folder of the run."""


class BenchError(Exception):
    """The bench itself cannot go on: one line for the person who ran it."""


class Program:
    """A command that can be started again and again; its words go to `log`."""

    def __init__(self, command: Sequence[object], log: Path) -> None:
        self.command = [str(part) for part in command]
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, whether or not it is ready."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self.command, stdout=log, stderr=log)

    @property
    def running(self) -> bool:
        """Whether it lives."""
        return self._process is not None and self._process.poll() is None

    def cpu_seconds(self) -> float:
        """Time of the processor that it has used so far, without that of living children."""
        return process_seconds(self._process.pid) if self._process is not None else 0.0

    @property
    def killed(self) -> bool:
        """Whether it has ended by SIGKILL."""
        return self._process is not None and self._process.poll() == -signal.SIGKILL

    def kill(self) -> None:
        """End it with SIGKILL, as a power cut would; nothing if it has ended."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE)

    def stop(self) -> None:
        """End it in good order."""
        if self._process is not None and self.running:
            self._process.terminate()
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.kill()

    def end(self) -> str:
        """How it ended: its exit code (minus the signal) and the last lines of its log."""
        code = self._process.poll() if self._process is not None else None
        words = self.log.read_text(errors="replace").strip().splitlines()[-LAST_LINES:]
        return f"code {code}: {' | '.join(words) or 'no word'}"

    def check(self) -> None:
        """Raise BenchError if it has ended by itself."""
        if not self.running:
            raise BenchError(f"{self.command[0]} ended by itself, {self.end()}")


def process_seconds(pid: int) -> float:
    """Time of the processor that a process and its ended children have used; 0 if it is gone."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, told[11:15])) / os.sysconf("SC_CLK_TCK")


def broker_program(centre: Path, log: Path, within: Sequence[str] = ()) -> Program:
    """The real broker with the files that the centre made; `within` is put before the command."""
    found = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if found is None:
        raise BenchError("mosquitto is missing: sudo apt-get install mosquitto")
    return Program([*within, found, "-c", centre / "broker" / "mosquitto.conf"], log)


def ingest_program(centre: Path, log: Path, within: Sequence[str] = ()) -> Program:
    """The centre's own `tpscentral ingest`."""
    tpscentral = Path(sys.executable).parent / "tpscentral"
    return Program([*within, tpscentral, "ingest", "--data", centre], log)


def uplinks_program(boxes: Sequence[Path], log: Path, within: Sequence[str] = ()) -> Program:
    """The uplinks of several boxes in one process."""
    return Program([*within, sys.executable, LIB / "faults_uplinks.py", *boxes], log)


def wait_for(what: str, ready: Callable[[], bool]) -> None:
    """Ask again and again until it is so.

    Raises:
        BenchError: it took too long.
    """
    end = time.monotonic() + PATIENCE
    while not ready():
        if time.monotonic() > end:
            raise BenchError(f"waited {PATIENCE:.0f} s for {what} in vain")
        time.sleep(0.05)


def listens(host: str, port: int) -> bool:
    """Whether something answers there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0
