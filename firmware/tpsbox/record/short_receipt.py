"""The centre's answer in 12 bytes, for a radio downlink that cannot carry a signature.

It counts as stored; the signed receipt follows on the next link that has room for it. Only the box
and the centre can make one, so it convinces the box and nobody else.
"""

from __future__ import annotations

import hashlib
import hmac
import struct

from tpsbox.errors import AnswerError, InputError
from tpsbox.record.agreement import SHORT_KEY_BYTES
from tpsbox.record.receipt import ID_BYTES, ReceiptKind

SHORT_CONTEXT = b"tps-box/short/1\0"
CODE_BYTES = 8
"""2^64 guesses at one radio frame each; the gateway's airtime allows some hundred an hour."""

_HEAD = struct.Struct(">BBH")
SHORT_BYTES = _HEAD.size + CODE_BYTES


def make_short(kind: ReceiptKind, epoch: int, number: int, id: bytes, key: bytes) -> bytes:
    """12 bytes about the record with this id (32 bytes), epoch (1 to 255) and number (1 to 65535).

    Raises:
        InputError: a value is outside its range.
    """
    if not (1 <= epoch <= 0xFF and 1 <= number <= 0xFFFF):
        raise InputError(f"short receipt: no record has epoch {epoch} and number {number}")
    return _HEAD.pack(kind, epoch, number) + _code(kind, id, key)


def read_short(data: bytes) -> tuple[ReceiptKind, int, int]:
    """Kind, epoch and number of a short receipt, all unchecked: only to find the record's id.

    Raises:
        InputError: not the shape of a short receipt.
    """
    if len(data) != SHORT_BYTES:
        raise InputError(f"short receipt of {len(data)} bytes: it must have {SHORT_BYTES}")
    kind, epoch, number = _HEAD.unpack_from(data)
    if kind not in set(ReceiptKind) or not epoch or not number:
        raise InputError(f"short receipt of kind {kind} for {epoch}/{number}: there is none such")
    return ReceiptKind(kind), epoch, number


def verify_short(data: bytes, id: bytes, key: bytes) -> ReceiptKind:
    """What the centre says about the record with this full id (32 bytes).

    Raises:
        AnswerError: the receipt is malformed, for another record, or made with another key.
        InputError: id or key do not have 32 bytes.
    """
    try:
        kind, _, _ = read_short(data)
    except InputError as error:
        raise AnswerError(str(error)) from error
    if not hmac.compare_digest(data[_HEAD.size :], _code(kind, id, key)):
        raise AnswerError("short receipt: it is for another record, or not from the centre")
    return kind


def _code(kind: ReceiptKind, id: bytes, key: bytes) -> bytes:
    if len(id) != ID_BYTES or len(key) != SHORT_KEY_BYTES:
        raise InputError(f"short receipt: id and key of {ID_BYTES} bytes each are needed")
    message = SHORT_CONTEXT + bytes([kind]) + id
    return hmac.digest(key, message, hashlib.sha256)[:CODE_BYTES]
