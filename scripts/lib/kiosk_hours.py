"""Hours of a kiosk in minutes: seeded presses and faults; what grows, what leaks, what is lost."""

from __future__ import annotations

import gc
import logging
import os
import threading
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from kiosk_box import Box, LogBytes
from kiosk_photos import EMPTY, name_of, photo, unlike
from tpsbox.board.spooled import PressFile

SIZE = (900, 1350)
TURN = 1.0
"""Seconds between two turns of the loop; the program makes five a second."""
WARM_SHARE = 0.1
"""Of the hours, after which memory is looked at for the first time."""

NO_ANSWER = "no answer"

FAULTS: dict[str, tuple[Callable[[Box], None], Callable[[Box], None]]] = {
    "camera unplugged": (lambda b: b.fail(unplugged=True), lambda b: b.fail(unplugged=False)),
    "button stuck": (lambda b: b.fail(stuck=True), lambda b: b.fail(stuck=False)),
    "light dark": (lambda b: b.fail(lights=("tick",)), lambda b: b.fail(lights=())),
    "supply weak": (lambda b: b.fail(weak_power=True), lambda b: b.fail(weak_power=False)),
    "disk full": (
        lambda b: setattr(b.disk, "full", True),
        lambda b: setattr(b.disk, "full", False),
    ),
    "clock in 2000": (
        lambda b: setattr(b, "clock_off", -753_000_000.0),
        lambda b: setattr(b, "clock_off", 0.0),
    ),
}


@dataclass
class Figures:
    """What a run came to. Sizes are in bytes, `growth` and `heap` since the warm-up."""

    hours: float
    presses: int = 0
    faults: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    rss: int = 0
    growth: int = 0
    heap: int = 0
    top: list[str] = field(default_factory=list)
    descriptors: int = 0
    threads: int = 0
    log_bytes_hour: float = 0.0
    log_lines_hour: float = 0.0


def run(folder: Path, hours: float, per_hour: float, seed: int) -> Figures:
    """Run so many simulated hours with so many presses and half as many faults an hour."""
    figures = Figures(hours)
    log = LogBytes()
    root = logging.getLogger("tpsbox")
    level, propagate = root.level, root.propagate
    root.addHandler(log)
    root.setLevel(logging.INFO)
    root.propagate = False
    box = Box(folder)
    try:
        _hours(box, figures, per_hour, Random(seed))
    finally:
        root.removeHandler(log)
        root.setLevel(level)
        root.propagate = propagate
        box.close()
    figures.log_bytes_hour = log.bytes / hours
    figures.log_lines_hour = log.lines / hours
    return figures


def _hours(box: Box, figures: Figures, per_hour: float, rng: Random) -> None:
    kept: set[str] = set()
    for name in ("1", "2", "3", EMPTY):  # so that each picture has been looked at once
        _press(box, figures, kept, name)
    end, warm = 3600 * figures.hours, 3600 * figures.hours * WARM_SHARE
    before: tuple[int, tracemalloc.Snapshot, int, int] | None = None
    press_at, fault_at = rng.expovariate(per_hour / 3600), rng.expovariate(per_hour / 7200)
    ends: list[tuple[float, str]] = []
    tracemalloc.start()
    while box.now < end:
        if before is None and box.now >= warm:
            before = (_rss(), _snapshot(), _descriptors(), threading.active_count())
        if box.now >= press_at:
            press_at = box.now + rng.expovariate(per_hour / 3600)
            _random_press(box, figures, kept, rng)
        if box.now >= fault_at and not ends:
            fault_at = box.now + rng.expovariate(per_hour / 7200)
            name = rng.choice(list(FAULTS))
            FAULTS[name][0](box)
            ends.append((box.now + rng.uniform(5, 300), name))
            figures.faults += 1
        for over in [one for one in ends if one[0] <= box.now]:
            FAULTS[over[1]][1](box)
            ends.remove(over)
        box.pass_time(TURN, 1)
    for _, name in ends:
        FAULTS[name][1](box)
    box.pass_time(120.0, 12)
    assert before is not None
    _compare(figures, before)
    tracemalloc.stop()
    figures.lost = sum(not box.store.photos.has(name) for name in kept)
    figures.lost += len(box.store.sheets.list(kind="sheet", status="taken"))


def _random_press(box: Box, figures: Figures, kept: set[str], rng: Random) -> None:
    kind = rng.random()
    if kind < 0.15:
        figures.presses += 1
        _count(figures, box.press(PressFile(held=rng.uniform(2, 7)), None))
    elif kind < 0.2:
        _press(box, figures, kept, "1", attachment=True)
    elif kind < 0.25:
        _press(box, figures, kept, rng.choice("123"), count=50)
    else:
        if kind < 0.35:
            box.fail(camera=(rng.choice(("timeout", "truncated")),))
        _press(box, figures, kept, rng.choice(("1", "2", "3", EMPTY)))


def _press(
    box: Box,
    figures: Figures,
    kept: set[str],
    name: str,
    attachment: bool = False,
    count: int = 1,
) -> None:
    """Press; a photo that was answered as taken must be there in the end."""
    figures.presses += count
    jpeg = unlike(photo(name, SIZE), figures.presses)
    outcome = box.press(PressFile(attachment=attachment), jpeg, count)
    _count(figures, outcome)
    if outcome is not None and outcome.kind in ("read", "refused", "attached"):
        kept.add(outcome.photo or name_of(jpeg))


def _count(figures: Figures, outcome: object) -> None:
    kind = getattr(outcome, "kind", NO_ANSWER)
    figures.outcomes[kind] = figures.outcomes.get(kind, 0) + 1


def _compare(figures: Figures, before: tuple[int, tracemalloc.Snapshot, int, int]) -> None:
    rss, snapshot, descriptors, threads = before
    figures.rss = _rss()
    figures.growth = figures.rss - rss
    grown = _snapshot().compare_to(snapshot, "lineno")
    figures.heap = sum(row.size_diff for row in grown)
    figures.top = [f"{row.size_diff:+d} {row.traceback}" for row in grown[:5]]
    figures.descriptors = _descriptors() - descriptors
    figures.threads = threading.active_count() - threads


def _snapshot() -> tracemalloc.Snapshot:
    gc.collect()
    ours = tracemalloc.Filter(False, tracemalloc.__file__)
    return tracemalloc.take_snapshot().filter_traces((ours,))


def _rss() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
