"""The files of the Debian package: what lies where, and its control files."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
import sys
from email.utils import formatdate
from pathlib import Path

from package_wheels import MACHINES, TAGS, fetch, sha256, wheel_list
from tpsbox.errors import EnvironmentFault

LIB = "usr/lib/tpsbox"
FILES = {
    "packaging/files/tpsbox": "usr/bin/tpsbox",
    "packaging/files/make-venv": f"{LIB}/make-venv",
    "packaging/files/environment": "etc/tpsbox/environment",
    "packaging/debian/copyright": "usr/share/doc/tpsbox/copyright",
    "systemd/tpsbox-kiosk.service": "usr/lib/systemd/system/tpsbox-kiosk.service",
    "systemd/tpsbox-uplink.service": "usr/lib/systemd/system/tpsbox-uplink.service",
    "systemd/tpsbox.sysusers": "usr/lib/sysusers.d/tpsbox.conf",
    "systemd/tpsbox.tmpfiles": "usr/lib/tmpfiles.d/tpsbox.conf",
    "systemd/tpsbox.udev": "usr/lib/udev/rules.d/70-tpsbox.rules",
    "systemd/tpsbox.polkit": "usr/share/polkit-1/rules.d/50-tpsbox.rules",
    "systemd/tpsbox.journald": "usr/lib/systemd/journald.conf.d/60-tpsbox.conf",
    "systemd/tpsbox.watchdog": "usr/lib/systemd/system.conf.d/60-tpsbox.conf",
}
"""From the source tree into the package; what is executable stays so."""
SCRIPTS = ("postinst", "prerm", "postrm")


def stage(source: Path, cache: Path, work: Path, version: str, arch: str, when: int) -> Path:
    """Lay out the whole package below `work`, an empty folder; its root.

    `source` is the exported tree, `cache` keeps wheels from one build to the next, `when` is the
    seconds since 1970 that every file gets.

    Raises:
        EnvironmentFault: wheels cannot be fetched or built.
    """
    tree = work / "tree"
    for name, place in FILES.items():
        _put(source / name, tree / place)
    place = tree / LIB / "wheels"
    _wheels(place, cache, arch)
    own = program_wheel(source, cache, work, when)
    _put(own, place / own.name)
    sums = [f"{sha256(path)}  {path.name}\n" for path in sorted(place.iterdir())]
    (place / "SHA256SUMS").write_text("".join(sums))
    (place / "SHA256SUMS").chmod(0o644)
    _zip(changelog(version, when), tree / "usr/share/doc/tpsbox/changelog.gz")
    _zip((source / "packaging/files/tpsbox.1").read_text(), tree / "usr/share/man/man1/tpsbox.1.gz")
    _control(source / "packaging/debian", tree, version, arch)
    for path in sorted(tree.rglob("*"), reverse=True):
        os.utime(path, (when, when))
    return tree


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o755 if os.access(source, os.X_OK) else 0o644)


def _wheels(place: Path, cache: Path, arch: str) -> None:
    """Both lists, and every wheel of them once."""
    machine = MACHINES[arch]
    found = [fetch(tag, machine, cache / f"{tag}-{machine}") for tag in TAGS]
    for path in {path.name: path for wheels in found for path in wheels}.values():
        _put(path, place / path.name)
    for tag in TAGS:
        _put(wheel_list(tag), place / f"{tag}.txt")


def program_wheel(source: Path, cache: Path, work: Path, when: int) -> Path:
    """Build the program's wheel with the listed setuptools, so that it is the same every time.

    Raises:
        EnvironmentFault: it cannot be built.
    """
    tag = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    tag = tag if tag in TAGS else TAGS[-1]
    wheels = fetch(tag, os.uname().machine, cache / f"{tag}-{os.uname().machine}")
    tools = next(path for path in wheels if path.name.startswith("setuptools-"))
    place, target = work / "setuptools", work / "program"
    shutil.unpack_archive(tools, place, "zip")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", f"--wheel-dir={target}", str(source)]
    environment = os.environ | {"PYTHONPATH": str(place), "SOURCE_DATE_EPOCH": str(when)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise EnvironmentFault(f"the program's wheel cannot be built: {done.stderr.strip()}")
    return next(target.glob("tps_box-*.whl"))


def changelog(version: str, when: int) -> str:
    """Debian asks for one; the history proper is that of the source."""
    return (
        f"tpsbox ({version}) stable; urgency=medium\n\n"
        "  * Built from the source of this version.\n\n"
        f" -- TPS box maintainers <maintainers@tps-box.example>  {formatdate(when)}\n"
    )


def _zip(text: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
    path.chmod(0o644)


def _control(source: Path, tree: Path, version: str, arch: str) -> None:
    files = sorted(path for path in tree.rglob("*") if path.is_file())
    kib = sum(-(-path.stat().st_size // 1024) for path in files)
    place = tree / "DEBIAN"
    place.mkdir()
    for name in ("conffiles", "triggers", *SCRIPTS):
        _put(source / name, place / name)
    values = {"@VERSION@": version, "@ARCH@": arch, "@SIZE@": str(kib)}
    text = (source / "control").read_text()
    for mark, value in values.items():
        text = text.replace(mark, value)
    (place / "control").write_text(text)
    sums = [f"{_md5(path)}  {path.relative_to(tree)}\n" for path in files]
    (place / "md5sums").write_text("".join(sums))


def _md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
