"""The guest's disk with the product on it: the very Debian package that boxes get."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from emulate.base import Base, opened
from emulate.host import ROOT, do, say


@dataclass(frozen=True)
class Image:
    """`disk` is never written to; guests write into a file of their own beside it."""

    disk: Path
    base: Base


def package(cache: Path) -> Path:
    """The .deb of what is committed.

    Raises:
        EnvironmentFault: it cannot be built.
    """
    commit = do(["git", "-C", ROOT, "rev-parse", "HEAD"]).strip()
    kept = cache / f"tpsbox-{commit[:16]}.deb"
    if not kept.exists():
        say("building the package of what is committed")
        for old in cache.glob("tpsbox-*"):
            old.unlink()
        aside = cache / "tpsbox-new.deb"
        shutil.copyfile(do([ROOT / "scripts" / "package"]).strip().splitlines()[-1], aside)
        aside.replace(kept)
    return kept


def image(cache: Path, base: Base, package: Path) -> Image:
    """A copy of the base with `package` (a .deb) installed by dpkg, as on a box without a network.

    Raises:
        EnvironmentFault: the package does not install.
    """
    key = hashlib.sha256(package.read_bytes()).hexdigest()[:16]
    disk = base.disk.parent / f"image-{key}.ext4"
    if not disk.exists():
        for old in base.disk.parent.glob("image-*"):
            old.unlink()  # of an older package
        say("installing the package on a copy of the disk")
        aside = disk.with_suffix(".new")
        do(["cp", "--sparse=always", base.disk, aside])
        _install(aside, cache / "mounted", package)
        aside.replace(disk)
    return Image(disk, base)


def _install(disk: Path, place: Path, package: Path) -> None:
    with opened(disk, place) as tree:
        shutil.copyfile(package, tree / "root" / "tpsbox.deb")
        do(["chroot", tree, "dpkg", "-i", "/root/tpsbox.deb"])
        (tree / "root" / "tpsbox.deb").unlink()
