"""Two network namespaces, one for a box and one for a centre, with a bad line between them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from faults_line import Quality
from faults_programs import LIB, Program
from faults_relay import DEVICE

CENTRE_ADDRESS, BOX_ADDRESS = "10.213.0.1", "10.213.0.2"
BAD = (
    f"{Quality().loss:.0%} loss, {1000 * Quality().delay:.0f} ms, "
    f"{Quality().rate:.0f} bit/s each way"
)


class LeftOutError(Exception):
    """A loop cannot be run on this machine: one line why."""


class Namespaces:
    """Made and removed with the context; needs root and /dev/net/tun."""

    def __init__(self, log: Path, seed: int) -> None:
        self._box, self._centre = (f"tpsbench-{os.getpid()}-{end}" for end in ("box", "centre"))
        command = [sys.executable, LIB / "faults_relay.py", self._box, self._centre, seed]
        self.relay = Program(command, log)

    @property
    def at_box(self) -> tuple[str, ...]:
        """What to put before a command that is to run at the box."""
        return ("ip", "netns", "exec", self._box)

    @property
    def at_centre(self) -> tuple[str, ...]:
        """What to put before a command that is to run at the centre."""
        return ("ip", "netns", "exec", self._centre)

    def counts(self) -> str:
        """End the relay; what became of the packets."""
        self.relay.stop()
        return self.relay.log.read_text(encoding="utf-8").strip()

    def __enter__(self) -> Namespaces:
        if os.geteuid() != 0 or not Path("/dev/net/tun").exists():
            raise LeftOutError("network: left out: needs root, ip and /dev/net/tun")
        self.relay.log.parent.mkdir(parents=True, exist_ok=True)
        try:
            for space, address in ((self._box, BOX_ADDRESS), (self._centre, CENTRE_ADDRESS)):
                _ip("netns", "add", space)
                _ip("-n", space, "link", "set", "lo", "up")
                _ip("-n", space, "tuntap", "add", "dev", DEVICE, "mode", "tun")
                _ip("-n", space, "address", "add", f"{address}/30", "dev", DEVICE)
                _ip("-n", space, "link", "set", DEVICE, "up")
        except BaseException:
            self.__exit__()
            raise
        self.relay.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.relay.stop()
        for space in (self._box, self._centre):
            subprocess.run(["ip", "netns", "delete", space], capture_output=True, check=False)


def _ip(*words: str) -> None:
    try:
        done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise LeftOutError("network: left out: ip (iproute2) is missing") from error
    if done.returncode != 0:
        raise LeftOutError(f"network: left out: ip {' '.join(words)}: {done.stderr.strip()}")
