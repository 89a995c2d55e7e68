"""What box and centre exchange once, before the election, as small JSON files."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tpsbox.errors import InputError
from tpsbox.record.statement import check_tps

ENROLMENT_LIMIT = 64 * 1024
"""Bytes of either file; both take about 2 kB."""

Pem = Annotated[str, msgspec.Meta(max_length=16 * 1024)]
Key = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
Package = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{8}$", max_length=8)]
Epoch = Annotated[int, msgspec.Meta(ge=1, le=255)]


class Broker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the centre's MQTT broker listens, always with TLS."""

    host: Annotated[str, msgspec.Meta(min_length=1, max_length=253)]
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)]


class EnrolmentRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a box asks for: `public_key` is its raw Ed25519 key in hex, `csr` for its TLS key."""

    version: Literal[1]
    tps: str
    election: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    package: Package
    public_key: Key
    csr: Pem


class Enrolment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the centre gives: its raw Ed25519 key in hex, certificates, epoch and broker."""

    version: Literal[1]
    tps: str
    package: Package
    epoch: Epoch
    centre_key: Key
    client_certificate: Pem
    ca_certificate: Pem
    broker: Broker


Message = TypeVar("Message", EnrolmentRequest, Enrolment)


def write_json(message: EnrolmentRequest | Enrolment) -> bytes:
    """The JSON file, indented for people, with a line end."""
    return msgspec.json.format(msgspec.json.encode(message), indent=2) + b"\n"


def parse_request(data: bytes) -> EnrolmentRequest:
    """A box's request.

    Raises:
        InputError: not such a file.
    """
    return _parse(data, EnrolmentRequest, "enrolment request")


def parse_enrolment(data: bytes) -> Enrolment:
    """The centre's answer.

    Raises:
        InputError: not such a file.
    """
    return _parse(data, Enrolment, "enrolment")


def public_key(hex_key: str) -> Ed25519PublicKey:
    """The Ed25519 key written as 64 hex digits.

    Raises:
        InputError: it is no such key.
    """
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(hex_key))
    except ValueError as error:
        raise InputError("public key: 64 hex digits of an Ed25519 key are needed") from error


def _parse(data: bytes, kind: type[Message], what: str) -> Message:
    if len(data) > ENROLMENT_LIMIT:
        raise InputError(f"{what}: larger than {ENROLMENT_LIMIT} bytes")
    try:
        message = msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"{what}: {error}") from error
    check_tps(message.tps)
    return message
