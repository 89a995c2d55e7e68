"""The centre's signed answer to whatever a box sent: the only proof that it is stored."""

from __future__ import annotations

import hmac
from enum import IntEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tpsbox.errors import AnswerError, InputError

RECEIPT_CONTEXT = b"tps-box/receipt/1\0"
ID_BYTES = 32
PREFIX_BYTES = 8
RECEIPT_BYTES = 1 + PREFIX_BYTES + 64


class ReceiptKind(IntEnum):
    """What the centre did with what it was sent."""

    STORED = 1
    """Committed to the centre's database."""
    REFUSED = 2
    """Not kept: sending it again will not help."""
    CONFLICT = 3
    """Kept beside another record of the same TPS, epoch and number: a person must look."""


def make_receipt(kind: ReceiptKind, id: bytes, key: Ed25519PrivateKey) -> bytes:
    """73 bytes: the kind, the first 8 bytes of the id, the signature over kind and whole id.

    Raises:
        InputError: the id is not 32 bytes.
    """
    if len(id) != ID_BYTES:
        raise InputError(f"receipt: an id of {ID_BYTES} bytes is needed, not {len(id)}")
    head = bytes([kind])
    return head + id[:PREFIX_BYTES] + key.sign(RECEIPT_CONTEXT + head + id)


def read_receipt(data: bytes) -> tuple[ReceiptKind, bytes]:
    """Kind and id prefix (8 bytes) of a receipt, both unchecked: only to find the full id.

    Raises:
        InputError: not the shape of a receipt.
    """
    if len(data) != RECEIPT_BYTES:
        raise InputError(f"receipt of {len(data)} bytes: it must have {RECEIPT_BYTES}")
    try:
        kind = ReceiptKind(data[0])
    except ValueError as error:
        raise InputError(f"receipt of unknown kind {data[0]}") from error
    return kind, data[1 : 1 + PREFIX_BYTES]


def verify_receipt(data: bytes, id: bytes, centre_key: Ed25519PublicKey) -> ReceiptKind:
    """What the centre says about the item with this full id (32 bytes).

    Raises:
        AnswerError: the receipt is malformed, for another id, or not from the centre.
    """
    try:
        kind, prefix = read_receipt(data)
    except InputError as error:
        raise AnswerError(str(error)) from error
    if len(id) != ID_BYTES or not hmac.compare_digest(prefix, id[:PREFIX_BYTES]):
        raise AnswerError("receipt: it is for another item")
    try:
        centre_key.verify(data[1 + PREFIX_BYTES :], RECEIPT_CONTEXT + data[:1] + id)
    except InvalidSignature as error:
        raise AnswerError("receipt: the signature is not from the centre's key") from error
    return kind
