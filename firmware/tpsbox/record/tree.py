"""The Merkle root over everything a result rests on.

Hashing as in RFC 6962, section 2.1 (leaf prefix 00, node prefix 01, split at the largest power of
two below the count), but over the set of leaves in the order of their hashes: the root depends
on what is there, not on when each sheet was taken, and a leaf given twice counts once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from tpsbox.record.statement import ROOT_BYTES


def evidence_root(leaves: Sequence[bytes]) -> bytes:
    """16 bytes of root over encoded evidence and the bare SHA-256 of photos without evidence.

    With no leaves it is the start of SHA-256 over nothing, as in RFC 6962.
    """
    hashes = sorted({hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves})
    return _root(hashes)[:ROOT_BYTES]


def _root(hashes: Sequence[bytes]) -> bytes:
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + _root(hashes[:split]) + _root(hashes[split:])).digest()
