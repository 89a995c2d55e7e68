"""Runs a simulated modem on a pseudo-terminal until it is stopped, through pulled cables."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from tpsbox.simulator.modems.faults import FaultKind
from tpsbox.simulator.modems.pty_port import Pace, PtyPort, Unplugged

REPLUG = 10.0
"""Seconds until a pulled cable is put back."""


class SimulatedModem(Protocol):
    """What understands commands and answers on its port."""

    def power_on(self) -> None:
        """Forget what a modem without power forgets."""

    def command(self, line: str) -> None:
        """Carry out one line; what takes time goes on beside, and answers later."""


def run_modem(
    modem: SimulatedModem, port: PtyPort, pace: Pace, opened: Callable[[str], None]
) -> None:
    """Serve until the pace's `stop` is set; `opened` is told the path of the port, each time anew.

    Raises:
        EnvironmentFault: the port cannot be made.
    """
    while not pace.stop.is_set():
        modem.power_on()
        port.open()
        opened(port.path)
        try:
            while not pace.stop.is_set():
                line = port.read_line()
                if line is not None:
                    modem.command(line)
        except Unplugged:
            pace.sleep(REPLUG)
        finally:
            port.unplug()


class Transaction:
    """The one thing at a time that a modem's radio does, beside its answering of commands."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._over = False

    @property
    def busy(self) -> bool:
        """Whether one is under way."""
        return self._thread is not None and self._thread.is_alive() and not self._over

    def start(self, work: Callable[[], None]) -> None:
        """Begin one; the modem must not be busy."""
        self._over = False
        self._thread = threading.Thread(target=work, daemon=True)
        self._thread.start()

    def over(self) -> None:
        """To be called by the work before its last line, for that line allows the next one."""
        self._over = True


def strike(port: PtyPort, kinds: frozenset[FaultKind], reset: Callable[[], None]) -> bool:
    """Let a fault that ends a transaction happen; whether one did."""
    if FaultKind.UNPLUGGED in kinds:
        port.unplug()
        return True
    if FaultKind.RESET in kinds:
        reset()
        return True
    return False


def disturb(port: PtyPort, kinds: frozenset[FaultKind]) -> None:
    """Let noise and broken lines begin with a frame, and end with the next one that has none."""
    port.noisy = FaultKind.GARBAGE in kinds
    port.split = FaultKind.SPLIT_LINES in kinds
