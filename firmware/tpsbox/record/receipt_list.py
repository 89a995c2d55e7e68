"""The file of receipts that a centre leaves beside a bundle, for the box to pick up.

It needs no signature of its own: each receipt in it carries one.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from tpsbox.errors import InputError
from tpsbox.record.bundle import Sha
from tpsbox.record.statement import check_tps

RECEIPT_LIST_LIMIT = 4_000_000
"""Bytes; a box with ten photos gets about 4 kB."""
RECEIPTS_LIMIT = 8000


class CarriedReceipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A receipt in hex, of the centre or of a kecamatan, and the whole id of what it answers."""

    id: Sha
    receipt: Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{2})+$", max_length=512)]


class ReceiptList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All receipts for the box of a TPS."""

    version: Literal[1]
    tps: str
    receipts: Annotated[tuple[CarriedReceipt, ...], msgspec.Meta(max_length=RECEIPTS_LIMIT)]


def receipts_name(tps: str) -> str:
    """The name of the file, fit for FAT32."""
    return f"tps-{check_tps(tps)}.receipts"


def write_receipts(receipts: ReceiptList) -> bytes:
    """The JSON file, indented for people, with a line end."""
    return msgspec.json.format(msgspec.json.encode(receipts), indent=2) + b"\n"


def parse_receipts(data: bytes) -> ReceiptList:
    """The receipts in a file; none of them is verified yet.

    Raises:
        InputError: not such a file.
    """
    if len(data) > RECEIPT_LIST_LIMIT:
        raise InputError(f"receipts: larger than {RECEIPT_LIST_LIMIT} bytes")
    try:
        receipts = msgspec.json.decode(data, type=ReceiptList)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"receipts: {error}") from error
    check_tps(receipts.tps)
    return receipts


def merge_receipts(old: ReceiptList | None, new: ReceiptList) -> ReceiptList:
    """`new` with what `old` has besides, so that one stick may visit kecamatan and centre.

    A receipt gives way to a new one for the same item from the same kind of desk, which its
    length tells. Were there too many, the old ones would be dropped.
    """
    kept = () if old is None or old.tps != new.tps else old.receipts
    fresh = {(one.id, len(one.receipt)) for one in new.receipts}
    others = (one for one in kept if (one.id, len(one.receipt)) not in fresh)
    return ReceiptList(1, new.tps, (*new.receipts, *others)[:RECEIPTS_LIMIT])
