"""A record: the statement's bytes with the box's Ed25519 signature behind them."""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tpsbox.errors import AnswerError, InputError
from tpsbox.record.statement import PACKAGE_BYTES, RESULT_CONTEXT, STATEMENT_LIMIT

SIGNATURE_BYTES = 64
RECORD_LIMIT = STATEMENT_LIMIT + SIGNATURE_BYTES


def sign_result(statement: bytes, key: Ed25519PrivateKey) -> bytes:
    """The record: `statement` followed by 64 bytes of signature."""
    return statement + key.sign(RESULT_CONTEXT + statement)


def split_result(record: bytes) -> tuple[bytes, bytes]:
    """Statement and signature of a record, both unchecked.

    Raises:
        InputError: the length cannot be that of a record.
    """
    if not PACKAGE_BYTES + SIGNATURE_BYTES < len(record) <= RECORD_LIMIT:
        raise InputError(f"record of {len(record)} bytes: too short or larger than {RECORD_LIMIT}")
    return record[:-SIGNATURE_BYTES], record[-SIGNATURE_BYTES:]


def verify_result(record: bytes, key: Ed25519PublicKey) -> bytes:
    """The statement's bytes of a record that this key signed.

    Raises:
        AnswerError: it did not, or these bytes are no record at all.
    """
    try:
        statement, signature = split_result(record)
        key.verify(signature, RESULT_CONTEXT + statement)
    except (InputError, InvalidSignature) as error:
        raise AnswerError("record: the signature is not from the key of this box") from error
    return statement


def record_id(record: bytes) -> bytes:
    """32 bytes of SHA-256 over statement and signature: the record's name on every link."""
    return hashlib.sha256(record).digest()
