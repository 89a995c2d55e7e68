"""A kecamatan's receipt holds by two signatures, one region, one election and its dates."""

from __future__ import annotations

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from tpsbox.errors import AnswerError, InputError
from tpsbox.record.delegation import (
    DELEGATION_BYTES,
    KECAMATAN_RECEIPT_BYTES,
    REGION_DIGITS,
    Delegation,
    make_delegation,
    make_kecamatan_receipt,
    verify_delegation,
    verify_kecamatan_receipt,
)
from tpsbox.record.receipt import ReceiptKind, make_receipt, verify_receipt

CENTRE, KECAMATAN, STRANGER = (
    Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2, 3)
)
TPS, ID, NOW = "6302042001001", bytes(range(32)), 1_732_700_000
DELEGATION = Delegation(
    package=b"\x01\x02\x03\x04",
    region="630204",
    not_before=NOW - 10,
    not_after=NOW + 10,
    key=KECAMATAN.public_key().public_bytes_raw(),
)


def receipt(delegation=DELEGATION, *, by=CENTRE, desk=KECAMATAN, kind=ReceiptKind.STORED, id=ID):
    return make_kecamatan_receipt(make_delegation(delegation, by), make_receipt(kind, id, desk))


def verify(data: bytes, **changes: object) -> ReceiptKind:
    plain = {"tps": TPS, "package": DELEGATION.package, "now": NOW, "id": ID}
    return verify_kecamatan_receipt(data, centre_key=CENTRE.public_key(), **{**plain, **changes})


@pytest.mark.parametrize("kind", ReceiptKind)
def test_it_says_what_the_kecamatan_said(kind: ReceiptKind):
    data = receipt(kind=kind)
    assert len(data) == KECAMATAN_RECEIPT_BYTES == DELEGATION_BYTES + 73
    assert verify(data) is kind


def test_it_is_never_a_receipt_of_the_centre():
    for data in (receipt(), receipt()[DELEGATION_BYTES:]):
        with pytest.raises(AnswerError):
            verify_receipt(data, ID, CENTRE.public_key())


@pytest.mark.parametrize(
    ("data", "changes", "words"),
    [
        (receipt(by=STRANGER), {}, "not from the centre's key"),
        (receipt(by=KECAMATAN), {}, "not from the centre's key"),
        (receipt(desk=STRANGER), {}, "the signature is not"),
        (receipt(desk=CENTRE), {}, "the signature is not"),
        (receipt(id=bytes(32)), {}, "for another item"),
        (receipt(), {"id": bytes(32)}, "for another item"),
        (receipt(), {"tps": "6302052001001"}, "not in region 630204"),
        (receipt(), {"package": bytes(4)}, "another election"),
        (receipt(), {"now": NOW - 11}, "not valid at this time"),
        (receipt(), {"now": NOW + 11}, "not valid at this time"),
        (receipt()[:-1], {}, "other sizes"),
        (b"", {}, "other sizes"),
    ],
)
def test_what_does_not_hold_is_refused_with_the_reason(data: bytes, changes, words: str):
    with pytest.raises(AnswerError, match=words) as caught:
        verify(data, **changes)
    assert "\n" not in str(caught.value)


@given(st.integers(0, KECAMATAN_RECEIPT_BYTES - 1), st.integers(1, 255))
def test_no_altered_byte_is_overlooked(place: int, change: int):
    data = bytearray(receipt())
    data[place] ^= change
    with pytest.raises(AnswerError):
        verify(bytes(data))


@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes):
    padded = (noise * KECAMATAN_RECEIPT_BYTES)[:KECAMATAN_RECEIPT_BYTES]
    for data in (noise, padded):
        with pytest.raises(AnswerError):
            verify(data)


@given(
    st.sampled_from(REGION_DIGITS).flatmap(
        lambda digits: st.text("0123456789", min_size=digits, max_size=digits)
    ),
    st.binary(min_size=4, max_size=4),
    st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)).map(sorted),
)
def test_every_delegation_comes_back_as_it_went(region: str, package: bytes, dates: list[int]):
    delegation = Delegation(package, region, dates[0], dates[1], DELEGATION.key)
    data = make_delegation(delegation, CENTRE)
    assert verify_delegation(data, CENTRE.public_key()) == delegation


@pytest.mark.parametrize(
    "changes",
    [
        {"region": "63020"},
        {"region": ""},
        {"region": "63020a"},
        {"package": b"123"},
        {"key": bytes(31)},
        {"not_before": NOW + 11},
        {"not_after": 2**32},
    ],
)
def test_a_delegation_over_nonsense_is_not_made(changes: dict[str, object]):
    with pytest.raises(InputError):
        make_delegation(msgspec.structs.replace(DELEGATION, **changes), CENTRE)
