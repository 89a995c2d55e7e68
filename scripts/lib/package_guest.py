"""A Debian with its own systemd and no network, booted in a container from a folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tpsbox.errors import EnvironmentFault

SUITES = {12: "bookworm", 13: "trixie"}
"""Raspberry Pi OS of the same number has the same base."""
NEEDS = {
    "mmdebstrap": "mmdebstrap",
    "systemd-nspawn": "systemd-container",
    "nsenter": "util-linux",
    "lintian": "lintian",
}
INCLUDE = "systemd,systemd-sysv,python3,dbus,polkitd"
PATIENCE = 120.0
"""Seconds for a boot, or for a service to come up, on a busy machine."""
GRACE = 20.0
"""Seconds that a container gets to stop before it is killed."""


def what_is_missing() -> str:
    """What this machine lacks for the check, in one line; empty if nothing."""
    if os.geteuid() != 0:
        return "containers need root: run this with sudo"
    missing = [package for command, package in NEEDS.items() if shutil.which(command) is None]
    return f"apt-get install {' '.join(missing)}" if missing else ""


def make_root(suite: str, cache: Path, folder: Path) -> None:
    """Unpack a fresh Debian into `folder`, downloaded into `cache` the first time.

    Raises:
        EnvironmentFault: no network, or no space.
    """
    archive = cache / f"{suite}-{hashlib.sha256(INCLUDE.encode()).hexdigest()[:8]}.tar"
    cache.mkdir(parents=True, exist_ok=True)
    try:
        if not archive.is_file():
            partial = cache / f"{suite}.part.tar"
            command = ["mmdebstrap", "--quiet", "--variant=apt", f"--include={INCLUDE}"]
            subprocess.run([*command, suite, partial], check=True)
            partial.rename(archive)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        unpack = ["tar", "--extract", f"--file={archive}", f"--directory={folder}"]
        subprocess.run([*unpack, "--exclude=./dev/*"], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise EnvironmentFault(f"no Debian {suite}: {error}") from error
    (folder / "etc/machine-id").unlink(missing_ok=True)


class Guest:
    """A booted container."""

    def __init__(self, root: Path, process: subprocess.Popen[bytes]) -> None:
        self.root = root
        self._process = process
        self._init = 0

    def run(self, *words: str) -> tuple[int, str]:
        """Run a command inside as root: exit code, and all that it says."""
        inside = ["nsenter", f"--target={self._init}", "--all", "env", "--chdir=/", *words]
        clean = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            inside, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=clean
        )
        return done.returncode, done.stdout.strip()

    def wait_for(self, expected: str, *words: str) -> str:
        """Run a command again and again until it says `expected`; what it says in the end."""
        deadline = time.monotonic() + PATIENCE
        while True:
            _, said = self.run(*words)
            if said == expected or time.monotonic() > deadline:
                return said
            time.sleep(0.5)

    def boot(self) -> None:
        """Wait until its systemd has started everything.

        Raises:
            EnvironmentFault: it does not start.
        """
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            found = children.read_text().split()
            if found:
                self._init = int(found[0])
                if self.run("systemctl", "is-system-running")[1] in ("running", "degraded"):
                    return
            time.sleep(0.5)
        raise EnvironmentFault("systemd-nspawn: the container does not boot here")

    def gone(self, patience: float = PATIENCE) -> bool:
        """Whether it has powered itself off within so many seconds."""
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            return False
        return True


@contextmanager
def booted(root: Path) -> Iterator[Guest]:
    """Boot the Debian in that folder, end it afterwards.

    Raises:
        EnvironmentFault: containers do not work here.
    """
    nspawn = "exec systemd-nspawn --quiet --boot --register=no --keep-unit --private-network"
    # systemd-nspawn wants /run in memory, which not every machine has.
    script = f'mount -t tmpfs tmpfs /run && {nspawn} --console=pipe --directory="$0"'
    process = subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", script, root],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
    )
    guest = Guest(root, process)
    try:
        guest.boot()
        yield guest
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if process.poll() is None:
                process.send_signal(number)
                guest.gone(GRACE)
