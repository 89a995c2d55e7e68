"""Photos as files, named by the SHA-256 of their bytes: DATA/photos/ab/abcdef....jpg."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from pathlib import Path

from tpsbox.errors import AnswerError, EnvironmentFault, InputError
from tpsbox.store.files import Disk, disk_faults, put_file, put_folder, sweep_temps

_SHA = re.compile("[0-9a-f]{64}")

LEFT_FREE = 16 * 10**6
"""Bytes of the disk that no photo takes. A database on a full disk takes a few more words and then
none: no correction, no result, no receipt. Its log alone grows to 4 MB before it is used anew."""


class Photos:
    """The photo folder. A photo is kept once, whatever happens, and never removed."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        """Make the folder if it is not there.

        Raises:
            EnvironmentFault: it cannot be made.
        """
        self.folder = folder
        self._disk = disk
        put_folder(disk, folder)

    def keep(self, jpeg: bytes) -> str:
        """Store a photo and return its SHA-256 in hex; it is on the medium when this returns.

        Keeping the same bytes again changes nothing.

        Raises:
            InputError: no bytes.
            EnvironmentFault: the disk does not take it; nothing of it is left.
        """
        if not jpeg:
            raise InputError("photo: no bytes; take it again")
        sha = hashlib.sha256(jpeg).hexdigest()
        path = self.path(sha)
        put_folder(self._disk, path.parent)
        if self._whole(path, sha):
            with disk_faults(path):
                self._disk.sync_folder(path.parent)  # a cut may have come just before
        else:
            self._need_room(path, len(jpeg))
            put_file(self._disk, path, jpeg)
        return sha

    def path(self, sha: str) -> Path:
        """Where the photo of that hash is or would be.

        Raises:
            InputError: not 64 hex digits in lower case.
        """
        if _SHA.fullmatch(sha) is None:
            raise InputError(f"photo {sha[:80]!r}: 64 hex digits are needed")
        return self.folder / sha[:2] / f"{sha}.jpg"

    def read(self, sha: str) -> bytes:
        """The bytes of a photo, checked against its name.

        Raises:
            InputError: not a hash.
            AnswerError: no such photo was kept.
            EnvironmentFault: the disk gives back other bytes.
        """
        path = self.path(sha)
        with disk_faults(path):
            try:
                jpeg = path.read_bytes()
            except FileNotFoundError as error:
                raise AnswerError(f"photo {sha}: not in this box") from error
        if hashlib.sha256(jpeg).hexdigest() != sha:
            raise EnvironmentFault(f"{path}: changed since it was kept: replace the card")
        return jpeg

    def has(self, sha: str) -> bool:
        """Whether the photo is there under its name."""
        return self.path(sha).is_file()

    def sweep(self) -> int:
        """Remove half-written leftovers; only the process that keeps photos may, at its start."""
        return sweep_temps(self.folder)

    def _need_room(self, path: Path, size: int) -> None:
        with disk_faults(path):
            disk = os.statvfs(self.folder)
            if disk.f_bavail * disk.f_frsize < size + LEFT_FREE:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _whole(self, path: Path, sha: str) -> bool:
        with disk_faults(path):
            return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha
