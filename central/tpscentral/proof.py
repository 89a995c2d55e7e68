"""Finds which of the evidence that has arrived is what a result was signed over.

Evidence carries no signature of its own and arrives in any order, several versions of a sheet
among it. The root in the signed statement decides which of them belong to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice, product

from tpsbox.record.tree import leaf_hash, root_of

TRIES = 2000
"""Combinations looked at; six sheets in three versions each are 729."""


def signed_versions(
    root: bytes, sheets: Sequence[Sequence[bytes]], loose: Sequence[bytes]
) -> tuple[bytes, ...] | None:
    """The version of each sheet under `root` (16 bytes), None if no combination has that root.

    `sheets` gives the versions of each sheet, the likeliest first; `loose` the SHA-256 of photos
    that no evidence names: attachments, which are leaves, or shots without a sheet, which are not.
    """
    hashed = [[(leaf_hash(body), body) for body in versions] for versions in sheets]
    attached = [leaf_hash(photo) for photo in loose]
    for chosen in islice(product(*hashed), TRIES):
        leaves = [leaf for leaf, _ in chosen]
        if root in (root_of([*leaves, *attached]), root_of(leaves)):
            return tuple(body for _, body in chosen)
    return None
