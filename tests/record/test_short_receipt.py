"""The key that both sides derive, and the 12 bytes that only they can make."""

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from record_samples import TPS
from tpsbox.errors import AnswerError, InputError
from tpsbox.record.agreement import agreement_key, short_key
from tpsbox.record.receipt import ReceiptKind
from tpsbox.record.short_receipt import SHORT_BYTES, make_short, read_short, verify_short

BOX, CENTRE = (X25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))
KEY = short_key(BOX, CENTRE.public_key(), TPS)
OTHER_TPS = "6302042001002"

kinds = st.sampled_from(ReceiptKind)
ids = st.binary(min_size=32, max_size=32)
epochs, numbers = st.integers(1, 255), st.integers(1, 65535)


def hkdf(secret: bytes, info: bytes) -> bytes:
    """RFC 5869 with one block and no salt, written out."""
    extracted = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")


def test_both_sides_derive_the_key_of_the_specification():
    assert short_key(CENTRE, BOX.public_key(), TPS) == KEY
    shared = BOX.exchange(CENTRE.public_key())
    assert hkdf(shared, b"tps-box/short-key/1" + TPS.encode()) == KEY


def test_another_tps_or_key_gives_another_secret():
    stranger = X25519PrivateKey.from_private_bytes(bytes([3]) * 32)
    assert short_key(BOX, CENTRE.public_key(), OTHER_TPS) != KEY
    assert short_key(stranger, CENTRE.public_key(), TPS) != KEY


@pytest.mark.parametrize("point", [bytes(32), b"\x01" + bytes(31)])
def test_a_point_of_low_order_is_no_key(point):
    with pytest.raises(InputError, match="low order"):
        short_key(BOX, X25519PublicKey.from_public_bytes(point), TPS)


@pytest.mark.parametrize("text", ["", "00" * 31, "zz" * 32, "00" * 33])
def test_keys_are_read_from_hex(text):
    assert agreement_key(BOX.public_key().public_bytes_raw().hex()) == BOX.public_key()
    with pytest.raises(InputError, match="X25519"):
        agreement_key(text)


@given(kinds, epochs, numbers, ids)
def test_what_is_made_is_read_and_verified(kind, epoch, number, id):
    data = make_short(kind, epoch, number, id, KEY)
    assert len(data) == SHORT_BYTES == 12
    assert read_short(data) == (kind, epoch, number)
    assert verify_short(data, id, KEY) is kind
    message = b"tps-box/short/1\0" + bytes([kind]) + id
    assert data[4:] == hmac.new(KEY, message, hashlib.sha256).digest()[:8]


@given(kinds, epochs, numbers, ids, st.integers(0, 8 * 12 - 1))
def test_a_changed_bit_is_refused_or_names_another_record(kind, epoch, number, id, bit):
    changed = bytearray(make_short(kind, epoch, number, id, KEY))
    changed[bit // 8] ^= 0x80 >> bit % 8
    try:
        assert verify_short(bytes(changed), id, KEY) is kind
    except AnswerError:
        return
    # Epoch and number only say which id to check; the record behind the id states its own.
    assert 8 <= bit < 32
    assert read_short(bytes(changed)) != (kind, epoch, number)


@given(kinds, ids, ids)
def test_another_id_or_key_is_refused(kind, id, other):
    data = make_short(kind, 1, 1, id, KEY)
    wrong = [(id, bytes(32))] + ([(other, KEY)] if other != id else [])
    for pair in wrong:
        with pytest.raises(AnswerError, match="another record"):
            verify_short(data, *pair)


@given(st.binary(max_size=30))
def test_any_bytes_are_refused(data):
    with pytest.raises(AnswerError):
        verify_short(data, bytes(32), KEY)


def test_what_no_record_can_have_is_not_made():
    for epoch, number in ((0, 1), (256, 1), (1, 0), (1, 65536)):
        with pytest.raises(InputError, match="no record"):
            make_short(ReceiptKind.STORED, epoch, number, bytes(32), KEY)
    for id, key in ((bytes(31), KEY), (bytes(32), KEY[:31])):
        with pytest.raises(InputError, match="32 bytes"):
            make_short(ReceiptKind.STORED, 1, 1, id, key)
