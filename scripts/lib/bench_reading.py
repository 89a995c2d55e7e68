"""How well, how safely and how fast sheets are read; drawn ones, and real ones where at hand.

sets: sheet sets composed of marks of writers never trained on, decided by the real code.
take-away: from such sets one digit, stroke or bubble is removed. drawn, photos, scans: whole
sheets of each source. cells, digits: single boxes. speed: stages as multiples of cv2.imdecode.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
from reading_misses import Miss, contact_sheets
from reading_paths import REGISTRATION, SHARED
from reading_tables import Table, table_lines
from tpsbox.errors import TpsError, UsageError
from tpsbox.reading.bounds import DEFAULT_BOUND, bounds_for

WORKERS = 2
SLOW = "counts are kept small so that all parts together stay below six minutes on two cores"


class Part:
    """What a part gives: its table, what was read wrong by source, and notes for people."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.misses: dict[str, list[Miss]] = {}
        self.notes: list[str] = []


def sets(chosen: argparse.Namespace) -> Part:
    """Composed sets; with --out pictures of errors and the curve of acceptance against error."""
    from reading_curve import draw_curve
    from reading_figures import set_figures
    from reading_set_misses import set_misses
    from reading_sets import Plan, run_sets

    plan = Plan(chosen.seed, chosen.slips, chosen.bound)
    record = run_sets(chosen.sets, plan, WORKERS)
    part = Part(set_figures(record, chosen.seed))
    if chosen.out:
        missing = draw_curve(record, chosen.out / "reading-curve.png")
        part.notes += [missing] if missing else []
        part.misses = {"composed": set_misses(record, plan)}
    return part


def take_away(chosen: argparse.Namespace) -> Part:
    """Trials in which one thing is missing."""
    from reading_sets import Plan
    from reading_takeaway import run_trials

    plan = Plan(chosen.seed, bound=chosen.bound)
    return Part(run_trials(chosen.take_away, plan, WORKERS))


def drawn(chosen: argparse.Namespace) -> Part:
    """Sheets drawn, filled or left blank or with numbers undone, and photographed here."""
    from reading_sources import SEEDS
    from reading_sources import drawn as draw

    scores = {}
    for kind in SEEDS:
        filled = kind == "filled"
        count = chosen.sheets if filled else max(1, chosen.sheets // 3)
        scores["drawn" if filled else f"drawn, {kind}"] = draw(count, chosen.seed, kind)
    part = Part({name: score.row() for name, score in scores.items()})
    part.misses = {name: score.misses for name, score in scores.items()}
    return part


def photos(_: argparse.Namespace) -> Part:
    """The photos of 2024."""
    from reading_sources import real_photos

    score = real_photos()
    part = Part({"photos 2024": score.row()})
    part.misses = {"photos 2024": score.misses}
    return part


def scans(_: argparse.Namespace) -> Part:
    """The scans of 2019."""
    from reading_sources import real_scans

    scores = real_scans()
    part = Part({name: score.row() for name, score in scores.items()})
    part.misses = {name: score.misses for name, score in scores.items() if "together" in name}
    return part


def crops(_: argparse.Namespace) -> Part:
    """Cut-out boxes of held-out TPS."""
    from reading_digits import crop_rows

    table, misses = crop_rows()
    part = Part(table)
    part.misses = {"crops": misses}
    return part


def digits(_: argparse.Namespace) -> Part:
    """The sets of the model's card."""
    from reading_digits import evaluation_rows

    table, misses = evaluation_rows()
    part = Part(table)
    part.misses = {"digits": misses}
    return part


def speed(chosen: argparse.Namespace) -> Part:
    """Stages, whole and memory."""
    from reading_speed import speed as measure

    return Part(measure(chosen.timed, chosen.seed))


PARTS: dict[str, tuple[Callable[[argparse.Namespace], Part], bool]] = {
    "sets": (sets, True),
    "take-away": (take_away, True),
    "drawn": (drawn, False),
    "photos": (photos, True),
    "scans": (scans, True),
    "cells": (crops, True),
    "digits": (digits, True),
    "speed": (speed, False),
}
"""Parts, and whether they need ../shared."""


def main() -> int:
    """Print tables, or one JSON object."""
    chosen = _arguments()
    try:
        return _measure(chosen) if chosen.photographed else _run(chosen)
    except TpsError as error:
        print(f"bench: {error}", file=sys.stderr)
        return error.exit_code


def _run(chosen: argparse.Namespace) -> int:
    results: dict[str, Table] = {}
    left_out: list[str] = []
    for name in chosen.only:
        run, shared = PARTS[name]
        if shared and not SHARED.is_dir():
            left_out.append(f"{name}: left out, it needs the folder {SHARED}")
            continue
        part = run(chosen)
        results[name] = part.table
        left_out += part.notes
        if not chosen.json:
            print("\n".join(table_lines(name, part.table)) + "\n", flush=True)
        if chosen.out:
            for source, misses in part.misses.items():
                contact_sheets(misses, chosen.out, f"{name}-{source}")
    if chosen.json:
        print(json.dumps({**results, "notes": left_out}))
    else:
        print("".join(f"{line}\n" for line in left_out), end="")
    return 0


def _measure(chosen: argparse.Namespace) -> int:
    """Measure registration anew and keep it beside this file."""
    from reading_photographed import measure_registration

    measured = measure_registration(chosen.photographed, chosen.seed)
    REGISTRATION.write_bytes(msgspec.json.encode(measured) + b"\n")
    print(f"{len(measured.photos)} photos, {measured.refused} refused: kept in {REGISTRATION}")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench reading",
        description=f"{__doc__} By default {SLOW}.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--only", type=_parts, default=",".join(PARTS), metavar="PART,...", help="parts to run")
    add("--sets", type=_count, default=3000, help="sets of three sheets; 20000 take ten minutes")
    add("--slips", type=_share, default=0.08, help="share of sets with one slip of the writer")
    add("--bound", type=_bound, default=DEFAULT_BOUND, help="error rate asked of the sets")
    add("--take-away", type=_count, default=2000, help="trials; 100000 take twenty minutes")
    add("--sheets", type=_count, default=24, help="drawn sheets; a third as many are blank")
    add("--timed", type=_count, default=9, help="photos over which times are the median")
    add("--photographed", type=_count, metavar="N", help="only measure registration anew")
    add("--out", type=Path, help="folder for pictures of errors and reading-curve.png")
    add("--seed", type=int, default=1, help="of everything drawn")
    add("--json", action="store_true", help="one object instead of tables")
    return parser.parse_args()


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1")
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no share from 0 to 1")
    return share


def _bound(text: str) -> float:
    try:
        bounds_for(rate := _share(text))
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return rate


def _parts(text: str) -> list[str]:
    names = text.split(",")
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        raise argparse.ArgumentTypeError(f"no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
