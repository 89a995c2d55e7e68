"""Fault loops: what is lost, doubled or shown too early when power, programs and lines fail.

cuts: random power cuts of a box that lose any part of what was unsynced. kills: kill -9 of a box
at every step. nth: every n-th call to disk or centre fails, for all n. broker: it is killed every
10 s under many results. centre: it is killed between commit and receipt. network: three packets in
ten lost, 800 ms and 9,600 bit/s each way, in network namespaces (needs root). All is counted by
content at the centre's database; what a box shows as stored must be committed there by then.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import faults_between
import faults_box
from faults_count import Tally
from faults_network import LeftOutError
from faults_programs import BenchError

MEMORY = Path("/dev/shm")
"""Where the loops run by default: their losses are made, not waited for."""

Loop = Callable[[Path, argparse.Namespace], Tally]

LOOPS: dict[str, Loop] = {
    "cuts": lambda folder, chosen: faults_box.cuts(
        folder, chosen.cuts, 60 * chosen.minutes, chosen.seed
    ),
    "kills": lambda folder, chosen: faults_box.kills(folder),
    "nth": lambda folder, chosen: faults_box.nth(folder),
    "broker": lambda folder, chosen: faults_between.broker(
        folder, chosen.records, 60 * chosen.minutes
    ),
    "centre": lambda folder, chosen: faults_between.centre(
        folder, chosen.receipts, chosen.kills, 60 * chosen.minutes, chosen.seed
    ),
    "network": lambda folder, chosen: faults_between.network(
        folder, chosen.thin, 60 * chosen.minutes, chosen.seed
    ),
}


def main() -> int:
    """Print a row for each loop, or one JSON object; 1 if anything was lost, doubled or early."""
    chosen = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    rows: dict[str, dict[str, object]] = {}
    clean = True
    if not chosen.json:
        print(f"{'loop':8}{'lost':>6}{'doubled':>9}{'lights ahead':>14}  done", flush=True)
    with tempfile.TemporaryDirectory(prefix="tpsbench-", dir=chosen.data) as folder:
        for name in chosen.only:
            start = time.monotonic()
            try:
                tally = LOOPS[name](Path(folder) / name, chosen)
            except (LeftOutError, BenchError) as error:
                print(error, file=sys.stderr)
                clean &= isinstance(error, LeftOutError)
                continue
            clean &= tally.clean
            rows[name] = {**asdict(tally), "seconds": round(time.monotonic() - start)}
            if not chosen.json:
                _show(name, tally)
    if chosen.json:
        print(json.dumps(rows))
    return 0 if clean else 1


def _show(name: str, tally: Tally) -> None:
    print(f"{name:8}{tally.lost:6}{tally.doubled:9}{tally.ahead:14}  {tally.done}")
    if tally.waiting:
        print(f"  {tally.waiting} items were not sent yet when time was up: give it more --minutes")
    print("".join(f"  {note}\n" for note in tally.notes), end="", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench store",
        description=__doc__,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--only", type=_names, default=",".join(LOOPS), metavar="LOOP,...", help="loops to run")
    add("--cuts", type=_count, default=300, help="power cuts; 10000 take ten minutes")
    add("--records", type=_count, default=600, help="results under the broker's kills")
    add("--receipts", type=_count, default=200, help="results under the centre's kills")
    add("--kills", type=_count, default=5, help="kills of the centre")
    add("--thin", type=_count, default=5, help="results over the bad line")
    add(
        "--minutes",
        type=_count,
        default=10,
        help="after which a loop ends",
    )
    add("--seed", type=int, default=1, help="of everything random")
    add(
        "--data",
        type=Path,
        default=MEMORY if MEMORY.is_dir() else None,
        help="where to make the folder of the run",
    )
    add("--json", action="store_true", help="one object instead of rows")
    return parser.parse_args()


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1")
    return int(text)


def _names(text: str) -> list[str]:
    names = text.split(",")
    unknown = [name for name in names if name not in LOOPS]
    if unknown:
        raise argparse.ArgumentTypeError(f"no loop {unknown[0]!r}; there are {', '.join(LOOPS)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
