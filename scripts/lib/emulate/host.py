"""The machine that emulates: what it must have, where results of builds are kept, commands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tpsbox.errors import EnvironmentFault

ROOT = Path(__file__).resolve().parents[3]
GUEST = Path(__file__).resolve().parent / "guest"

PACKAGES = {
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-img": "qemu-utils",
    "mmdebstrap": "mmdebstrap",
    "mke2fs": "e2fsprogs",
    "mosquitto": "mosquitto",
}
"""Commands and the Debian packages that bring them."""

NEEDED_BYTES = 8 << 30
"""Root folder, image and what one run writes, with room to spare."""

PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def cache() -> Path:
    """The folder of everything built, made if it is not there.

    Raises:
        EnvironmentFault: it cannot be made, or its disk has too little room.
    """
    chosen = os.environ.get("TPSBOX_EMULATE_CACHE")
    folder = Path(chosen) if chosen else Path.home() / ".cache" / "tpsbox-emulate"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EnvironmentFault(f"{folder}: {error.strerror}: set TPSBOX_EMULATE_CACHE") from error
    free = shutil.disk_usage(folder).free
    if free < NEEDED_BYTES:
        raise EnvironmentFault(
            f"{folder}: {free >> 30} GB free, {NEEDED_BYTES >> 30} needed: "
            "make room or set TPSBOX_EMULATE_CACHE"
        )
    return folder


def need_programs() -> None:
    """Install what is missing.

    Raises:
        EnvironmentFault: not root, no apt, or apt cannot.
    """
    missing = sorted(
        p for command, p in PACKAGES.items() if shutil.which(command, path=PATH) is None
    )
    if os.geteuid() != 0:
        raise EnvironmentFault("this user may not make a guest's root folder: run it as root")
    if not missing:
        return
    if shutil.which("apt-get") is None:
        raise EnvironmentFault(f"missing: {', '.join(missing)} (and this is no Debian)")
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
    try:
        do(install, quiet=True)
    except EnvironmentFault:
        do(["apt-get", "update", "-qq"])
        do(install)


def do(
    command: Sequence[object],
    *,
    quiet: bool = False,
    timeout: float = 1800,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run a command to its end; what it printed.

    Raises:
        EnvironmentFault: it failed; its own last words. `quiet` keeps it short.
    """
    words = [str(part) for part in command]
    try:
        done = subprocess.run(
            words,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            env={**os.environ, "PATH": PATH, **(environment or {})},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EnvironmentFault(f"{words[0]}: {error}") from error
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "no word").splitlines()
        raise EnvironmentFault(f"{words[0]}: {said[-1] if quiet else ' / '.join(said[-8:])}")
    return done.stdout


def say(words: str) -> None:
    """Tell what is being done, and when it began."""
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)
