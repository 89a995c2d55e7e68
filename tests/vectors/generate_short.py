"""Writes the vectors of enrolment and short receipts: python tests/vectors/generate_short.py.

All is put together here a second time, from docs/wire.md and without the product's own code: HKDF
and HMAC as RFC 5869 and RFC 2104 define them.
"""

import hashlib
import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

FILE = Path(__file__).parent / "short_receipt.json"
TPS = "6302042001001"
EPOCH, NUMBER = 2, 517
BLOCK = 64  # bytes, of SHA-256


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def mac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256 of a key of at most one block."""
    padded = key.ljust(BLOCK, b"\0")
    inner = sha(bytes(byte ^ 0x36 for byte in padded) + message)
    return sha(bytes(byte ^ 0x5C for byte in padded) + inner)


def vectors() -> dict[str, object]:
    """The content of the file."""
    signer = Ed25519PrivateKey.from_private_bytes(sha(b"tps-box test vectors: box"))
    box = X25519PrivateKey.from_private_bytes(sha(b"tps-box test vectors: box agreement"))
    centre = X25519PrivateKey.from_private_bytes(sha(b"tps-box test vectors: centre agreement"))
    secret = box.exchange(centre.public_key())
    key = mac(mac(bytes(32), secret), b"tps-box/short-key/1" + TPS.encode() + b"\x01")
    id = sha(b"example record")
    receipts = {
        name: bytes([kind, EPOCH])
        + NUMBER.to_bytes(2, "big")
        + mac(key, b"tps-box/short/1\0" + bytes([kind]) + id)[:8]
        for name, kind in (("stored", 1), ("refused", 2), ("conflict", 3))
    }
    request = {
        "version": 2,
        "tps": TPS,
        "election": "contoh",
        "package": "36ad3706",
        "public_key": signer.public_key().public_bytes_raw().hex(),
        "agreement_key": box.public_key().public_bytes_raw().hex(),
        "csr": "-----BEGIN CERTIFICATE REQUEST-----\nexample\n",
    }
    signed = (
        b"tps-box/enrolment/2\0"
        + TPS.encode()
        + bytes.fromhex(request["package"] + request["public_key"] + request["agreement_key"])
        + sha(request["election"].encode())
        + sha(request["csr"].encode())
    )
    return {
        "signing_key": signer.private_bytes_raw().hex(),
        "request": {**request, "proof": signer.sign(signed).hex()},
        "signed_bytes": signed.hex(),
        "box_agreement_private": box.private_bytes_raw().hex(),
        "centre_agreement_private": centre.private_bytes_raw().hex(),
        "centre_agreement_key": centre.public_key().public_bytes_raw().hex(),
        "secret": secret.hex(),
        "short_key": key.hex(),
        "id": id.hex(),
        "epoch": EPOCH,
        "number": NUMBER,
        **{name: data.hex() for name, data in receipts.items()},
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(vectors(), indent=1) + "\n", encoding="utf-8")
