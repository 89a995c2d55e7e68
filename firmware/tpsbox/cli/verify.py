"""`tpsbox verify`: what a record, receipt or bundle says, and whether its signatures hold."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tpsbox.errors import AnswerError, InputError, UsageError
from tpsbox.forms.election import Election, load_election, shipped_elections
from tpsbox.given import open_given
from tpsbox.verify.bundle import BUNDLE_START, describe_bundle
from tpsbox.verify.describe import (
    RECEIPT_BYTES,
    RECORD_LIMIT,
    Description,
    describe_receipt,
    describe_record,
    package_of,
)

KEY_BYTES = ID_BYTES = 32


def add(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("verify", help="read a record, receipt or bundle and check it")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--election", metavar="E", help="name or file; else a shipped one is found")
    parser.add_argument(
        "--key", metavar="HEX", help="raw Ed25519 key: of the box, or the centre for a receipt"
    )
    parser.add_argument("--id", metavar="HEX", help="SHA-256 of the item that a receipt is for")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what the file says; without a key the signature is not checked, and that is said."""
    key = _bytes(arguments.key, KEY_BYTES, "--key")
    id = _bytes(arguments.id, ID_BYTES, "--id")
    with open_given(arguments.file) as file:
        data = file.read(RECORD_LIMIT + 1)
        if data.startswith(BUNDLE_START):
            described = describe_bundle(
                file, lambda record: _describe(record, arguments.election, None, key), key
            )
        else:
            described = _describe(data, arguments.election, id, key)
    print("\n".join(described.lines))
    return AnswerError.exit_code if described.holds is False else 0


def _describe(data: bytes, name: str | None, id: bytes | None, key: bytes | None) -> Description:
    if len(data) == RECEIPT_BYTES:
        return describe_receipt(data, id, key)
    package = package_of(data)
    return describe_record(data, _election(name, package), key)


def _election(name: str | None, package: bytes) -> Election:
    if name is not None:
        return load_election(name)
    for election in map(load_election, shipped_elections()):
        if election.package == package:
            return election
    raise InputError(f"not a record of a shipped election ({package.hex()}): give --election FILE")


def _bytes(text: str | None, size: int, option: str) -> bytes | None:
    if text is None:
        return None
    try:
        data = bytes.fromhex(text)
    except ValueError:
        data = b""
    if len(data) != size:
        raise UsageError(f"{option}: {2 * size} hex digits are needed")
    return data
