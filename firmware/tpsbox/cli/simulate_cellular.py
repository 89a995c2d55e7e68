"""`tpsbox simulate sim7600`: the cellular modem with its own MQTT, at a real broker."""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path
from typing import Any

from tpsbox.errors import UsageError
from tpsbox.simulator.modems.modem import run_modem
from tpsbox.simulator.modems.pty_port import Pace
from tpsbox.simulator.modems.sim7600 import BAUD, SimulatedSim7600
from tpsbox.simulator.modems.sim7600_faults import ModemFault, ModemFaults
from tpsbox.simulator.modems.sim7600_port import AtPtyPort

FASTEST = 1000.0


def add_sim7600(parts: Any, name: str) -> None:
    """Add the part for this modem to `tpsbox simulate`."""
    parser = parts.add_parser(
        name,
        help=f"the cellular modem {name} on a serial port of its own",
        description="Prints the port to write into sim7600.toml, and runs until Ctrl-C. It reaches"
        f" brokers over this computer's network. Faults: {', '.join(ModemFault)}.",
    )
    parser.add_argument("--link", type=Path, metavar="PATH", help="a stable name for the port")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="N:KIND",
        help="at the Nth publish (or connection), such as 3:busy or 1-2:no-service; repeatable",
    )
    parser.add_argument(
        "--network-ahead",
        type=float,
        metavar="S",
        help="the network tells a time that is S seconds ahead (default: it tells none)",
    )
    parser.add_argument("--pin", action="store_true", help="a SIM that asks for its PIN")
    parser.add_argument(
        "--result-first", action="store_true", help="the result before OK, as some firmwares do"
    )
    parser.add_argument("--speed", type=float, default=1.0, metavar="X", help="X times as fast")
    parser.set_defaults(run=lambda arguments: _run(name, arguments))


def _run(name: str, arguments: argparse.Namespace) -> int:
    if not 0.01 <= arguments.speed <= FASTEST:
        raise UsageError(f"--speed {arguments.speed:g}: must lie between 0.01 and {FASTEST:g}")
    stop = threading.Event()
    pace = Pace(arguments.speed, stop)
    port = AtPtyPort(BAUD, pace, arguments.link)
    modem = SimulatedSim7600(
        port,
        pace,
        ModemFaults(arguments.fault),
        network_ahead=arguments.network_ahead,
        pin=arguments.pin,
        result_first=arguments.result_first,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    shown = arguments.link or ""
    try:
        run_modem(modem, port, pace, lambda path: print(f"{name}: {shown or path}", flush=True))
    finally:
        modem.power_on()  # its connection to the broker ends as in a power cut
    return 0
