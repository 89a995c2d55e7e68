"""The signed code of a document: which region and contest, its totals, and the whole recap's hash.

Text of 45 signs as QR codes pack them: "TPSD1:" and in base32, 64 bytes of Ed25519 signature and
a CBOR array [region, contest, locked at, digest, votes by paslon, valid, invalid, all, TPS
counted, TPS]. A kecamatan's stands behind the 118 bytes of its certificate, and begins "TPSD2:".
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Annotated

import cbor2
import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from tpsbox.errors import AnswerError, InputError
from tpsbox.record.delegation import DELEGATION_BYTES, Delegation, verify_delegation
from tpsbox.record.enrolment import public_key

DOCUMENT_CONTEXT = b"tps-box/document/1\0"
BY_CENTRE, BY_KECAMATAN = "TPSD1:", "TPSD2:"
SEAL = re.compile(r"TPSD[12]:[A-Z2-7]{100,700}")
SEAL_LIMIT = 800
SIGNATURE_BYTES = 64

Count = Annotated[int, msgspec.Meta(ge=0, lt=10**12)]


class Sealed(msgspec.Struct, frozen=True, array_like=True):
    """What a code states; `digest` is the SHA-256 of the recap, `locked_at` unix seconds."""

    region: Annotated[str, msgspec.Meta(pattern="^([0-9]{2}){1,3}$", max_length=6)]
    contest: Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9-]{0,31}$", max_length=32)]
    locked_at: Count
    digest: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    paslon: Annotated[tuple[Count, ...], msgspec.Meta(max_length=100)]
    suara_sah: Count
    suara_tidak_sah: Count
    suara_total: Count
    counted: Count
    tps: Count


class Signer(msgspec.Struct, frozen=True):
    """Who signed: None for the centre itself, else the kecamatan that it certified."""

    delegation: Delegation | None


def make_seal(sealed: Sealed, key: Ed25519PrivateKey, certificate: bytes | None = None) -> str:
    """The code; with the `certificate` of 118 bytes if the key is a kecamatan's."""
    body = cbor2.dumps(msgspec.to_builtins(sealed, builtin_types=(bytes,)), canonical=True)
    data = (certificate or b"") + key.sign(DOCUMENT_CONTEXT + body) + body
    text = base64.b32encode(data).decode().rstrip("=")
    return (BY_KECAMATAN if certificate else BY_CENTRE) + text


def verify_seal(text: str, centre_key: Ed25519PublicKey) -> tuple[Sealed, Signer]:
    """What a code states, and who signed it.

    Raises:
        InputError: it is no code of a document.
        AnswerError: it is not signed by the centre, nor by a kecamatan certified for that region.
    """
    data, by_kecamatan = _unpack(text)
    key, delegation = centre_key, None
    if by_kecamatan:
        delegation = verify_delegation(data[:DELEGATION_BYTES], centre_key)
        data, key = data[DELEGATION_BYTES:], public_key(delegation.key.hex())
    signature, body = data[:SIGNATURE_BYTES], data[SIGNATURE_BYTES:]
    try:
        key.verify(signature, DOCUMENT_CONTEXT + body)
    except InvalidSignature as error:
        raise AnswerError("document: its code is not signed by this centre") from error
    sealed = _parse(body)
    if delegation is not None:
        _check_covers(delegation, sealed)
    return sealed, Signer(delegation)


def _unpack(text: str) -> tuple[bytes, bool]:
    text = text.strip()
    if len(text) > SEAL_LIMIT or not SEAL.fullmatch(text):
        raise InputError(f"document: not the text of its code; it begins with {BY_CENTRE}")
    packed = text[len(BY_CENTRE) :]
    try:
        data = base64.b32decode(packed + "=" * (-len(packed) % 8))
    except binascii.Error as error:
        raise InputError("document: its code is cut off or mistyped") from error
    by_kecamatan = text.startswith(BY_KECAMATAN)
    if len(data) <= SIGNATURE_BYTES + by_kecamatan * DELEGATION_BYTES:
        raise InputError("document: its code is cut off")
    return data, by_kecamatan


def _parse(body: bytes) -> Sealed:
    try:
        return msgspec.convert(cbor2.loads(body), Sealed)
    except (cbor2.CBORError, msgspec.ValidationError, ValueError) as error:
        raise InputError(f"document: its code says nothing that is known ({error})") from error


def _check_covers(delegation: Delegation, sealed: Sealed) -> None:
    if not sealed.region.startswith(delegation.region):
        raise AnswerError(f"document: its signer speaks for region {delegation.region} only")
    if not delegation.not_before <= sealed.locked_at <= delegation.not_after:
        raise AnswerError("document: its signer's certificate did not hold when it was locked")
