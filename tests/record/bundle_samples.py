"""A bundle with one of everything, by a key of its own."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tpsbox.record.bundle import Entry, Manifest, entry, write_bundle

TPS = "6302042001001"
PACKAGE = "01020304"
BODIES = (
    ("record", b"a record"),
    ("evidence", b"evidence of a sheet"),
    ("photo", b"\xff\xd8\xff" + b"photo" * 100),
)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def sha(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def content(bodies: Sequence[tuple[str, bytes]] = BODIES) -> tuple[Manifest, dict[str, bytes]]:
    """A manifest over these bodies and a receipt for the first, and the bytes by entry name."""
    entries = [entry(kind, sha(body), len(body)) for kind, body in bodies]
    receipt = b"receipt" * 10
    answered = entry("receipt", sha(receipt), len(receipt), sha(bodies[0][1]))
    held = {one.name: body for one, (_, body) in zip(entries, bodies, strict=True)}
    manifest = Manifest(1, TPS, PACKAGE, 2, 7, (*entries, answered))
    return manifest, held | {answered.name: receipt}


def bundle_bytes(manifest: Manifest, held: dict[str, bytes], key: Ed25519PrivateKey = KEY) -> bytes:
    """The file as `write_bundle` writes it."""

    def body(one: Entry) -> bytes:
        return held[one.name]

    out = io.BytesIO()
    write_bundle(out, manifest, key, body)
    return out.getvalue()
