"""What lets a kecamatan without a network give receipts: its key, certified by the centre.

Such a receipt says that the kecamatan has the item, never that the centre has.
"""

from __future__ import annotations

import struct

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tpsbox.errors import AnswerError, InputError
from tpsbox.record.receipt import RECEIPT_BYTES, ReceiptKind, verify_receipt
from tpsbox.record.statement import PACKAGE_BYTES

DELEGATION_CONTEXT = b"tps-box/delegation/1\0"
KEY_BYTES = 32

REGION_DIGITS = (2, 4, 6, 10)
"""Provinsi, kabupaten or kota, kecamatan, desa or kelurahan: the beginnings of a TPS code."""

_BODY = struct.Struct(">B4sBQLL32s")
"""Version, package, digits of the region, the region as a number, valid from and until, key."""
_VERSION = 1

DELEGATION_BYTES = _BODY.size + 64
KECAMATAN_RECEIPT_BYTES = DELEGATION_BYTES + RECEIPT_BYTES


class Delegation(msgspec.Struct, frozen=True):
    """Whose receipts count as "at the kecamatan".

    `package` 4 bytes, `region` the digits with which its TPS begin, `not_before` and `not_after`
    in unix seconds, both included, `key` the raw Ed25519 key that is certified.
    """

    package: bytes
    region: str
    not_before: int
    not_after: int
    key: bytes


def make_delegation(delegation: Delegation, centre_key: Ed25519PrivateKey) -> bytes:
    """The certificate: 118 bytes, signed by the centre.

    Raises:
        InputError: a value in it is out of range.
    """
    region = check_region(delegation.region)
    if len(delegation.package) != PACKAGE_BYTES or len(delegation.key) != KEY_BYTES:
        raise InputError(f"delegation: {PACKAGE_BYTES} bytes of package, {KEY_BYTES} of key")
    if not 0 <= delegation.not_before <= delegation.not_after < 2**32:
        raise InputError("delegation: it must end after it begins")
    body = _BODY.pack(
        _VERSION,
        delegation.package,
        len(region),
        int(region),
        delegation.not_before,
        delegation.not_after,
        delegation.key,
    )
    return body + centre_key.sign(DELEGATION_CONTEXT + body)


def verify_delegation(data: bytes, centre_key: Ed25519PublicKey) -> Delegation:
    """What the centre certified; region and dates are the caller's to compare.

    Raises:
        AnswerError: malformed, or not signed by the centre.
    """
    if len(data) != DELEGATION_BYTES:
        raise AnswerError(f"delegation of {len(data)} bytes: it must have {DELEGATION_BYTES}")
    body = data[: _BODY.size]
    try:
        centre_key.verify(data[_BODY.size :], DELEGATION_CONTEXT + body)
    except InvalidSignature as error:
        raise AnswerError("delegation: the signature is not from the centre's key") from error
    version, package, digits, region, not_before, not_after, key = _BODY.unpack(body)
    if version != _VERSION:
        raise AnswerError(f"delegation of version {version}: this program knows {_VERSION}")
    return Delegation(package, f"{region:0{digits}d}", not_before, not_after, key)


def check_covers(delegation: Delegation, tps: str, package: bytes, now: float) -> None:
    """Check that a TPS of this election package lies in the region, at that time.

    Raises:
        AnswerError: it does not, and why.
    """
    if package != delegation.package:
        raise AnswerError("delegation: it is for another election")
    if not tps.startswith(delegation.region):
        raise AnswerError(f"delegation: TPS {tps} is not in region {delegation.region}")
    if not delegation.not_before <= now <= delegation.not_after:
        raise AnswerError("delegation: not valid at this time; check the clock and its dates")


def make_kecamatan_receipt(delegation: bytes, receipt: bytes) -> bytes:
    """191 bytes: the certificate, then a receipt by the certified key."""
    return delegation + receipt


def verify_kecamatan_receipt(
    data: bytes, id: bytes, centre_key: Ed25519PublicKey, *, tps: str, package: bytes, now: float
) -> ReceiptKind:
    """What a kecamatan of this TPS says about the item with this full id (32 bytes).

    Raises:
        AnswerError: the centre did not certify it for this TPS, election and time (`now`, unix
            seconds), or the receipt is for another id or not by the certified key.
    """
    if len(data) != KECAMATAN_RECEIPT_BYTES:
        raise AnswerError(f"receipt of {len(data)} bytes: a kecamatan's has other sizes")
    delegation = verify_delegation(data[:DELEGATION_BYTES], centre_key)
    check_covers(delegation, tps, package, now)
    try:
        key = Ed25519PublicKey.from_public_bytes(delegation.key)
    except ValueError as error:
        raise AnswerError("delegation: what it certifies is not an Ed25519 key") from error
    return verify_receipt(data[DELEGATION_BYTES:], id, key)


def check_region(region: str) -> str:
    """The digits themselves, if they can be the beginning of TPS codes.

    Raises:
        InputError: they cannot.
    """
    if len(region) not in REGION_DIGITS or not region.isascii() or not region.isdigit():
        raise InputError(
            f"region {region[:20]!r}: 2 digits of a provinsi, 4 of a kabupaten or kota, 6 of a "
            "kecamatan or 10 of a desa are needed"
        )
    return region
