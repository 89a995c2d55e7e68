"""How quick the box is, and whether hours of work leave it as it was.

latency: a kiosk process on the simulated board, 12-megapixel photos; seconds from a press to the
camera light (its photo is being taken) and to the tick light (it was read). hours: a kiosk with a
clock moved by hand, presses and faults at random (camera, button, lights, supply, disk, clock);
memory, open files and threads at the end against those after a tenth of the time, bytes for the
journal, and photos that were answered as kept and are not there.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import kiosk_hours
import kiosk_latency

CAMERA_SECONDS = 0.3
TICK_SECONDS = 5.0
GROWTH = 16_000_000
"""Bytes by which memory may grow; the rows of some hundred sheets are listed at every change."""
LOG_HOUR = 100_000
"""Bytes an hour for the journal; its limit on a box is 64 MB."""


def main() -> int:
    """Print both, or one JSON object; 1 if a limit is not kept."""
    chosen = _arguments()
    with tempfile.TemporaryDirectory(prefix="tpsbench-", dir=chosen.data) as name:
        folder = Path(name)
        latency = kiosk_latency.run(folder, chosen.presses)
        figures = kiosk_hours.run(folder / "hours", chosen.hours, chosen.per_hour, chosen.seed)
    kept = limits(latency, figures)
    if chosen.json:
        print(json.dumps({"latency": latency, "hours": asdict(figures), "limits": kept}))
    else:
        show(latency, figures)
        for text, ok in kept.items():
            print(f"{'kept  ' if ok else 'BROKEN'} {text}")
    return 0 if all(kept.values()) else 1


def limits(latency: dict[str, float], figures: kiosk_hours.Figures) -> dict[str, bool]:
    """Every limit, and whether it was kept."""
    return {
        f"camera light within {CAMERA_SECONDS} s": latency["camera_worst"] <= CAMERA_SECONDS,
        f"tick light within {TICK_SECONDS:g} s": latency["tick_worst"] <= TICK_SECONDS,
        f"memory grows by at most {GROWTH // 10**6} MB": figures.growth <= GROWTH,
        "no file stays open": figures.descriptors <= 0,
        "no thread stays": figures.threads <= 0,
        f"at most {LOG_HOUR} bytes of log an hour": figures.log_bytes_hour <= LOG_HOUR,
        "no photo is lost": figures.lost == 0,
        "every press is answered": kiosk_hours.NO_ANSWER not in figures.outcomes,
    }


def show(latency: dict[str, float], figures: kiosk_hours.Figures) -> None:
    """The figures for people."""
    for light in ("camera", "tick"):
        median, worst = latency[f"{light}_median"], latency[f"{light}_worst"]
        print(f"press to {light} light: {median:.2f} s in the middle, {worst:.2f} s at worst")
    outcomes = ", ".join(f"{kind} {count}" for kind, count in sorted(figures.outcomes.items()))
    print(
        f"{figures.hours:g} hours: {figures.presses} presses, {figures.faults} faults; {outcomes}"
    )
    print(
        f"memory {figures.rss / 1e6:.0f} MB, {figures.growth / 1e6:+.1f} MB "
        f"(Python's own {figures.heap / 1e6:+.2f} MB), files {figures.descriptors:+d}, "
        f"threads {figures.threads:+d}"
    )
    print("".join(f"  {line}\n" for line in figures.top), end="")
    print(
        f"log: {figures.log_bytes_hour:.0f} bytes, {figures.log_lines_hour:.0f} lines an hour; "
        f"{figures.lost} photos lost"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench kiosk",
        description=__doc__,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--hours", type=float, default=8.0, help="simulated hours")
    add("--per-hour", type=float, default=20.0, help="presses an hour; half as many faults")
    add("--presses", type=int, default=10, help="presses for the latency, at least 2")
    add("--seed", type=int, default=1, help="of everything random")
    add("--data", type=Path, help="where to make the folder of the run")
    add("--json", action="store_true", help="one object instead of lines")
    chosen = parser.parse_args()
    if not 0 < chosen.hours <= 240 or not 0 < chosen.per_hour <= 3600 or chosen.presses < 2:
        parser.error("hours up to 240, presses an hour up to 3600, at least 2 presses")
    return chosen


if __name__ == "__main__":
    sys.exit(main())
