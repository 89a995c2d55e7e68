"""`tpsbox run`: one of the box's two processes, or both under supervision."""

from __future__ import annotations

import argparse
import ctypes
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from tpsbox.cli.place import add_data, data_folder, open_box
from tpsbox.errors import AnswerError
from tpsbox.kiosk.lock import kiosk_runs
from tpsbox.service import stop_on_signals

PROCESSES = {"kiosk": "tpsbox.kiosk", "uplink": "tpsbox.uplink"}

LONGEST_PAUSE = 30.0
"""Seconds before a process that keeps ending is started again."""
STEADY = 60.0
"""Seconds after which a process counts as running well, and the pauses start small again."""
GRACE = 15.0
"""Seconds that a process gets to end by itself; a capture may take ten."""


def add(commands: Any) -> None:
    """Add the command `run`."""
    parser = commands.add_parser("run", help="run the box: kiosk, uplink, or both")
    parser.add_argument("process", nargs="?", choices=tuple(PROCESSES), help="default: both")
    add_data(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT."""
    data = data_folder(arguments)
    if arguments.process == "kiosk":  # says on its lights what keeps it from starting
        from tpsbox.kiosk.__main__ import main as kiosk

        return kiosk(["--data", str(data)])
    with open_box(data):
        pass  # says at once, and once, what would make every start fail
    if arguments.process == "uplink":  # it does without the eyes of the kiosk, and is much smaller
        from tpsbox.uplink.__main__ import main as uplink

        return uplink(["--data", str(data)])
    if kiosk_runs(data):
        raise AnswerError(f"{data}: a kiosk runs on this folder already; stop that one")
    stop = threading.Event()
    stop_on_signals(stop)
    supervise([Child(name, module, data) for name, module in PROCESSES.items()], stop)
    return 0


class Child:
    """A process that is started again whenever it ends."""

    def __init__(self, name: str, module: str, data: Path) -> None:
        self.name = name
        self._command = [sys.executable, "-m", module, "--data", str(data)]
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._pause = 1.0
        self._due = 0.0

    def look(self, now: float) -> None:
        """Start it if it does not run and its pause is over; `now` in monotonic seconds."""
        if self._process is not None:
            if (code := self._process.poll()) is None:
                return
            self._process = None
            lasted = now - self._started
            self._pause = 1.0 if lasted >= STEADY else min(LONGEST_PAUSE, self._pause * 2)
            self._due = now + self._pause
            text = f"tpsbox: {self.name} ended with {code}; started again in {self._pause:g} s"
            print(text, file=sys.stderr, flush=True)
        if now >= self._due:
            self._started = now
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, preexec_fn=_end_with_parent
            )

    def stop(self) -> None:
        """Ask it to end."""
        if self._process is not None:
            self._process.terminate()

    def wait(self) -> None:
        """Wait until it has ended, and end it if it does not."""
        if self._process is not None:
            try:
                self._process.wait(GRACE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def _end_with_parent() -> None:
    """In the child: a supervisor that is killed outright must not leave its processes behind."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def supervise(children: list[Child], stop: threading.Event) -> None:
    """Keep all of them running until `stop` is set, then end them."""
    try:
        while not stop.is_set():
            for child in children:
                child.look(time.monotonic())
            stop.wait(0.2)
    finally:
        for child in children:
            child.stop()
        for child in children:
            child.wait()
