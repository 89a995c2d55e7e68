"""Files that a person names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from tpsbox.errors import InputError


def printable(path: Path) -> str:
    """A file's name as it can be printed and sent: what is no UTF-8 in it is written as \\xNN."""
    return os.fsencode(path).decode(errors="backslashreplace")


def open_given(path: Path) -> BinaryIO:
    """A file to read, or one line that says why not.

    Raises:
        InputError: it is not there, is a folder, or may not be read.
    """
    try:
        return path.open("rb")
    except OSError as error:
        why = (error.strerror or "cannot be read").lower()
        raise InputError(f"{printable(path)}: {why}") from error
