"""The guest's system without the product: Debian with camera, pins and watchdog, as one disk."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from emulate.host import GUEST, do, say

SUITE = "trixie"
MIRROR = "http://deb.debian.org/debian"
LINES = (f"deb {MIRROR} {SUITE} main", f"deb {MIRROR} {SUITE}-backports main")

CAMERA = ("libcamera-ipa", "python3-libcamera")
"""From backports: the virtual camera of libcamera 0.4 gives picamera2 no whole frame."""

INCLUDED = (
    *("systemd-sysv", "systemd-timesyncd", "udev", "kmod", "dbus", "polkitd", "iproute2"),
    *("ca-certificates", "linux-image-amd64", "linux-headers-amd64", "gcc", "make", "libc6-dev"),
    *("python3", "python3-venv", "python3-dev", "python3-pip", "python3-setuptools", "swig"),
    *("libcap-dev", "python3-prctl", "python3-pil", "python3-numpy", "python3-gpiozero"),
    *("libeatmydata1", "procps"),
)
"""What a Raspberry Pi OS brings, and what builds the drivers (taken out again)."""

SIZE = 4 << 30
PREPARE, INIT = GUEST / "prepare.sh", GUEST / "init.c"


@dataclass(frozen=True)
class Base:
    """`disk` is a whole raw file system; kernel and its first disk are started beside it."""

    disk: Path
    kernel: Path
    initrd: Path


def base(cache: Path) -> Base:
    """The disk, built if its inputs have changed.

    Raises:
        EnvironmentFault: a package cannot be had, or a build fails.
    """
    debian = repr((SUITE, LINES, CAMERA, INCLUDED)).encode()
    digest = hashlib.sha256(repr((debian, SIZE, PREPARE.read_bytes(), INIT.read_bytes())).encode())
    folder = cache / f"base-{digest.hexdigest()[:16]}"
    made = Base(folder / "disk.ext4", folder / "vmlinuz", folder / "initrd")
    if not made.disk.exists():
        packed = _debian(cache, hashlib.sha256(debian).hexdigest()[:16])
        for old in cache.glob("base-*"):
            shutil.rmtree(old)
        folder.mkdir()
        aside = folder / "disk.new"
        with aside.open("wb") as file:
            file.truncate(SIZE)
        do(["mke2fs", "-q", "-t", "ext4", "-F", aside])
        with opened(aside, cache / "mounted") as tree:
            do(["tar", "xf", packed, "-C", tree])
            _prepare(tree)
            _take(tree, "vmlinuz-*", made.kernel)
            _take(tree, "first-disk", made.initrd)
        aside.replace(made.disk)
    return made


def _debian(cache: Path, key: str) -> Path:
    packed = cache / f"debian-{key}.tar"
    if not packed.exists():
        for old in cache.glob("debian-*"):
            old.unlink()
        say("installing Debian into a folder")
        wanted = ",".join((*INCLUDED, *(f"{name}/{SUITE}-backports" for name in CAMERA)))
        aside = cache / "debian-new.tar"
        lean = '--aptopt=Apt::Install-Recommends "false"'
        do(["mmdebstrap", "--variant=apt", f"--include={wanted}", lean, SUITE, aside, *LINES])
        aside.replace(packed)
    return packed


def _prepare(tree: Path) -> None:
    say("building the driver of the pins, installing picamera2 and lgpio")
    with _network(tree):
        chroot(tree, PREPARE)


def chroot(tree: Path, script: Path, *words: object) -> None:
    """Run a script of the folder `guest` in the tree, where the folder is /root/guest meanwhile.

    Raises:
        EnvironmentFault: the script fails.
    """
    inside = tree / "root" / "guest"
    shutil.copytree(GUEST, inside)
    command = ["chroot", tree, "sh", f"/root/guest/{script.name}", *words]
    do(command, environment={"LC_ALL": "C.UTF-8"})
    shutil.rmtree(inside)


@contextmanager
def _network(tree: Path) -> Iterator[None]:
    """Names and certificates of this machine, for as long as something is fetched."""
    for place in ("etc/resolv.conf", "etc/ssl/certs/ca-certificates.crt"):
        if (source := Path("/") / place).exists():
            shutil.copyfile(source, tree / place)
    yield
    (tree / "etc" / "resolv.conf").unlink(missing_ok=True)


@contextmanager
def opened(disk: Path, place: Path) -> Iterator[Path]:
    """The disk's tree at `place`, with /proc, /sys and /dev in it so that programs run there."""
    place.mkdir(exist_ok=True)
    if os.path.ismount(place):
        do(["umount", "-l", place])  # left by a build that was killed
    do(["mount", "-o", "loop", disk, place])
    try:
        for kind, name in (("proc", "proc"), ("sysfs", "sys"), ("devtmpfs", "dev")):
            (place / name).mkdir(exist_ok=True)
            do(["mount", "-t", kind, kind, place / name])
        yield place
    finally:
        do(["umount", "--recursive", place])


def _take(tree: Path, name: str, target: Path) -> None:
    (found,) = (tree / "boot").glob(name)
    shutil.copyfile(found, target)
