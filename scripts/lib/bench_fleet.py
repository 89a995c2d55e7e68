"""Signed results of a whole country through a real broker into PostgreSQL, killed on the way.

Each TPS has its own key and its own result. A client that speaks for all boxes publishes them, and
again what has no receipt after 60 s; the centre's workers verify, keep and receipt them while a
worker, the database and again a worker are killed (kill -9, immediate stop) and started again. It
ends when every result has a receipt; then each must be in the database exactly once and every
receipt must verify. Beside it: what the broker alone carries in the same run from the same
publisher to a plain subscriber. Making records and keys is not timed.
"""

from __future__ import annotations

import argparse
import json
import resource
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random

from faults_programs import BenchError, Program
from fleet_boxes import Fleet
from fleet_broker import Door, open_door, start_broker, start_listener
from fleet_centre import FleetCentre
from fleet_records import Signed, signed_results
from ports import free_port
from tpsbox.errors import TpsError
from tpsbox.record.receipt import ReceiptKind, verify_receipt

TPS_2024 = 435_296
"""Pilkada 2024."""
ALONE = 20_000
"""Results that go through the broker alone."""
COUNT_SECONDS = 30.0
KILLS = (0.25, 0.5, 0.75)
"""Parts of all results after which a worker, the database, a worker are killed."""


@dataclass
class Figures:
    """What came out; rates in results per second."""

    results: int
    workers: int
    broker_alone: float = 0.0
    seconds: float = 0.0
    rate: float = 0.0
    against_broker: float = 0.0
    rows: int = 0
    receipts: int = 0
    wrong: int = 0
    published_again: int = 0
    receipts_again: int = 0
    connections_lost: int = 0
    counted_meanwhile: int = 0
    counting_rate: float = 0.0
    bytes_per_result: float = 0.0
    cpu_ms: dict[str, float] = field(default_factory=dict)
    tables: dict[str, int] = field(default_factory=dict)
    kills: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether every result has exactly one row and a true receipt."""
        return self.results == self.rows == self.receipts and not self.wrong


def main() -> int:
    """Print the figures; 1 if a result is lost, doubled or without a true receipt."""
    chosen = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with tempfile.TemporaryDirectory(prefix="tpsfleet-", dir=chosen.data) as folder:
            # PostgreSQL's user must come through to its own folder in it.
            Path(folder).chmod(0o711)
            figures = run(Path(folder), chosen, _silent if chosen.json else _say)
    except (BenchError, TpsError, RuntimeError) as error:
        print(f"bench fleet: {error}", file=sys.stderr)
        return 4
    print(json.dumps(asdict(figures)) if chosen.json else _table(figures))
    return 0 if figures.clean else 1


def run(folder: Path, chosen: argparse.Namespace, say: Callable[[str], None]) -> Figures:
    """One run in an empty folder."""
    figures = Figures(chosen.count, chosen.workers)
    centre = FleetCentre(folder, chosen.workers)
    try:
        say(f"making {chosen.count} keys and results")
        centre.expect(chosen.count)
        made = list(signed_results(folder / "armada.toml", chosen.count, chosen.seed))
        centre.enrol(made)
        door = open_door(centre.folder, free_port())
        broker = start_broker(centre.folder, door, folder / "mosquitto.log")
        try:
            _alone(figures, folder, door, made[:ALONE])
            say(f"broker alone: {figures.broker_alone:.0f} results/s")
            before = _used(centre, broker)
            centre.start()
            try:
                fleet = _deliver(figures, centre, door, made, chosen.seed, say)
            finally:
                centre.program.stop()
            figures.cpu_ms = {
                name: 1000 * (now - before[name]) / chosen.count
                for name, now in _used(centre, broker).items()
            }
            say("looking whether each is there once, with a true receipt")
            _check(figures, centre, {one.id for one in made}, fleet.receipts)
        finally:
            broker.stop()
        done, took = centre.count_some(COUNT_SECONDS)
        figures.counting_rate = done / took if took else 0.0
        figures.tables = centre.sizes()
        figures.bytes_per_result = figures.tables.get("results", 0) / max(1, figures.rows)
    finally:
        centre.close()
    return figures


def _used(centre: FleetCentre, broker: Program) -> dict[str, float]:
    """Seconds of the processor so far; the workers' count once they have ended."""
    return {
        "workers": sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]),
        "database": centre.database_seconds(),
        "broker": broker.cpu_seconds(),
        "boxes": sum(resource.getrusage(resource.RUSAGE_SELF)[:2]),
    }


def _alone(figures: Figures, folder: Path, door: Door, made: list[Signed]) -> None:
    fleet, count = Fleet(door), len(made)
    listener = start_listener(door, count, folder / "listener.log", fleet.hears_listener)
    figures.broker_alone = count / fleet.publish_to_listener(iter(made), count)
    listener.stop()
    fleet.close()


def _deliver(
    figures: Figures,
    centre: FleetCentre,
    door: Door,
    made: list[Signed],
    seed: int,
    say: Callable[[str], None],
) -> Fleet:
    dice = Random(seed)
    faults = [centre.kill_database if n == 1 else None for n in range(len(KILLS))]
    due = [int(part * len(made)) for part in KILLS]

    def step(have: int) -> None:
        if due and have >= due[0]:
            due.pop(0)
            kill = faults.pop(0)
            told = kill() if kill else centre.kill_worker(dice)
            figures.kills.append(f"at {have}: {told}")
            say(figures.kills[-1])

    fleet = Fleet(door)
    figures.seconds = fleet.deliver(iter(made), step)
    fleet.close()
    figures.rate = len(made) / figures.seconds
    figures.against_broker = figures.rate / figures.broker_alone
    figures.published_again, figures.receipts_again = fleet.resent, fleet.again
    figures.connections_lost = fleet.lost
    figures.counted_meanwhile = centre.counted()
    return fleet


def _check(
    figures: Figures, centre: FleetCentre, wanted: set[bytes], receipts: dict[bytes, bytes]
) -> None:
    kept = Counter(id for id, state in centre.results() if state == "newest")
    figures.rows = sum(kept.values())
    key = centre.folder.key.public_key()
    for id, receipt in receipts.items():
        try:
            figures.receipts += verify_receipt(receipt, id, key) is ReceiptKind.STORED
        except TpsError:
            figures.wrong += 1
    figures.wrong += len(wanted ^ kept.keys()) + len(wanted ^ receipts.keys())


def _table(figures: Figures) -> str:
    rows = [
        ("results", f"{figures.results:,} of as many TPS, each by its own key"),
        ("workers", f"{figures.workers}"),
        ("broker alone", f"{figures.broker_alone:,.0f} results/s to a plain subscriber"),
        ("taken in", f"{figures.rate:,.0f} results/s, {figures.seconds:,.0f} s in all"),
        ("against the broker", f"{100 * figures.against_broker:.0f} %"),
        ("rows, receipts, wrong", f"{figures.rows:,}, {figures.receipts:,}, {figures.wrong}"),
        ("published again", f"{figures.published_again:,}; further receipts "
                            f"{figures.receipts_again:,}"),
        ("processor", ", ".join(f"{n} {ms:.2f}" for n, ms in figures.cpu_ms.items())
                      + " ms a result"),
        ("counted meanwhile", f"{figures.counted_meanwhile:,}"),
        ("counting by itself", f"{figures.counting_rate:,.0f} results/s in one process"),
        ("database", f"{figures.bytes_per_result:,.0f} bytes a result; tables "
                     + ", ".join(f"{n} {s / 1e6:,.0f} MB" for n, s in figures.tables.items())),
        *(("killed", told) for told in figures.kills),
    ]  # fmt: skip
    return "\n".join(f"{name:24}{said}" for name, said in rows)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _silent(_line: str) -> None:
    return


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench fleet", description=__doc__)
    parser.add_argument("--count", type=int, default=TPS_2024, help=f"TPS (default {TPS_2024})")
    parser.add_argument("--workers", type=int, default=2, help="processes of ingest (default 2)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, help="folder for the run, on the disk to be measured")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
