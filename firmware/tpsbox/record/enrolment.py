"""What box and centre exchange once, before the election, as small JSON files.

The request proves that its sender holds the signing key it names: a signature by that key over
everything else in it. So nobody can enrol another box's key as his own, or put his TLS or
agreement key beside it.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tpsbox.errors import AnswerError, InputError
from tpsbox.record.statement import check_tps

ENROLMENT_CONTEXT = b"tps-box/enrolment/2\0"
ENROLMENT_LIMIT = 64 * 1024
"""Bytes of either file; both take about 2 kB."""

Pem = Annotated[str, msgspec.Meta(max_length=16 * 1024)]
Key = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
Proof = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{128}$", max_length=128)]
Package = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{8}$", max_length=8)]
Epoch = Annotated[int, msgspec.Meta(ge=1, le=255)]


class Broker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the centre's MQTT broker listens, always with TLS."""

    host: Annotated[str, msgspec.Meta(min_length=1, max_length=253)]
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)]


class EnrolmentRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a box asks for.

    `public_key` is its raw Ed25519 key and `agreement_key` its raw X25519 key, both in hex; `csr`
    is for its TLS key; `proof` the Ed25519 signature over all of it, in hex.
    """

    version: Literal[2]
    tps: str
    election: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    package: Package
    public_key: Key
    agreement_key: Key
    csr: Pem
    proof: Proof


class Enrolment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the centre gives: epoch, certificates, broker, its own keys.

    `centre_key` is its raw Ed25519 key, `centre_agreement_key` its raw X25519 key, both in hex.
    """

    version: Literal[2]
    tps: str
    package: Package
    epoch: Epoch
    centre_key: Key
    centre_agreement_key: Key
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


def sign_request(
    tps: str, election: str, package: str, agreement_key: str, csr: str, key: Ed25519PrivateKey
) -> EnrolmentRequest:
    """The request of the box with this signing key; the other values as in `EnrolmentRequest`."""
    own = key.public_key().public_bytes_raw().hex()
    unsigned = EnrolmentRequest(2, tps, election, package, own, agreement_key, csr, "")
    return msgspec.structs.replace(unsigned, proof=key.sign(_signed_bytes(unsigned)).hex())


def check_possession(request: EnrolmentRequest) -> None:
    """Check that the request comes from the holder of the signing key it names, unchanged.

    Raises:
        AnswerError: it does not.
        InputError: what it names is no key.
    """
    key = public_key(request.public_key)
    try:
        key.verify(bytes.fromhex(request.proof), _signed_bytes(request))
    except InvalidSignature as error:
        raise AnswerError(
            "enrolment request: it is not signed by the key that it names; make it anew on the box"
        ) from error


def public_key(hex_key: str) -> Ed25519PublicKey:
    """The Ed25519 key written as 64 hex digits.

    Raises:
        InputError: it is no such key.
    """
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(hex_key))
    except ValueError as error:
        raise InputError("public key: 64 hex digits of an Ed25519 key are needed") from error


def _signed_bytes(request: EnrolmentRequest) -> bytes:
    """The request in one spelling, 165 bytes: parts of fixed length, long ones as their SHA-256."""
    return b"".join(
        (
            ENROLMENT_CONTEXT,
            request.tps.encode(),
            bytes.fromhex(request.package),
            bytes.fromhex(request.public_key),
            bytes.fromhex(request.agreement_key),
            hashlib.sha256(request.election.encode()).digest(),
            hashlib.sha256(request.csr.encode()).digest(),
        )
    )


def _parse(data: bytes, kind: type[Message], what: str) -> Message:
    if len(data) > ENROLMENT_LIMIT:
        raise InputError(f"{what}: larger than {ENROLMENT_LIMIT} bytes")
    try:
        message = msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"{what}: {error}") from error
    check_tps(message.tps)
    return message
