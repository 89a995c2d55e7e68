"""How long officers wait for work lists and totals of a provinsi of 73,000 TPS.

Users are in already; each opens a page of its own region (work list, totals, progress in turn),
thinks, and opens the next. Times are of whole answers as the client sees them, journal row of the
view and all. Beside them in the same run: a plain file of the same size behind nginx, asked by the
same clients in the same way.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from random import Random
from typing import NamedTuple

import httpx
from demo import DemoError
from pages_centre import CONTEST, make_centre, make_officers, plain_nginx, serving
from postgres_server import PostgresServer

ROOT = Path(__file__).resolve().parents[2]
TPS, USERS, SECONDS, THINK = 73_000, 50, 30.0, 1.0
PROCESSES = 2
PAGES = {"work list": "daftar", "totals": "rekap", "progress": "kemajuan"}
WANTED_MS = 200.0


class Times(NamedTuple):
    """Waiting times for one kind of page, milliseconds."""

    page: str
    answers: int
    p50: float
    p95: float
    most: float


def main() -> int:
    """Make the centre, let users look, print; 0 if the 95th percentile is as wanted."""
    parser = argparse.ArgumentParser(prog="scripts/bench pages", description=__doc__)
    parser.add_argument("--tps", type=int, default=TPS, help=f"polling stations ({TPS})")
    parser.add_argument("--users", type=int, default=USERS, help=f"at the same time ({USERS})")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"of looking ({SECONDS:g})")
    parser.add_argument("--think", type=float, default=THINK, help=f"s between pages ({THINK:g})")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    # On the disk of this tree: what a database in memory would measure is something else.
    root = Path(tempfile.mkdtemp(prefix="bench-pages-", dir=ROOT))
    server = None
    try:
        server = PostgresServer()
        server.start()
        tps, times = run(root, server.url(), chosen)
    except (DemoError, RuntimeError) as error:
        print(f"bench pages: {error}", file=sys.stderr)
        return 4
    finally:
        if server is not None:
            server.remove()
        shutil.rmtree(root, ignore_errors=True)
    report(tps, times, chosen)
    return 0 if all(each.p95 < WANTED_MS for each in times[: len(PAGES)]) else 1


def run(root: Path, url: str, chosen: argparse.Namespace) -> tuple[int, list[Times]]:
    """Measure the pages and then the plain file; how many TPS, and the times of each kind."""
    dice = Random(1)
    folder, tps = make_centre(root, url, chosen.tps)
    officers = make_officers(folder, chosen.users, dice)
    with serving(folder, root / "serve.log", PROCESSES) as addresses:
        visits = [
            [
                (kind, f"{addresses[n % len(addresses)]}/{part}/{region}/{CONTEST}")
                for kind, part in PAGES.items()
            ]
            for n, (_, region) in enumerate(officers)
        ]
        tokens = [token for token, _ in officers]
        asyncio.run(look(visits, tokens, 3.0, chosen.think))  # everything is loaded once
        seen = asyncio.run(look(visits, tokens, chosen.seconds, chosen.think))
        page = httpx.get(visits[-1][0][1], cookies={"sesi": tokens[-1]}).content
    times = [times_of(kind, seen[kind]) for kind in PAGES]
    with plain_nginx(root, page) as address:
        if address is not None:
            plain = [[("nginx, plain file", address)] for _ in officers]
            seen = asyncio.run(look(plain, tokens, min(10.0, chosen.seconds), chosen.think))
            times.append(times_of("nginx, plain file", seen["nginx, plain file"]))
    return tps, times


async def look(
    visits: Sequence[Sequence[tuple[str, str]]],
    tokens: Sequence[str],
    seconds: float,
    think: float,
) -> dict[str, list[float]]:
    """Let every user open one page after the other; waiting times in seconds by kind."""
    found: dict[str, list[float]] = {kind: [] for kind, _ in visits[0]}
    end = 0.0

    async def user(n: int, client: httpx.AsyncClient) -> None:
        await asyncio.sleep(think * n / len(visits))
        for turn in count(n):
            kind, address = visits[n][turn % len(visits[n])]
            begin = time.monotonic()
            if begin > end:
                return
            answer = await client.get(address, headers={"Cookie": f"sesi={tokens[n]}"})
            if answer.status_code != 200:
                raise RuntimeError(f"{address} answered {answer.status_code}")
            found[kind].append(time.monotonic() - begin)
            await asyncio.sleep(think)

    # One client for all, each with connections of its own: making one takes longer than a page.
    # Shorter than the 5 s after which uvicorn closes: no request meets a door that shuts.
    limits = httpx.Limits(
        max_connections=None, max_keepalive_connections=None, keepalive_expiry=3.0
    )
    async with httpx.AsyncClient(timeout=60, limits=limits, verify=False) as client:
        end = time.monotonic() + seconds
        await asyncio.gather(*(user(n, client) for n in range(len(visits))))
    return found


def times_of(kind: str, seconds: Sequence[float]) -> Times:
    """The percentiles of waiting times."""
    ordered = sorted(seconds)

    def at(share: float) -> float:
        return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)

    return Times(kind, len(ordered), at(0.5), at(0.95), at(1.0))


def report(tps: int, times: Sequence[Times], chosen: argparse.Namespace) -> None:
    """Print what came out, for people or as JSON."""
    if chosen.json:
        rows = [each._asdict() for each in times]
        print(
            json.dumps(
                {
                    "tps": tps,
                    "users": chosen.users,
                    "think_s": chosen.think,
                    "processes": PROCESSES,
                    "times_ms": rows,
                }
            )
        )
        return
    print(f"{tps:,} TPS, {chosen.users} users, {chosen.think:g} s between pages,")
    print(f"{PROCESSES} processes on PostgreSQL; times in ms")
    print(f"{'page':20} {'answers':>8} {'p50':>8} {'p95':>8} {'most':>8}")
    for each in times:
        print(f"{each.page:20} {each.answers:8} {each.p50:8} {each.p95:8} {each.most:8}")


if __name__ == "__main__":
    sys.exit(main())
