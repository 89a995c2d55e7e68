"""Builds an emulated Raspberry Pi, boots it with the product's package and plays scenarios in it.

Needs root, an hour of two cores the first time (20 minutes later on) and 8 GB of disk; what is
built is kept in ~/.cache/tpsbox-emulate or $TPSBOX_EMULATE_CACHE.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from dataclasses import asdict
from pathlib import Path

from tpsbox.board.pins import ATTACHMENT_PIN, BUTTON_PIN
from tpsbox.errors import InputError, TpsError, UsageError

from emulate import cuts, scenarios, stages
from emulate.base import base
from emulate.host import cache, need_programs, say
from emulate.image import Image, image, package
from emulate.outside import end_on_signals
from emulate.scenarios import Played


def main() -> int:
    """Run it; 0 if all that ran passed, 1 if not, 4 if this machine lacks something."""
    chosen = _arguments()
    end_on_signals()
    try:
        names = _names(chosen.only, every=chosen.all)
        need_programs()
        built = _build(cache(), chosen.package)
        if chosen.build_only:
            _make_fresh(built)
            print(built.disk)
            return 0
        rows = _run(built, names, chosen)
    except TpsError as error:
        print(f"emulate: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    if chosen.json:
        print(json.dumps([asdict(row) for row in rows]))
    return int(any(row.result == "failed" for row in rows))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/emulate", description=__doc__)
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="this scenario; repeatable"
    )
    parser.add_argument(
        "--all", action="store_true", help="every scenario file, not the usual ones"
    )
    parser.add_argument("--cuts", type=int, default=3, help="power cuts at random moments")
    parser.add_argument("--seed", type=int, default=1, help="of those moments")
    parser.add_argument(
        "--package", type=Path, metavar="DEB", help="try this one (default: of what is committed)"
    )
    parser.add_argument("--build-only", action="store_true", help="print the image's path and end")
    parser.add_argument("--keep", action="store_true", help="keep the guest's disk and all logs")
    parser.add_argument(
        "--json", action="store_true", help="print a list of JSON objects at the end"
    )
    return parser.parse_args()


def _names(only: list[str], *, every: bool) -> list[str]:
    known = [*scenarios.found(), *cuts.NAMES]
    if unknown := [name for name in only if name not in known]:
        raise UsageError(f"{unknown[0]}: no such scenario; there are {', '.join(known)}")
    return only or (known if every else [*scenarios.USUAL, *cuts.NAMES])


def _build(folder: Path, given: Path | None) -> Image:
    if given is not None and not given.is_file():
        raise InputError(f"{given}: no such package")
    made = given or package(folder)
    return image(folder, base(folder), made, (BUTTON_PIN, ATTACHMENT_PIN))


def _folder() -> Path:
    folder = cache() / "run"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def _make_fresh(built: Image) -> None:
    folder = _folder()
    with stages.Stage(folder, built):
        pass
    shutil.rmtree(folder)


def _run(built: Image, names: list[str], chosen: argparse.Namespace) -> list[Played]:
    folder = _folder()
    rows: list[Played] = []
    began = time.monotonic()
    with stages.Stage(folder, built) as stage:
        if not chosen.json:
            print(f"{'scenario':26}{'result':10}{'steps':>7}{'s':>7}", flush=True)
        for name in names:
            row = stage.play(name) if name not in cuts.NAMES else cuts.play(name, stage, chosen)
            rows.append(row)
            if not chosen.json:
                show(row)
    say(f"{len(rows)} scenarios in {(time.monotonic() - began) / 60:.0f} minutes")
    if not chosen.keep:
        shutil.rmtree(folder)
    return rows


def show(row: Played) -> None:
    """One line of the table, and why a scenario ended early."""
    print(f"{row.name:26}{row.result:10}{f'{row.steps}/{row.of}':>7}{row.seconds:7.0f}", flush=True)
    if row.why:
        print(f"    {row.why}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
