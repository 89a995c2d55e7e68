"""The Merkle root over everything a result rests on.

Hashing as in RFC 6962, section 2.1 (leaf prefix 00, node prefix 01, split at the largest power of
two below the count), but over the set of leaves in the order of their hashes: the root depends
on what is there, not on when each sheet was taken, and a leaf given twice counts once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from tpsbox.record.statement import ROOT_BYTES


def evidence_root(leaves: Iterable[bytes]) -> bytes:
    """16 bytes of root over encoded evidence and the bare SHA-256 of photos without evidence.

    With no leaves it is the start of SHA-256 over nothing, as in RFC 6962.
    """
    return root_of(map(leaf_hash, leaves))


def leaf_hash(leaf: bytes) -> bytes:
    """The 32 bytes that stand for a leaf in the tree."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """16 bytes of root over the set of leaves with these hashes."""
    return _node(sorted(set(leaf_hashes)))[:ROOT_BYTES]


def _node(hashes: Sequence[bytes]) -> bytes:
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + _node(hashes[:split]) + _node(hashes[split:])).digest()
