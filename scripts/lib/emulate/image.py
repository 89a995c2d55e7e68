"""The guest's disk with the product on it: the very Debian package that boxes get."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from emulate.base import Base, chroot, opened
from emulate.host import GUEST, ROOT, do, say

FINISH = GUEST / "finish.sh"
PACKED = (
    *("firmware", "central", "models", "packaging", "systemd", "pyproject.toml"),
    *("scripts/package", "scripts/lib/package.py", "scripts/lib/package_tree.py"),
    *("scripts/lib/package_sheet.py", "scripts/lib/package_wheels.py"),
)
"""What the package is made of; nothing else that is committed makes another one."""


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
    files = do(["git", "-C", ROOT, "ls-tree", "-r", "HEAD", "--", *PACKED])
    kept = cache / f"tpsbox-{hashlib.sha256(files.encode()).hexdigest()[:16]}.deb"
    if not kept.exists():
        say("building the package of what is committed")
        for old in cache.glob("tpsbox-*"):
            old.unlink()
        aside = cache / "tpsbox-new.deb"
        shutil.copyfile(do([ROOT / "scripts" / "package"]).strip().splitlines()[-1], aside)
        aside.replace(kept)
    return kept


def image(cache: Path, base: Base, package: Path, buttons: tuple[int, ...]) -> Image:
    """A copy of the base with `package` (a .deb) installed by dpkg, as on a box without a network.

    `buttons` are pins that are pulled up, as their wiring does.

    Raises:
        EnvironmentFault: the package does not install.
    """
    digest = hashlib.sha256(package.read_bytes() + repr(buttons).encode())
    for path in sorted(path for path in GUEST.iterdir() if path.is_file()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    disk = base.disk.parent / f"image-{digest.hexdigest()[:16]}.ext4"
    if not disk.exists():
        say("installing the package on a copy of the disk")
        for old in base.disk.parent.glob("image-*"):
            old.unlink()  # of an older package
        aside = disk.with_suffix(".new")
        do(["cp", "--sparse=always", base.disk, aside])
        with opened(aside, cache / "mounted") as tree:
            shutil.copyfile(package, tree / "root" / "tpsbox.deb")
            do(["chroot", tree, "dpkg", "-i", "/root/tpsbox.deb"])
            (tree / "root" / "tpsbox.deb").unlink()
            chroot(tree, FINISH, *buttons)
        aside.replace(disk)
    return Image(disk, base)
