"""The secret that a box and the centre share, for receipts too short to hold a signature.

Each side has an X25519 key (RFC 7748) of its own; the public halves are exchanged at enrolment,
and both sides derive the same 32 bytes by HKDF with SHA-256 (RFC 5869). Nothing secret travels.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tpsbox.errors import InputError
from tpsbox.record.statement import check_tps

SHORT_KEY_CONTEXT = b"tps-box/short-key/1"
SHORT_KEY_BYTES = 32


def short_key(own: X25519PrivateKey, other: X25519PublicKey, tps: str) -> bytes:
    """32 bytes that only this pair of keys gives for this TPS, the same on both sides.

    Raises:
        InputError: the other key is one that gives everybody the same secret, or no TPS code.
    """
    info = SHORT_KEY_CONTEXT + check_tps(tps).encode()
    try:
        secret = own.exchange(other)
    except ValueError as error:  # RFC 7748, 6.1: a point of low order makes the secret all zeros
        raise InputError("agreement key: it is a point of low order, which is no key") from error
    return HKDF(SHA256(), length=SHORT_KEY_BYTES, salt=None, info=info).derive(secret)


def agreement_key(hex_key: str) -> X25519PublicKey:
    """The X25519 key written as 64 hex digits.

    Raises:
        InputError: it is no such key.
    """
    try:
        return X25519PublicKey.from_public_bytes(bytes.fromhex(hex_key))
    except ValueError as error:
        raise InputError("agreement key: 64 hex digits of an X25519 key are needed") from error
