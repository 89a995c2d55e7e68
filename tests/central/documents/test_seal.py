"""The signed code of a document: it says what was locked, and nothing else passes for it."""

import numpy as np
import pytest
import segno
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from tpsbox.errors import AnswerError, InputError, TpsError
from tpsbox.record.delegation import Delegation, make_delegation
from tpscentral.documents.seal import Sealed, make_seal, verify_seal

CENTRE, KECAMATAN = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
NOW = 1_732_700_000
SEALED = Sealed("630214", "bupati", NOW, b"\1" * 32, (1849, 2043, 2029), 5921, 69, 5990, 23, 23)
LARGEST = Sealed(
    "63", "g" + "-" * 31, 10**12 - 1, b"\xff" * 32, (10**8,) * 8, 10**9, 10**9, 10**9, 10**6, 10**6
)


def certificate(region="630214", begin=NOW - 1, end=NOW + 1):
    made = Delegation(b"abcd", region, begin, end, KECAMATAN.public_key().public_bytes_raw())
    return make_delegation(made, CENTRE)


def verify(text):
    return verify_seal(text, CENTRE.public_key())


def test_the_centre_says_what_it_signed():
    sealed, signer = verify(make_seal(SEALED, CENTRE))
    assert sealed == SEALED
    assert signer.delegation is None


def test_a_certified_kecamatan_signs_for_its_region():
    sealed, signer = verify(make_seal(SEALED, KECAMATAN, certificate()))
    assert sealed == SEALED
    assert signer.delegation.region == "630214"
    for wrong in (certificate("630213"), certificate(end=NOW - 1), certificate(begin=NOW + 1)):
        with pytest.raises(AnswerError):
            verify(make_seal(SEALED, KECAMATAN, wrong))


def test_nobody_else_signs():
    for text in (make_seal(SEALED, KECAMATAN), make_seal(SEALED, CENTRE, certificate())):
        with pytest.raises(AnswerError):
            verify(text)


@given(st.data())
def test_no_changed_letter_passes(data):
    text = make_seal(SEALED, CENTRE)
    place = data.draw(st.integers(6, len(text) - 1))
    letter = data.draw(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
    changed = text[:place] + letter + text[place + 1 :]
    try:
        sealed, _ = verify(changed)
    except TpsError:
        return
    # The last letter carries bits that no byte holds; whatever passes says the same.
    assert sealed == SEALED


@given(st.text(max_size=900))
def test_any_other_text_is_told(text):
    with pytest.raises(InputError):
        verify(text)
    with pytest.raises(InputError):
        verify("TPSD1:" + text.lower())


def test_the_largest_fits_a_code_that_phones_read():
    text = make_seal(LARGEST, KECAMATAN, certificate("63"))
    code = segno.make_qr(text, error="m")
    assert code.mode == "alphanumeric"
    assert code.version <= 20
    assert len(make_seal(SEALED, CENTRE)) < 300


def test_the_code_can_be_read_from_a_picture():
    text = make_seal(SEALED, CENTRE)
    matrix = np.array([list(row) for row in segno.make_qr(text, error="m").matrix], np.uint8)
    picture = np.kron(1 - np.pad(matrix, 4), np.full((6, 6), 255, np.uint8)).astype(np.uint8)
    (code,) = zxingcpp.read_barcodes(picture)
    assert code.text == text
