"""Builds tpsbox_<version>_<arch>.deb of what is committed; prints its path.

The package holds every Python package it needs, for Debian and Raspberry Pi OS 12 and 13, and is
the same bytes for the same commit.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

from package_check import check
from package_tree import stage
from package_wheels import MACHINES, ROOT, lock, sha256
from tpsbox.errors import AnswerError, EnvironmentFault, TpsError, UsageError

OUT = ROOT / "build" / "package"


def main() -> int:
    """Build, and check if asked; the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/package", description=__doc__)
    here = {machine: arch for arch, machine in MACHINES.items()}.get(os.uname().machine, "arm64")
    parser.add_argument("--arch", choices=tuple(MACHINES), default=here, help=f"default: {here}")
    parser.add_argument("--version", help="default: that of pyproject.toml")
    parser.add_argument("--out", type=Path, default=OUT, help="default: build/package")
    parser.add_argument(
        "--check", action="store_true", help="install it in Debian 12 and 13 (root)"
    )
    parser.add_argument("--lock", action="store_true", help="write the lists of wheels anew")
    chosen = parser.parse_args()
    try:
        if chosen.lock:
            lock(OUT / "lock")
            return 0
        if chosen.check and chosen.arch != here:
            raise UsageError(f"--check: this machine runs packages for {here} only")
        commit = _git("rev-parse", "HEAD").decode().strip()
        package = build(commit, chosen.arch, chosen.version, chosen.out)
        print(package, flush=True)
        if chosen.check and not _try(commit, chosen.arch, package):
            return AnswerError.exit_code
    except TpsError as error:
        print(f"package: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _try(commit: str, arch: str, package: Path) -> bool:
    """Whether it is the same when built again, and does all it should where it is installed."""
    version = package.name.split("_")[1]
    again = build(commit, arch, version, OUT / "again")
    same = sha256(again) == sha256(package)
    _tell(f"built again: {'the same bytes' if same else 'other bytes'}")
    later = build(commit, arch, f"{version}.1", OUT / "again")
    return check((package, later), OUT / "roots", OUT / "check", _tell) and same


def build(commit: str, arch: str, version: str | None, out: Path) -> Path:
    """Build the package of a commit; its path.

    Raises:
        UsageError: a version that Debian and Python do not both understand.
        EnvironmentFault: no git, no dpkg-deb, or no wheels.
    """
    when = int(_git("log", "-1", "--format=%ct", commit))
    out.mkdir(parents=True, exist_ok=True)
    OUT.mkdir(parents=True, exist_ok=True)
    # Several may build at once: they share the fetched wheels and nothing else.
    with TemporaryDirectory(prefix="work-", dir=OUT) as folder:
        source = export(commit, Path(folder) / "source", version)
        version = tomllib.loads((source / "pyproject.toml").read_text())["project"]["version"]
        tree = stage(source, OUT / "wheels", Path(folder), version, arch, when)
        package = out / f"tpsbox_{version}_{arch}.deb"
        pack(tree, package, when)
    return package


def pack(tree: Path, package: Path, when: int) -> None:
    """Make the package of a tree; the same tree and time give the same bytes.

    Raises:
        EnvironmentFault: no dpkg-deb, or no space.
    """
    # The wheels are compressed already: gzip at its fastest loses nothing to xz.
    command = ["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", tree, package]
    _run(command, env=os.environ | {"SOURCE_DATE_EPOCH": str(when)})


def export(commit: str, folder: Path, version: str | None) -> Path:
    """The tree of a commit, under another version if one is given; its folder.

    Raises:
        UsageError: as `build`.
        EnvironmentFault: no git.
    """
    if version is not None and not re.fullmatch(r"\d+(\.\d+){0,3}", version):
        raise UsageError(f"--version {version}: give numbers and dots, such as 0.2.0")
    with tarfile.open(fileobj=io.BytesIO(_git("archive", commit))) as archive:
        archive.extractall(folder, filter="data")
    if version is not None:
        path = folder / "pyproject.toml"
        text = path.read_text()
        path.write_text(re.sub(r'(?m)^version = ".*"$', f'version = "{version}"', text, count=1))
    return folder


def _tell(line: str) -> None:
    print(line, flush=True)


def _git(*arguments: str) -> bytes:
    return _run(["git", "-C", ROOT, *arguments])


def _run(command: list[str | Path], env: dict[str, str] | None = None) -> bytes:
    try:
        return subprocess.run(command, capture_output=True, check=True, env=env).stdout
    except FileNotFoundError:
        raise EnvironmentFault(f"{command[0]} is missing: install it") from None
    except subprocess.CalledProcessError as error:
        reason = error.stderr.decode(errors="replace").strip()
        raise EnvironmentFault(f"{command[0]}: {reason}") from error


if __name__ == "__main__":
    sys.exit(main())
