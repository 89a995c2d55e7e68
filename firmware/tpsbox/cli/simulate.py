"""`tpsbox simulate`: modems that exist only as a serial port, to try and to train with."""

from __future__ import annotations

import argparse
import re
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tpsbox.cli.simulate_cellular import add_sim7600
from tpsbox.errors import UsageError
from tpsbox.simulator.modems import lora_e5, rak3172
from tpsbox.simulator.modems.chirpstack import APPLICATION, ChirpStackSink
from tpsbox.simulator.modems.faults import FaultKind, FaultScript, parse_fault
from tpsbox.simulator.modems.modem import SimulatedModem, run_modem
from tpsbox.simulator.modems.network import FolderSink, Network, Sink
from tpsbox.simulator.modems.pty_port import Pace, PtyPort
from tpsbox.simulator.modems.radio import Radio

FOLDER = Path("lorawan-frames")
DEV_EUI = "2cf7f12012233445"
FASTEST = 1000.0

Make = Callable[[PtyPort, Radio, str], SimulatedModem]

LORA_MODEMS: dict[str, tuple[int, Make]] = {
    "lora-e5": (lora_e5.BAUD, lora_e5.SimulatedLoraE5),
    "rak3172": (rak3172.BAUD, rak3172.SimulatedRak3172),
}
"""Baud rate and maker of each LoRaWAN modem."""


def add(commands: Any) -> None:
    """Add the command `simulate` with one part a modem."""
    parser = commands.add_parser("simulate", help="a modem without hardware, to try and train with")
    parts = parser.add_subparsers(required=True, metavar="MODEM")
    for name, adds in SIMULATORS.items():
        adds(parts, name)


def _add_lora(parts: Any, name: str) -> None:
    parser = parts.add_parser(
        name,
        help=f"the LoRaWAN modem {name} on a serial port of its own",
        description="Prints the port to write into lorawan.toml, and runs until Ctrl-C. "
        f"Faults: {', '.join(FaultKind)}.",
    )
    parser.add_argument("--link", type=Path, metavar="PATH", help="a stable name for the port")
    parser.add_argument(
        "--broker", metavar="HOST:PORT", help="publish frames there as ChirpStack v4 does"
    )
    parser.add_argument("--application", default=APPLICATION, metavar="ID", help="ChirpStack's id")
    parser.add_argument(
        "--folder",
        type=Path,
        default=FOLDER,
        metavar="DIR",
        help=f"without --broker: up.jsonl and down.jsonl there (default: ./{FOLDER})",
    )
    parser.add_argument("--dev-eui", default=DEV_EUI, metavar="HEX", help=f"default: {DEV_EUI}")
    parser.add_argument("--app-key", default="", metavar="HEX", help="join only with this key")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="N:KIND",
        help="at the Nth frame (or join), such as 3:ack-lost or 1-2:join-fails; repeatable",
    )
    parser.add_argument("--rx1-delay", type=float, default=1.0, metavar="S", help="default: 1")
    parser.add_argument(
        "--no-dwell", action="store_true", help="a network without the 400 ms limit"
    )
    parser.add_argument("--speed", type=float, default=1.0, metavar="X", help="X times as fast")
    parser.set_defaults(run=lambda arguments: _run_lora(name, arguments))


SIMULATORS: dict[str, Callable[[Any, str], None]] = {
    **dict.fromkeys(LORA_MODEMS, _add_lora),
    "sim7600": add_sim7600,
}
"""What adds the part for each modem."""


def _run_lora(name: str, arguments: argparse.Namespace) -> int:
    stop = threading.Event()
    baud, make = LORA_MODEMS[name]
    dev_eui = _hex(arguments.dev_eui, 16, "--dev-eui").lower()
    app_key = _hex(arguments.app_key, 32, "--app-key") if arguments.app_key else ""
    faults = FaultScript(parse_fault(text) for text in arguments.fault)
    pace = Pace(_within(arguments.speed, 0.01, FASTEST, "--speed"), stop)
    delay = _within(arguments.rx1_delay, 1.0, 15.0, "--rx1-delay")
    sink = _sink(arguments, dev_eui)
    radio = Radio(
        Network(sink, dev_eui),
        faults,
        pace,
        app_key=app_key,
        rx1_delay=delay,
        dwell=not arguments.no_dwell,
    )
    port = PtyPort(baud, pace, arguments.link)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    shown = arguments.link or ""
    try:
        run_modem(
            make(port, radio, dev_eui),
            port,
            pace,
            lambda path: print(f"{name}: {shown or path}", flush=True),
        )
    finally:
        sink.close()
    return 0


def _sink(arguments: argparse.Namespace, dev_eui: str) -> Sink:
    if arguments.broker is None:
        return FolderSink(arguments.folder)
    host, colon, port = arguments.broker.rpartition(":")
    if not colon or not host or not port.isdecimal() or not 1 <= int(port) <= 65535:
        raise UsageError(f"--broker {arguments.broker}: write HOST:PORT")
    if re.fullmatch("[0-9A-Za-z-]{1,64}", arguments.application) is None:
        raise UsageError(f"--application {arguments.application!r}: not an id of ChirpStack")
    return ChirpStackSink(host, int(port), dev_eui, arguments.application)


def _hex(text: str, digits: int, option: str) -> str:
    if re.fullmatch(f"[0-9A-Fa-f]{{{digits}}}", text) is None:
        raise UsageError(f"{option}: {digits} hex digits are needed")
    return text


def _within(value: float, low: float, high: float, option: str) -> float:
    if not low <= value <= high:
        raise UsageError(f"{option} {value:g}: must lie between {low:g} and {high:g}")
    return value
