"""The main job with one TPS: simulated sheets and presses, real programs, broker and database.

Everything lives in a folder of its own (`demo-data/`, made anew each time). The broker is stopped
before the result is sent and started again after: nothing may be lost or doubled by that.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from ports import free_port
from tpsbox.forms.drawing import render_page
from tpsbox.forms.election import load_election
from tpsbox.simulator.count import simulate_count
from tpsbox.simulator.fill import Style, fill_sheet
from tpsbox.simulator.photograph import Shot, photograph
from tpscentral.database import Database
from tpscentral.folder import open_folder
from tpscentral.pages.wording import NUMBERS
from tpscentral.people import accounts
from tpscentral.people.accounts import NewAccount
from tpscentral.people.passwords import hash_password
from tpscentral.people.roles import Role
from tpscentral.words import EMPTY

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / ".venv" / "bin"
ELECTION, TPS = "pilkada-2024-kotabaru", "6302042001001"
OFFICER = "ppk.630204"
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
    tool(
        "tpscentral", "init", "--data", centre, "--port", broker_port, "--election", ELECTION,
        "--training",
    )  # fmt: skip
    password = make_officer(centre)
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
            show_table(centre, box)
            if not once:
                print(f"\nThe centre's pages: {url}/  (stop with Ctrl-C)")
                print(f"come in as {OFFICER}, password {password}: the PPK of that kecamatan")
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


def make_officer(centre: Path) -> str:
    """An account of the PPK of the TPS's kecamatan; its password."""
    password = secrets.token_urlsafe(12)
    database = Database(open_folder(centre).database)
    with database.write() as connection:
        account = NewAccount(OFFICER, "Ketua PPK", Role.PPK, TPS[:6])
        accounts.create(connection, account, int(time.time()))
        accounts.set_password(connection, OFFICER, hash_password(password))
    database.close()
    return password


def show_table(centre: Path, box: Path) -> None:
    """What counts at the centre, as its own program says."""
    wait_for("the result to count", lambda: counts(centre))
    shown = show(centre)
    items = json.loads(tool("tpsbox", "outbox", "--data", box, "--json"))
    photos = sum(item["kind"] == "photo" for item in items)
    if len(shown["photos"]) != photos or len(shown["results"]) != 1:
        raise DemoError("the centre does not hold what the box sent: something was lost or doubled")
    print(f"\nWhat counts at the centre for TPS {TPS}:")
    for contest in shown["contests"]:
        print(f"\n  {contest['title']} ({'tertutup' if contest['closed'] else 'terbuka'})")
        for field in contest["numbers"].values():
            number = EMPTY if field["number"] is None else field["number"]
            print(f"    {field['label'][:46]:46} {number!s:>6}  {NUMBERS[field['state']][1]}")
        print(f"    aturan tidak cocok: {', '.join(contest['broken']) or 'tidak ada'}")
    print(f"\n  1 result, {photos} photos, all with receipts; nothing lost, nothing doubled")


def counts(centre: Path) -> bool:
    """Whether every contest of the TPS has its numbers."""
    return all(contest["source"] == "box" for contest in show(centre)["contests"])


def show(centre: Path) -> dict[str, Any]:
    """What the centre says of the TPS."""
    shown: dict[str, Any] = json.loads(tool("tpscentral", "show", TPS, "--data", centre, "--json"))
    return shown


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


def say(words: str) -> None:
    """One step of the story."""
    print(f"-- {words}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
