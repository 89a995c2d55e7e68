"""How a centre certifies the key of a kecamatan, in three steps of one small JSON file each.

A kecamatan is a folder of this same program with a key of its own. The certificate makes its
receipts mean "at the kecamatan" for boxes of its region; it never makes them the centre's.
"""

from __future__ import annotations

import hmac
from typing import Annotated, Literal, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from tpsbox.errors import AnswerError, EnvironmentFault, InputError
from tpsbox.record.delegation import Delegation, make_delegation, verify_delegation
from tpsbox.record.enrolment import Key, public_key

from tpscentral.files import put_file, read_small
from tpscentral.folder import Folder

DELEGATION_LIMIT = 4096
"""Bytes of either file; both take under 400."""


class DelegationRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a kecamatan asks for: `public_key` is its raw Ed25519 key in hex."""

    version: Literal[1]
    public_key: Key


class DelegationFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the centre gives: the certificate, and the key that signed it, both in hex."""

    version: Literal[1]
    certificate: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{236}$", max_length=236)]
    centre_key: Key


class Installed(msgspec.Struct, frozen=True):
    """A certificate of 118 bytes, what it says, and the centre that gave it."""

    certificate: bytes
    delegation: Delegation
    centre_key: Ed25519PublicKey


Message = TypeVar("Message", DelegationRequest, DelegationFile)


def request_delegation(folder: Folder) -> bytes:
    """The file with which a kecamatan asks.

    Raises:
        EnvironmentFault, InputError: the folder's key cannot be read.
    """
    return _write(DelegationRequest(1, folder.key.public_key().public_bytes_raw().hex()))


def sign_delegation(
    folder: Folder, request: bytes, *, package: bytes, region: str, not_before: int, not_after: int
) -> tuple[bytes, Delegation]:
    """The centre's answer and what it says: the key in `request` speaks for `region` for a time.

    `package` is an election of this centre, the times are unix seconds, both included.

    Raises:
        InputError: not a request, no such region in the election, or times in the wrong order.
        AnswerError: the key is the centre's own.
        EnvironmentFault: the centre's key cannot be read.
    """
    asked = _parse(request, DelegationRequest, "delegation request")
    public_key(asked.public_key)
    own = folder.key.public_key().public_bytes_raw().hex()
    if hmac.compare_digest(asked.public_key, own):
        raise AnswerError("delegation: this request is of the centre itself; a kecamatan asks")
    election = folder.elections[package]
    places = election.all_tps()
    if places and not any(tps.startswith(region) for tps in places):
        raise InputError(f"region {region[:20]!r}: {election.name} has no TPS there")
    key = bytes.fromhex(asked.public_key)
    delegation = Delegation(package, region, not_before, not_after, key)
    certificate = make_delegation(delegation, folder.key).hex()
    return _write(DelegationFile(1, certificate, own)), delegation


def install_delegation(folder: Folder, data: bytes) -> Installed:
    """Keep what the centre gave, after checking that it is for this folder's key and elections.

    Raises:
        InputError: not such a file.
        AnswerError: it is for another key or election, or of another centre than the one before.
        EnvironmentFault: the disk does not take it.
    """
    installed = _installed(data)
    own = folder.key.public_key().public_bytes_raw()
    if not hmac.compare_digest(installed.delegation.key, own):
        raise AnswerError("delegation: it is for the key of another folder")
    if installed.delegation.package not in folder.elections:
        package = installed.delegation.package.hex()
        raise AnswerError(f"delegation: election package {package} is not one of this folder")
    before = load_delegation(folder)
    if before is not None and before.centre_key != installed.centre_key:
        raise AnswerError("delegation: of another centre than the one installed here")
    put_file(folder.root / "delegation.json", [data])
    return installed


def load_delegation(folder: Folder) -> Installed | None:
    """The certificate of this folder, None if it is a centre and no kecamatan.

    Raises:
        EnvironmentFault: the file is damaged.
    """
    path = folder.root / "delegation.json"
    if not path.is_file():
        return None
    try:
        return _installed(read_small(path, DELEGATION_LIMIT))
    except (InputError, AnswerError) as error:
        raise EnvironmentFault(f"{path}: damaged: install the delegation again") from error


def _installed(data: bytes) -> Installed:
    file = _parse(data, DelegationFile, "delegation")
    certificate, centre = bytes.fromhex(file.certificate), public_key(file.centre_key)
    return Installed(certificate, verify_delegation(certificate, centre), centre)


def _write(message: DelegationRequest | DelegationFile) -> bytes:
    return msgspec.json.format(msgspec.json.encode(message), indent=2) + b"\n"


def _parse(data: bytes, kind: type[Message], what: str) -> Message:
    if len(data) > DELEGATION_LIMIT:
        raise InputError(f"{what}: larger than {DELEGATION_LIMIT} bytes")
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"{what}: {error}") from error
