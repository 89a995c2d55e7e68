"""The file of receipts: what goes in comes out, and nothing else passes for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tpsbox.errors import InputError
from tpsbox.record.receipt_list import (
    CarriedReceipt,
    ReceiptList,
    merge_receipts,
    parse_receipts,
    receipts_name,
    write_receipts,
)

TPS = "6302042001001"

carried = st.builds(
    CarriedReceipt,
    id=st.binary(min_size=32, max_size=32).map(bytes.hex),
    receipt=st.binary(min_size=1, max_size=200).map(bytes.hex),
)
lists = st.lists(carried, max_size=6).map(lambda some: ReceiptList(1, TPS, tuple(some)))
WHOLE = write_receipts(ReceiptList(1, TPS, (CarriedReceipt("ab" * 32, "01" * 73),)))


@given(lists)
def test_what_goes_in_comes_out(receipts: ReceiptList):
    data = write_receipts(receipts)
    assert parse_receipts(data) == receipts
    assert data.endswith(b"}\n")


@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=4))
def test_an_altered_file_is_read_within_its_limits_or_refused_in_one_line(changes):
    data = bytearray(WHOLE)
    for place, byte in changes:
        data[place] = byte
    try:
        receipts = parse_receipts(bytes(data))
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert [len(one.id) for one in receipts.receipts] in ([64], [])


@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes):
    with pytest.raises(InputError):
        parse_receipts(noise)


@given(lists, lists)
def test_merging_loses_no_new_receipt_and_no_old_one_of_another_kind(
    old: ReceiptList, new: ReceiptList
):
    merged = merge_receipts(old, new).receipts
    assert set(new.receipts) <= set(merged)
    fresh = {(one.id, len(one.receipt)) for one in new.receipts}
    for one in old.receipts:
        assert one in merged or (one.id, len(one.receipt)) in fresh
    assert merge_receipts(None, new) == new


def test_what_is_left_for_another_tps_gives_way():
    other = ReceiptList(1, "6302042001002", (CarriedReceipt("ab" * 32, "01"),))
    mine = ReceiptList(1, TPS, ())
    assert merge_receipts(other, mine) == mine
    assert receipts_name(TPS) == "tps-6302042001001.receipts"
    with pytest.raises(InputError):
        receipts_name("6302042001000")
