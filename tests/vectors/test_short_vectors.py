"""Enrolment and short receipts are those of the published vectors, bit for bit."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from generate_short import FILE, vectors
from tpsbox.errors import AnswerError
from tpsbox.record.agreement import agreement_key, short_key
from tpsbox.record.enrolment import check_possession, parse_request, sign_request
from tpsbox.record.receipt import ReceiptKind
from tpsbox.record.short_receipt import make_short, read_short, verify_short

VECTORS = json.loads(FILE.read_text(encoding="utf-8"))
KEY, ID = bytes.fromhex(VECTORS["short_key"]), bytes.fromhex(VECTORS["id"])


def private(name):
    return X25519PrivateKey.from_private_bytes(bytes.fromhex(VECTORS[name]))


def test_the_file_is_what_the_generator_writes():
    assert vectors() == VECTORS


def test_the_request_is_reproduced_and_accepted():
    said = VECTORS["request"]
    request = parse_request(json.dumps(said).encode())
    check_possession(request)
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(VECTORS["signing_key"]))
    names = ("tps", "election", "package", "agreement_key", "csr")
    assert sign_request(**{name: said[name] for name in names}, key=key) == request
    key.public_key().verify(bytes.fromhex(said["proof"]), bytes.fromhex(VECTORS["signed_bytes"]))


def test_both_sides_derive_the_key():
    tps = VECTORS["request"]["tps"]
    centre = agreement_key(VECTORS["centre_agreement_key"])
    box = agreement_key(VECTORS["request"]["agreement_key"])
    assert short_key(private("box_agreement_private"), centre, tps) == KEY
    assert short_key(private("centre_agreement_private"), box, tps) == KEY


@pytest.mark.parametrize("kind", ReceiptKind)
def test_short_receipts_are_reproduced_and_changed_ones_refused(kind):
    data = bytes.fromhex(VECTORS[kind.name.lower()])
    epoch, number = VECTORS["epoch"], VECTORS["number"]
    assert make_short(kind, epoch, number, ID, KEY) == data
    assert read_short(data) == (kind, epoch, number)
    assert verify_short(data, ID, KEY) is kind
    for bit in (*range(8), *range(32, 96)):
        changed = bytearray(data)
        changed[bit // 8] ^= 0x80 >> bit % 8
        with pytest.raises(AnswerError):
            verify_short(bytes(changed), ID, KEY)
