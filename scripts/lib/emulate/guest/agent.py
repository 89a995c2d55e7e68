"""Hand and eye in the guest: presses buttons, watches lights, runs commands for the host.

One JSON object a line comes and goes over a virtio serial port. Requests have an `id` and one of
the names in DOES; answers have the same `id`. Nothing here belongs to the product.
"""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

PORT = "/dev/virtio-ports/emulate"
PINS = Path("/run/emulated-pins")
FOLLOW = "journalctl -u tpsbox-kiosk -o cat -n 0 -f"
PYTHON = "/usr/lib/tpsbox/venv/bin/python"
LOOK = 0.02
"""Seconds between two looks at the lights."""


class Eye(threading.Thread):
    """Remembers the last changes of every light: seconds of the guest's monotonic clock, level."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.edges: dict[int, deque[tuple[float, int]]] = {}
        self._lines: dict[int, int] = {}

    def watch(self, pins: list[int]) -> None:
        """Also watch these lines from now on."""
        for pin in pins:
            if pin not in self._lines:
                self.edges[pin] = deque(maxlen=200)
                self._lines[pin] = os.open(PINS / f"sim_gpio{pin}" / "value", os.O_RDONLY)

    def run(self) -> None:
        """Look again and again."""
        while True:
            for pin, line in list(self._lines.items()):
                level = int(os.pread(line, 1, 0))
                edges = self.edges[pin]
                if not edges or edges[-1][1] != level:
                    edges.append((time.monotonic(), level))
            time.sleep(LOOK)


class Ear(threading.Thread):
    """Remembers what the kiosk logs."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.lines: list[str] = []

    def run(self) -> None:
        """Follow it for ever."""
        with subprocess.Popen(FOLLOW.split(), stdout=subprocess.PIPE, text=True) as journal:
            for line in journal.stdout or ():
                self.lines.append(line.rstrip("\n"))


EYE, EAR = Eye(), Ear()


def log(since: int) -> dict[str, Any]:
    """Lines that the kiosk has logged since that number of them."""
    return {"lines": EAR.lines[since:]}


def rows(database: str, query: str) -> dict[str, Any]:
    """What a database answers, read beside the programs that write it."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return {"rows": connection.execute(query).fetchall()}
    finally:
        connection.close()


def lights(pins: list[int]) -> dict[str, Any]:
    """What was seen of these lines, and the time now."""
    EYE.watch(pins)
    return {"now": time.monotonic(), "edges": {pin: list(EYE.edges[pin]) for pin in pins}}


def pull(pin: int, seconds: float) -> dict[str, Any]:
    """Press the button on that line for so long; below 0 it stays pressed, at 0 it is let go."""
    pulled = PINS / f"sim_gpio{pin}" / "pull"
    if seconds:
        pulled.write_text("pull-down")
    if seconds > 0:
        time.sleep(seconds)
    if seconds >= 0:
        pulled.write_text("pull-up")
    return {}


def run(command: list[str], timeout: float, text: str = "") -> dict[str, Any]:
    """Run a command to its end; 124 if it does not come in time."""
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        return {"code": 124, "out": "", "err": f"not done in {timeout} s"}
    return {"code": done.returncode, "out": done.stdout, "err": done.stderr}


class Commands:
    """The product's commands, by a helper that has them loaded (commands.py)."""

    def __init__(self) -> None:
        self._helper: subprocess.Popen[str] | None = None

    def __call__(self, words: list[str]) -> dict[str, Any]:
        """What `tpsbox WORDS` printed, and its exit code."""
        if self._helper is None or self._helper.poll() is not None:
            self._helper = subprocess.Popen(
                ["/usr/sbin/runuser", "-u", "tpsbox", "--", PYTHON, "/usr/local/sbin/commands.py"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd="/",
                env={"TPSBOX_DATA": "/var/lib/tpsbox", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin"},
            )
        assert self._helper.stdin and self._helper.stdout
        self._helper.stdin.write(json.dumps(words) + "\n")
        self._helper.stdin.flush()
        found: dict[str, Any] = json.loads(self._helper.stdout.readline())
        return found


def put(path: str, data: str) -> dict[str, Any]:
    """Write a file whole, and give it its name at once; its time in nanoseconds."""
    target = Path(path)
    aside = target.parent.parent / f".{target.name}"
    aside.write_bytes(base64.b64decode(data))
    aside.chmod(0o644)
    aside.replace(target)
    return {"at": target.stat().st_mtime_ns}


def get(path: str) -> dict[str, Any]:
    """A file."""
    return {"data": base64.b64encode(Path(path).read_bytes()).decode()}


DOES: dict[str, Callable[..., dict[str, Any]]] = {
    "lights": lights,
    "pull": pull,
    "log": log,
    "rows": rows,
    "run": run,
    "tpsbox": Commands(),
    "put": put,
    "get": get,
}


def answer(line: bytes) -> bytes:
    """What a request asks for, done; an `error` if it cannot be."""
    request = json.loads(line)
    try:
        found = DOES[request.pop("do")](**request["with"])
    except Exception as error:  # the host shall hear of it, whatever it is
        found = {"error": f"{type(error).__name__}: {error}"}
    return json.dumps({"id": request["id"], **found}).encode() + b"\n"


def main() -> None:
    """Serve for ever."""
    os.sched_setscheduler(
        0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(1)
    )  # the eye must not blink
    EYE.start()
    EAR.start()
    port = os.open(PORT, os.O_RDWR)
    got = b""
    while True:
        data = os.read(port, 1 << 20)
        if not data:
            time.sleep(0.1)  # nobody is at the other end
        got += data
        *lines, got = got.split(b"\n")
        for line in lines:
            reply = answer(line)
            while reply:
                reply = reply[os.write(port, reply) :]


if __name__ == "__main__":
    main()
