"""Installs the package for real: Debian 12 and 13 with their own systemd, and no network.

In each a fresh install, a sheet read, a box set up and pressed, an upgrade, a hang, a shutdown by
the box's user, a removal and a purge. The first step that fails ends that Debian.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from package_guest import SUITES, Guest, booted, make_root, what_is_missing
from tpsbox.errors import EnvironmentFault

HERE = Path(__file__).parent
KIOSK, UPLINK = "tpsbox-kiosk.service", "tpsbox-uplink.service"
PYTHON = "/usr/lib/tpsbox/venv/bin/python"
PHOTO = "/var/tmp/sheet.jpg"
INIT = ("--tps", "6302042001001", "--election", "pilkada-2024-kotabaru")

Step = tuple[str, str]
"""What was done, and what was wrong with it; empty if nothing."""


def check(
    packages: tuple[Path, Path], cache: Path, work: Path, tell: Callable[[str], None]
) -> bool:
    """Try both packages, the second of a higher version; whether all went well.

    Raises:
        EnvironmentFault: this machine cannot run the check.
    """
    if lack := what_is_missing():
        raise EnvironmentFault(f"--check: {lack}")
    good = lintian(packages[0], tell)
    for number, suite in SUITES.items():
        root = work / suite
        make_root(suite, cache, root)
        for package in packages:
            shutil.copy(package, root / "root")
        shutil.copy(HERE / "package_sheet.py", root / "root")
        began = time.monotonic()
        for name, wrong in _steps(root, packages):
            tell(f"Debian {number}: {name}: {wrong or 'ok'} ({time.monotonic() - began:.0f} s)")
            good = good and not wrong
            if wrong:
                break
        shutil.rmtree(root)
    return good


def lintian(package: Path, tell: Callable[[str], None]) -> bool:
    """Whether Debian's own check finds neither errors nor warnings."""
    command = ["lintian", "--fail-on=error,warning", package]
    done = subprocess.run(command, capture_output=True, text=True)
    tell(f"lintian: {done.stdout.strip() or 'no errors, no warnings'}")
    return done.returncode == 0


def _steps(root: Path, packages: tuple[Path, Path]) -> Iterator[Step]:
    with booted(root) as guest:
        yield from _install(guest, packages[0])
        yield from _press(guest)
        yield from _upgrade(guest, packages[1])
        yield from _hang(guest)
        yield "the kiosk's service powers off", _power_off(guest)
    shutil.rmtree(root / f"etc/systemd/system/{KIOSK}.d")
    with booted(root) as guest:
        yield "services after a boot", _serving(guest)
        yield from _remove(guest)


def _install(guest: Guest, package: Path) -> Iterator[Step]:
    code, _ = guest.run("getent", "hosts", "deb.debian.org")
    yield "there is no network", "" if code else "names are found"
    yield "install", _ran(guest, "dpkg", "--install", f"/root/{package.name}")
    version = package.name.split("_")[1]
    yield "tpsbox --version", _says(guest, f"tpsbox {version}", "tpsbox", "--version")
    yield "tpsbox forms list", _ran(guest, "tpsbox", "forms", "list")
    yield "a drawn sheet is read", _read(guest)
    state = guest.run("systemctl", "is-active", KIOSK)[1]
    yield "no service without a box", "" if state == "inactive" else state


def _read(guest: Guest) -> str:
    code, said = guest.run(PYTHON, "/root/package_sheet.py", PHOTO)
    if code:
        return said
    truth = json.loads(said.splitlines()[-1])
    code, said = guest.run("tpsbox", "read", PHOTO, "--json")
    if code:
        return said
    fields = json.loads(said)[0]["fields"]
    found = {name: field["value"] for name, field in fields.items()}
    sure = all(field["status"] == "accepted" for field in fields.values())
    return "" if found == truth and sure else f"{found} instead of {truth}"


def _press(guest: Guest) -> Iterator[Step]:
    yield "tpsbox init", _ran(guest, "tpsbox", "init", *INIT)
    yield "services start", _ran(guest, "systemctl", "start", KIOSK, UPLINK) or _serving(guest)
    # Under the sandbox of its unit: camera, model and store.
    yield "a press is read", _ran(guest, "tpsbox", "press", "--photo", PHOTO)


def _upgrade(guest: Guest, package: Path) -> Iterator[Step]:
    before = _kept(guest)
    yield "upgrade", _ran(guest, "dpkg", "--install", f"/root/{package.name}")
    version = package.name.split("_")[1]
    yield "the new version runs", _says(guest, f"tpsbox {version}", "tpsbox", "--version")
    yield "services after an upgrade", _serving(guest)
    yield "data after an upgrade", "" if before == _kept(guest) else "changed"
    pulled = "dpkg-trigger --by-package=tpsbox /usr/bin/python3 && dpkg --configure --pending"
    yield "the system's Python changes", _ran(guest, "sh", "-c", pulled) or _serving(guest)
    code, found = guest.run("sh", "-c", "ls -d /usr/lib/tpsbox/venv-*")
    yield "one environment is left", "" if len(found.split()) == 1 and not code else found


def _hang(guest: Guest) -> Iterator[Step]:
    yield "a short watchdog", _change(guest, "WatchdogSec=8")
    _ran(guest, "systemctl", "restart", KIOSK)
    # A process that is stopped takes no signal but this one: as dead as a loop that hangs.
    guest.run("systemctl", "kill", "--kill-whom=main", "--signal=STOP", KIOSK)
    restarts = guest.wait_for("1", "systemctl", "show", "--property=NRestarts", "--value", KIOSK)
    yield "a hung kiosk is started again", _serving(guest) if restarts == "1" else "it stays"


def _power_off(guest: Guest) -> str:
    """As the kiosk does it, behind the same bars."""
    command = "/usr/bin/systemctl poweroff --no-wall --no-block"
    wrong = _change(
        guest, "Type=exec", "Restart=no", "WatchdogSec=0", "ExecStart=", f"ExecStart={command}"
    )
    guest.run("systemctl", "restart", KIOSK)
    return wrong or ("" if guest.gone() else "it goes on running")


def _change(guest: Guest, *lines: str) -> str:
    """Other settings of the kiosk's unit until the next boot."""
    folder = guest.root / f"etc/systemd/system/{KIOSK}.d"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "check.conf").write_text("\n".join(["[Service]", *lines, ""]))
    return _ran(guest, "systemctl", "daemon-reload")


def _remove(guest: Guest) -> Iterator[Step]:
    before = _kept(guest)
    yield "remove", _ran(guest, "dpkg", "--remove", "tpsbox")
    state = guest.run("systemctl", "is-active", KIOSK)[1]
    yield "services are stopped", "" if state == "inactive" else state
    yield "the program is gone", _absent(guest, "/usr/lib/tpsbox", "/usr/bin/tpsbox")
    code, _ = guest.run("test", "-f", "/etc/tpsbox/environment")
    yield "configuration is kept", "lost" if code else ""
    yield "purge", _ran(guest, "dpkg", "--purge", "tpsbox")
    yield "configuration is gone", _absent(guest, "/etc/tpsbox")
    yield "data is kept", "" if before == _kept(guest) else "lost or changed"


def _kept(guest: Guest) -> str:
    """Photos, keys and setup of the box by content; its database is written all the time."""
    listed = "cd /var/lib/tpsbox && find . -type f ! -name 'tpsbox.db*' ! -name '*.lock'"
    simulated = "! -path './simulated/*' -exec sha256sum {} +"
    code, said = guest.run("sh", "-c", f"{listed} {simulated} | sort; test -s tpsbox.db")
    return said if code == 0 and "photos/" in said else f"no data: {said}"


def _serving(guest: Guest) -> str:
    states = [guest.wait_for("active", "systemctl", "is-active", unit) for unit in (KIOSK, UPLINK)]
    return "" if states == ["active", "active"] else " and ".join(states)


def _absent(guest: Guest, *paths: str) -> str:
    left = [path for path in paths if guest.run("test", "-e", path)[0] == 0]
    return f"left: {' '.join(left)}" if left else ""


def _ran(guest: Guest, *words: str) -> str:
    code, said = guest.run(*words)
    return f"ended with {code}: {said}" if code else ""


def _says(guest: Guest, expected: str, *words: str) -> str:
    code, said = guest.run(*words)
    return "" if (code, said) == (0, expected) else f"ended with {code}: {said}"
