"""Small JSON files between programs: each appears whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TypeVar

import msgspec

from tpsbox.errors import EnvironmentFault, InputError

FILE_LIMIT = 64 * 1024
"""Bytes; none of these files has a hundredth of it."""

T = TypeVar("T")


def put(path: Path, data: bytes) -> None:
    """Write a file under another name and give it its own; folders are made as needed.

    It need not survive a power cut: a simulated device forgets as a real one does.

    Raises:
        EnvironmentFault: the disk does not take it.
    """
    temp = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temp.write_bytes(data)
        temp.replace(path)
    except OSError as error:
        temp.unlink(missing_ok=True)
        raise EnvironmentFault(f"{path}: {(error.strerror or 'cannot be kept').lower()}") from error


def make_folder(path: Path, empty: bool = False) -> None:
    """Make a folder if it is not there; `empty` removes what files it holds.

    Raises:
        EnvironmentFault: it cannot be used.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        if empty:
            for stale in path.iterdir():
                stale.unlink()
    except OSError as error:
        raise EnvironmentFault(f"{path}: {(error.strerror or 'cannot be used').lower()}") from error


def append_line(path: Path, line: bytes) -> None:
    """Add one line to a file in a single write.

    Raises:
        EnvironmentFault: the disk does not take it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(fd, line + b"\n")
        finally:
            os.close(fd)
    except OSError as error:
        raise EnvironmentFault(f"{path}: {(error.strerror or 'cannot be kept').lower()}") from error


def take(path: Path, kind: type[T]) -> T | None:
    """The JSON in a file, or None where there is no such file.

    Raises:
        InputError: larger than any such file, or not of that kind.
        EnvironmentFault: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(FILE_LIMIT + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EnvironmentFault(f"{path}: {(error.strerror or 'unreadable').lower()}") from error
    if len(data) > FILE_LIMIT:
        raise InputError(f"{path}: larger than {FILE_LIMIT} bytes")
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {error}") from error
