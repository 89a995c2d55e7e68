"""The Python packages inside the Debian package: which, by content, and where they come from.

One list a Python version (`packaging/wheels-cp311.txt` for Debian and Raspberry Pi OS 12, `cp313`
for 13) pins every package with the hashes of its wheels for both kinds of computer.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path

from tpsbox.errors import EnvironmentFault, InputError

ROOT = Path(__file__).resolve().parents[2]
TAGS = ("cp311", "cp313")
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
"""What Debian and what Python call a computer."""
GLIBC = (5, 12, 17, 24, 26, 27, 28, 31, 34)
"""Minor versions of manylinux_2_N that Debian 12 (glibc 2.36) runs."""


def wheel_list(tag: str) -> Path:
    """Where the list for a Python version is."""
    return ROOT / "packaging" / f"wheels-{tag}.txt"


def pins(tag: str) -> dict[str, str]:
    """Name to version of every package in a list."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)", wheel_list(tag).read_text(), re.MULTILINE))


def fetch(tag: str, machine: str, folder: Path, *, hashes: bool = True) -> list[Path]:
    """Download the wheels of a list into `folder`, unless all are there; their paths.

    Raises:
        EnvironmentFault: no network, or the registry gives other content than the list names.
        InputError: a package has several wheels in the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if hashes and all(_listed(folder, tag, *pin) for pin in pins(tag).items()):
        return [_wheel(folder, name, version) for name, version in pins(tag).items()]
    source = wheel_list(tag)
    if not hashes:
        source = folder / "pins.txt"
        source.write_text("".join(f"{name}=={version}\n" for name, version in pins(tag).items()))
    platforms = [f"--platform=manylinux_2_{minor}_{machine}" for minor in GLIBC]
    platforms.append(f"--platform=manylinux2014_{machine}")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary=:all:"]
    command += ["--implementation=cp", f"--python-version={tag.removeprefix('cp')}"]
    command += [f"--abi={tag}", "--abi=abi3", "--abi=none", *platforms]
    command += [f"--find-links={folder}", f"--dest={folder}", f"--requirement={source}"]
    command += ["--no-deps", "--require-hashes"] if hashes else []
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        reason = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise EnvironmentFault(f"wheels of {tag}: {reason[-1] if reason else 'pip gave no reason'}")
    return [_wheel(folder, name, version) for name, version in pins(tag).items()]


def lock(folder: Path) -> None:
    """Write both lists anew: the versions as they stand, what they need, and today's hashes.

    Raises:
        EnvironmentFault: as `fetch`.
    """
    for tag in TAGS:
        found: dict[str, set[str]] = {}
        for machine in MACHINES.values():
            place = folder / f"{tag}-{machine}"
            fetch(tag, machine, place, hashes=False)
            for wheel in place.glob("*.whl"):
                name, version = wheel.name.split("-")[:2]
                pin = f"{name.lower().replace('_', '-')}=={version}"
                found.setdefault(pin, set()).add(sha256(wheel))
        head = wheel_list(tag).read_text().split("\n\n", 1)[0]
        wheel_list(tag).write_text(head + "\n\n" + _lines(found))


def _lines(found: dict[str, set[str]]) -> str:
    lines = []
    for pin, hashes in sorted(found.items()):
        lines.append(" \\\n    ".join([pin, *(f"--hash=sha256:{h}" for h in sorted(hashes))]))
    return "\n".join(lines) + "\n"


def sha256(path: Path) -> str:
    """Its content's hash, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _wheel(folder: Path, name: str, version: str) -> Path:
    """The one wheel of a package in a folder.

    Raises:
        InputError: none, or several.
    """
    found = _wheels(folder, name, version)
    if len(found) != 1:
        raise InputError(f"{folder}: {len(found)} wheels of {name} {version}; empty the folder")
    return found[0]


def _wheels(folder: Path, name: str, version: str) -> list[Path]:
    start = f"{name.replace('-', '_')}-{version}-".lower()
    return [path for path in folder.glob("*.whl") if path.name.lower().startswith(start)]


def _listed(folder: Path, tag: str, name: str, version: str) -> bool:
    """Whether the wheel is there with a content that the list names."""
    text = wheel_list(tag).read_text()
    return any(f"sha256:{sha256(path)}" in text for path in _wheels(folder, name, version))
