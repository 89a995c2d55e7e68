"""`tpsbox doctor`: looks at everything a box needs, and says of each what to do."""

from __future__ import annotations

import argparse
import importlib.util
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import msgspec

from tpsbox.board.boards import simulated_folder
from tpsbox.board.camera_settings import CAMERA_FILE, load_settings
from tpsbox.board.pi_power import PiPower
from tpsbox.cli.place import add_data, data_folder
from tpsbox.errors import AnswerError, TpsError
from tpsbox.kiosk.box import box_election, load_config
from tpsbox.kiosk.clock import BoxClock
from tpsbox.kiosk.condition import kiosk_condition
from tpsbox.kiosk.lock import kiosk_serves
from tpsbox.kiosk.watch import little_room, wrong_clock
from tpsbox.reading.model import load_model
from tpsbox.store.linkstate import LINK_WORDS, LinkCondition
from tpsbox.store.store import Store
from tpsbox.uplink.linkfile import load_link_file
from tpsbox.uplink.lock import links_now, uplink_runs
from tpsbox.uplink.table import LINKS

PI_LIBRARIES = ("picamera2", "gpiozero", "lgpio")
PI_DEVICES = {"pins": "gpiochip*", "camera": "media*"}


class Check(msgspec.Struct, frozen=True):
    """One thing looked at. `warning`: the box works without it, and should not have to."""

    name: str
    result: Literal["ok", "warning", "fault"]
    text: str


def add(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "doctor",
        help="check box, disk, clock, devices, camera settings, links",
        description="Exit code 0: nothing is at fault; 1: something is.",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_data(parser)
    parser.set_defaults(run=run)


MARKS = {"ok": "baik  ", "warning": "awas  ", "fault": "SALAH "}


def run(arguments: argparse.Namespace) -> int:
    """Carry out `doctor`."""
    data = data_folder(arguments)
    load_config(data)
    checks = list(examine(data))
    if arguments.json:
        print(msgspec.json.encode(checks).decode())
    else:
        print("\n".join(f"{MARKS[check.result]} {check.name}: {check.text}" for check in checks))
    return AnswerError.exit_code if any(c.result == "fault" for c in checks) else 0


def examine(data: Path, dev: Path = Path("/dev")) -> Iterator[Check]:
    """Every check of the box in a folder; none of them ends the others."""
    yield _tried("disk", lambda: _disk(data))
    yield _tried("model", lambda: _ok("model", f"{load_model().sha256.hex()[:16]}"))
    yield _tried("store", lambda: _store(data))
    problem = wrong_clock(BoxClock(time.time))
    shown = time.strftime("%d-%m-%Y %H:%M", time.localtime())
    yield Check("clock", "fault", problem) if problem else _ok("clock", shown)
    if load_config(data).board == "pi":
        yield from _pi(data, dev)
    else:
        yield _ok("board", f"simulasi di {simulated_folder(data)}")
    yield _tried("kiosk", lambda: _kiosk(data))
    yield _tried("links", lambda: _links(data))


def _ok(name: str, text: str) -> Check:
    return Check(name, "ok", text)


def _tried(name: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except (TpsError, OSError) as error:
        return Check(name, "fault", str(error))


def _disk(data: Path) -> Check:
    if not os.access(data, os.W_OK):
        return Check("disk", "fault", f"{data}: tidak bisa ditulisi oleh pengguna ini.")
    problem = little_room(data)
    if problem:
        return Check("disk", "fault", problem)
    disk = os.statvfs(data)
    return _ok("disk", f"sisa {disk.f_bavail * disk.f_frsize // 10**6} MB")


def _store(data: Path) -> Check:
    """The election is the box's own, and nobody changed the audit log."""
    with Store(data) as store:
        owner = store.identity.owner()
        election = box_election(data, owner)
        rows = store.events.verify()
        store.identity.request()  # every key is there and sound
        enrolment = store.identity.enrolment()
        if enrolment is not None:
            store.identity.check(enrolment)
    text = f"TPS {owner.tps}, {election.name}, catatan utuh ({rows} baris)"
    if enrolment is None:
        return Check("store", "warning", f"{text}; belum terdaftar di pusat")
    return _ok("store", f"{text}; terdaftar, epoch {enrolment.epoch}")


def _pi(data: Path, dev: Path) -> Iterator[Check]:
    missing = [name for name in PI_LIBRARIES if importlib.util.find_spec(name) is None]
    text = f"tidak terpasang: {', '.join(missing)}" if missing else ", ".join(PI_LIBRARIES)
    yield Check("libraries", "fault" if missing else "ok", text)
    for name, pattern in PI_DEVICES.items():
        found = sorted(dev.glob(pattern))
        if not found:
            yield Check(name, "fault", f"tidak ada {dev / pattern}: periksa kabel dan config.txt")
        elif not any(os.access(path, os.R_OK | os.W_OK) for path in found):
            yield Check(name, "fault", f"{found[0]}: pengguna ini tidak boleh memakainya")
        else:
            yield _ok(name, ", ".join(path.name for path in found[:4]))
    weak = PiPower().weak()
    yield Check("supply", "fault", "listrik terlalu lemah") if weak else _ok("supply", "cukup")
    yield _tried("camera settings", lambda: _settings(data))


def _settings(data: Path) -> Check:
    settings = load_settings(data)
    if settings is None:
        text = f"belum ada {CAMERA_FILE}: jalankan tpsbox calibrate"
        return Check("camera settings", "warning", text)
    lens = settings.lens_position
    focus = "" if lens is None else f", fokus {lens:.2f} dioptri"
    text = f"{settings.module}, {settings.exposure_us // 1000} ms{focus}"
    return _ok("camera settings", text)


def _kiosk(data: Path) -> Check:
    condition = kiosk_condition(data)
    if not kiosk_serves(data):
        return Check("kiosk", "warning", "tidak berjalan; jalankan tpsbox run")
    if condition is None or not condition.problems:
        return _ok("kiosk", "berjalan")
    return Check("kiosk", "fault", "; ".join(problem.text for problem in condition.problems))


def _links(data: Path) -> Check:
    load_link_file(data, tuple(LINKS))
    with Store(data) as store:
        links = links_now(store)
    if not uplink_runs(data):
        return Check("links", "warning", "uplink tidak berjalan; jalankan tpsbox run")
    words = [f"{link.name} {LINK_WORDS[link.state]}" for link in links]
    with suppress(ValueError):
        stopped = [link.state for link in links].index(LinkCondition.STOPPED)
        return Check("links", "fault", f"{links[stopped].name}: {links[stopped].error}")
    return _ok("links", ", ".join(words) or "belum ada yang berjalan")
