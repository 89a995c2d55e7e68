"""Signatures, ids and receipts: nothing passes that was changed by a bit."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from record_samples import ELECTION, one_statement
from tpsbox.errors import AnswerError, InputError
from tpsbox.record.receipt import ReceiptKind, make_receipt, read_receipt, verify_receipt
from tpsbox.record.signing import record_id, sign_result, split_result, verify_result
from tpsbox.record.statement import RESULT_CONTEXT, encode_statement

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
STATEMENT = encode_statement(one_statement(), ELECTION)
RECORD = sign_result(STATEMENT, KEY)
ID = record_id(RECORD)


def flipped(data, bit):
    changed = bytearray(data)
    changed[bit // 8] ^= 0x80 >> bit % 8
    return bytes(changed)


def test_a_record_is_statement_and_signature():
    assert verify_result(RECORD, KEY.public_key()) == STATEMENT
    assert split_result(RECORD) == (STATEMENT, KEY.sign(RESULT_CONTEXT + STATEMENT))
    assert hashlib.sha256(RECORD).digest() == ID


def test_every_one_bit_change_is_refused():
    for bit in range(8 * len(RECORD)):
        with pytest.raises(AnswerError):
            verify_result(flipped(RECORD, bit), KEY.public_key())


def test_another_key_is_refused():
    with pytest.raises(AnswerError):
        verify_result(RECORD, OTHER.public_key())


def test_a_signature_without_the_context_is_refused():
    with pytest.raises(AnswerError):
        verify_result(STATEMENT + KEY.sign(STATEMENT), KEY.public_key())


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(data):
    with pytest.raises(AnswerError):
        verify_result(data, KEY.public_key())


@pytest.mark.parametrize("size", [0, 64, 68, 4065])
def test_no_record_has_this_length(size):
    with pytest.raises(InputError):
        split_result(bytes(size))


@pytest.mark.parametrize("kind", ReceiptKind)
def test_a_receipt_says_its_kind(kind):
    receipt = make_receipt(kind, ID, KEY)
    assert len(receipt) == 73
    assert read_receipt(receipt) == (kind, ID[:8])
    assert verify_receipt(receipt, ID, KEY.public_key()) is kind


def test_every_one_bit_change_of_a_receipt_is_refused():
    receipt = make_receipt(ReceiptKind.STORED, ID, KEY)
    for bit in range(8 * len(receipt)):
        with pytest.raises(AnswerError):
            verify_receipt(flipped(receipt, bit), ID, KEY.public_key())


def test_a_receipt_holds_for_the_whole_id():
    receipt = make_receipt(ReceiptKind.STORED, ID, KEY)
    for bit in range(8 * len(ID)):
        with pytest.raises(AnswerError):
            verify_receipt(receipt, flipped(ID, bit), KEY.public_key())
    with pytest.raises(AnswerError):
        verify_receipt(receipt, ID[:31], KEY.public_key())
    with pytest.raises(AnswerError):
        verify_receipt(receipt, ID, OTHER.public_key())


@given(st.binary(max_size=80))
def test_any_bytes_are_no_receipt(data):
    with pytest.raises(AnswerError):
        verify_receipt(data, ID, KEY.public_key())


def test_a_receipt_needs_a_whole_id():
    with pytest.raises(InputError):
        make_receipt(ReceiptKind.STORED, ID[:8], KEY)
