"""The main job with one TPS: simulated sheets and presses, real programs, broker and database.

Everything lives in a folder of its own (`demo-data/`, made anew each time). The broker is stopped
before the result is sent and started again after: nothing may be lost or doubled by that.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from tpsbox.forms.drawing import render_page
from tpsbox.forms.election import load_election
from tpsbox.record.statement import State
from tpsbox.simulator.count import simulate_count
from tpsbox.simulator.fill import Style, fill_sheet
from tpsbox.simulator.photograph import Shot, photograph
from tpscentral.words import EMPTY, STATES

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / ".venv" / "bin"
ELECTION, TPS = "pilkada-2024-kotabaru", "6302042001001"
DPI = 110
PATIENCE = 90.0
"""Seconds after which a step that should take a few has failed."""


class DemoError(Exception):
    """A step did not do what it should: one line for the person who ran it."""


def main() -> int:
    """Run the demo; 0 if the result was read, signed, sent, stored and receipted."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end when the result is stored")
    parser.add_argument(
        "--port", type=int, default=0, help="port of the page (default: a free one)"
    )
    parser.add_argument("--data", type=Path, default=ROOT / "demo-data", help="folder, made anew")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        run(chosen.data, chosen.port or free_port(), once=chosen.once)
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def run(data: Path, port: int, *, once: bool) -> None:
    """Play one evening at one TPS."""
    if data.exists() and not (data / "demo").exists() and any(data.iterdir()):
        raise DemoError(f"{data} holds other things: give another folder with --data")
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    (data / "demo").touch()
    box, centre, broker_port = data / "box", data / "centre", free_port()
    say("drawing, filling and photographing the six sheets of one TPS")
    tool("tpscentral", "init", "--data", centre, "--port", broker_port, "--election", ELECTION)
    tool("tpsbox", "init", "--data", box, "--tps", TPS, "--election", ELECTION)
    tool(
        "tpscentral", "enrol", "--data", centre, box / "enrolment-request.json",
        "--out", data / "enrolment.json",
    )  # fmt: skip
    tool("tpsbox", "init", "--data", box, "--enrolment", data / "enrolment.json")
    take_photos(box / "simulated" / "photos")
    conf = centre / "broker" / "mosquitto.conf"
    serve = [BIN / "tpscentral", "serve", "--data", centre, "--port", port, "--with-ingest"]
    url = f"http://127.0.0.1:{port}"
    with (
        program([mosquitto(), "-c", conf], data / "broker.log", broker_port) as broker,
        program(serve, data / "centre.log", port),
        program([BIN / "tpsbox", "run", "--data", box], data / "box.log"),
    ):
        press_all(box)
        say("the broker goes down; the box is asked to close and send all the same")
        stop(broker)
        print(tool("tpsbox", "press", "--data", box, "--hold", 2, "--wait", 60))
        show_lights(box)
        say("the broker is back")
        with program([mosquitto(), "-c", conf], data / "broker.log", broker_port):
            wait_for("every item stored", lambda: all_stored(box))
            show_lights(box)
            show_table(url, box)
            if not once:
                print(f"\nThe page of the centre: {url}/  (stop with Ctrl-C)")
                signal.pause()


def take_photos(folder: Path) -> None:
    """What the simulated camera will see: two elections, three sheets each."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(20241127)
    election = load_election(ELECTION)
    tps = election.tps(TPS)
    heading = {
        "provinsi": tps.provinsi, "kabupaten": tps.kabupaten, "kecamatan": tps.kecamatan,
        "desa": tps.desa, "tps": f"{tps.nomor:03d}",
    }  # fmt: skip
    voters = (214, 221)
    number = 0
    for contest in election.contest:
        form = election.form_of(contest.key)
        names = tuple(paslon.nama for paslon in contest.paslon)
        values = simulate_count(form, rng, voters)
        for page in form.pages:
            number += 1
            sheet = render_page(form, page.number, DPI, names=names)
            style = Style(heading=heading)
            filled = fill_sheet(sheet, DPI, form, page.number, values, rng, style)
            shot = Shot(
                tilt_deg=float(rng.uniform(2, 14)), rotation_deg=float(rng.uniform(-8, 8)),
                light=0.25, blur=0.6, noise=3.0, curl_mm=1.2,
            )  # fmt: skip
            name = f"{number:02d}-{contest.key}-{page.number}.jpg"
            (folder / name).write_bytes(photograph(filled, DPI, rng, shot).jpeg)


def press_all(box: Path) -> None:
    """Press once for every photo that the camera has."""
    wait_for("the box to run", lambda: status_of(box)["kiosk"])
    for photo in sorted((box / "simulated" / "photos").glob("*.jpg")):
        answer = tool("tpsbox", "press", "--data", box, "--wait", 60)
        print(f"  {photo.name}: {answer.strip().splitlines()[-1]}")
    show_lights(box)


def show_lights(box: Path) -> None:
    """The three lights as a person would see them."""
    lights = status_of(box)["lights"]
    print("  " + "   ".join(f"{name}: {lights[name]['pattern']}" for name in lights))


def status_of(box: Path) -> dict[str, Any]:
    """What the box says of itself."""
    status: dict[str, Any] = json.loads(tool("tpsbox", "status", "--data", box, "--json"))
    return status


def all_stored(box: Path) -> bool:
    """Every item of the outbox has its verified receipt."""
    items = json.loads(tool("tpsbox", "outbox", "--data", box, "--json"))
    if any(item["state"] in ("refused", "conflict") for item in items):
        raise DemoError("the centre refused an item: see demo-data/centre.log")
    return bool(items) and all(item["state"] == "stored" for item in items)


def show_table(url: str, box: Path) -> None:
    """What the centre stored, as its own page's data say."""
    with urllib.request.urlopen(f"{url}/api/tps/{TPS}.json", timeout=10) as answer:
        page = json.load(answer)
    items = json.loads(tool("tpsbox", "outbox", "--data", box, "--json"))
    photos = sum(item["kind"] == "photo" for item in items)
    if len(page["photos"]) != photos or len(page["history"]) != 1 or page["row"]["conflicts"]:
        raise DemoError("the centre does not hold what the box sent: something was lost or doubled")
    print(f"\nStored at the centre for TPS {TPS}:")
    for contest in page["contests"]:
        print(f"\n  {contest['title']} ({'tertutup' if contest['closed'] else 'terbuka'})")
        for sheet in contest["sheets"]:
            for field in sheet["fields"]:
                number = EMPTY if field["number"] is None else field["number"]
                state = STATES[State[field["state"].upper()]][1]
                print(f"    {field['label'][:46]:46} {number!s:>6}  {state}")
        broken = [rule["formula"] for rule in contest["rules"] if rule["holds"] is False]
        print(f"    aturan tidak cocok: {', '.join(broken) if broken else 'tidak ada'}")
    print(f"\n  1 result, {photos} photos, all with receipts; nothing lost, nothing doubled")


def tool(name: str, *arguments: object) -> str:
    """Run one of the programs to its end; its output, or DemoError with its own words."""
    command = [str(BIN / name), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode != 0:
        words = (done.stderr.strip() or done.stdout.strip() or "no word").splitlines()[-1]
        raise DemoError(f"{name} {arguments[0]} ended with {done.returncode}: {words}")
    return done.stdout


def wait_for(what: str, ready: Callable[[], bool]) -> None:
    """Ask again and again until it is so."""
    end = time.monotonic() + PATIENCE
    while not ready():
        if time.monotonic() > end:
            raise DemoError(
                f"waited {PATIENCE:.0f} s for {what} in vain: see the logs in demo-data"
            )
        time.sleep(0.2)


@contextmanager
def program(
    command: list[object], log: Path, port: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs for as long as the block; ready once its port answers."""
    with log.open("ab") as out:
        child = subprocess.Popen([str(part) for part in command], stdout=out, stderr=out)
    try:
        if port is not None:
            wait_for(f"{Path(str(command[0])).name} to answer", lambda: listens(port, child))
        yield child
    finally:
        stop(child)


def listens(port: int, child: subprocess.Popen[bytes]) -> bool:
    """Whether something answers there; DemoError if the program has ended instead."""
    if child.poll() is not None:
        raise DemoError(f"{child.args[0]} ended at once: see the logs in demo-data")  # type: ignore[index]
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def stop(child: subprocess.Popen[bytes]) -> None:
    """End a program in good order."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def mosquitto() -> str:
    """The broker; Debian keeps it in a folder that is not on everybody's path."""
    found = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if found is None:
        raise DemoError("mosquitto is missing: sudo apt-get install mosquitto")
    return found


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def say(words: str) -> None:
    """One step of the story."""
    print(f"-- {words}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
