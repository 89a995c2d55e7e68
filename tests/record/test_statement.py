"""The statement has exactly one spelling, and every other is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_samples import ELECTION, FIELDS, contest_results, one_statement, statements
from tpsbox.errors import InputError
from tpsbox.forms.election import Election, load_election, shipped_elections
from tpsbox.record.signing import SIGNATURE_BYTES
from tpsbox.record.statement import (
    ContestResult,
    State,
    Value,
    decode_statement,
    encode_statement,
    peek_package,
)

HEADER_BITS = {"tps": 40, "epoch": 84, "number": 92, "time": 108, "clock": 140, "root": 143}
FIRST_CONTEST = 271
"""Bits before each part, as docs/wire.md lays them out."""


def with_bits(data, start, width, value):
    total = 8 * len(data)
    shift = total - start - width
    mask = ((1 << width) - 1) << shift
    number = int.from_bytes(data, "big") & ~mask | value << shift
    return number.to_bytes(len(data), "big")


@given(statements)
def test_comes_back_exactly(statement):
    data = encode_statement(statement, ELECTION)
    assert decode_statement(data, ELECTION) == statement
    assert peek_package(data) == ELECTION.package


def refused_or_another_statement(data, original):
    """Bytes that decode at all must be what encoding gives for another statement."""
    try:
        statement = decode_statement(data, ELECTION)
    except InputError:
        return
    assert statement != original
    assert encode_statement(statement, ELECTION) == data


@given(statements, st.data())
def test_changed_bytes_are_refused_or_another_statement(statement, data):
    good = encode_statement(statement, ELECTION)
    bit = data.draw(st.integers(0, 8 * len(good) - 1))
    flipped = bytearray(good)
    flipped[bit // 8] ^= 0x80 >> bit % 8
    refused_or_another_statement(bytes(flipped), statement)


@given(statements, st.binary(min_size=1, max_size=30))
def test_spare_or_missing_bytes_are_refused(statement, more):
    good = encode_statement(statement, ELECTION)
    with pytest.raises(InputError):
        decode_statement(good + more, ELECTION)
    with pytest.raises(InputError):
        decode_statement(good[: -len(more)], ELECTION)


@given(st.binary(max_size=120))
def test_any_bytes_never_crash(tail):
    head = b"\x01" + ELECTION.package
    refused_or_another_statement(head + tail, None)
    with pytest.raises(InputError):
        decode_statement(b"\x02" + ELECTION.package + tail, ELECTION)


@pytest.mark.parametrize(
    ("start", "width", "value", "words"),
    [
        (HEADER_BITS["tps"], 44, 10**13, "13 digits"),
        (HEADER_BITS["tps"], 44, 6302042001000, "13 digits"),
        (HEADER_BITS["epoch"], 8, 0, "epoch"),
        (HEADER_BITS["number"], 16, 0, "number"),
        (HEADER_BITS["clock"], 3, 5, "clock"),
        (FIRST_CONTEST + 1, 3, 5, "no state"),
        (FIRST_CONTEST + 1, 3, 7, "no state"),
        (FIRST_CONTEST + 4, 10, 1000, "not 0 to 999"),
    ],
)
def test_what_is_out_of_range_is_refused(start, width, value, words):
    good = encode_statement(one_statement(), ELECTION)
    with pytest.raises(InputError, match=words):
        decode_statement(with_bits(good, start, width, value), ELECTION)


def test_spare_bits_must_be_zero():
    good = encode_statement(one_statement(), ELECTION)
    used = FIRST_CONTEST + 2 * (1 + 13 * FIELDS)
    assert len(good) == -(-used // 8) and used % 8
    for bit in range(used, 8 * len(good)):
        with pytest.raises(InputError, match="zero bits"):
            decode_statement(with_bits(good, bit, 1, 1), ELECTION)


def cells(value):
    return tuple(ContestResult(key, False, (value,) * FIELDS) for key in ("ppwp", "kedua"))


@pytest.mark.parametrize(
    "changes",
    [
        {"package": b"none"},
        {"tps": "630204200100"},
        {"tps": "630204200100x"},
        {"tps": "٦302042001001"},
        {"epoch": 0},
        {"epoch": 256},
        {"number": 0},
        {"number": 65536},
        {"time": -1},
        {"time": 2**32},
        {"clock": 5},
        {"root": bytes(15)},
        {"contests": ()},
        {"contests": cells(Value(State.ACCEPTED, 1))[::-1]},
        {"contests": cells(Value(State.ABSENT, 0))},
        {"contests": cells(Value(State.ACCEPTED))},
        {"contests": cells(Value(State.CORRECTED))},
        {"contests": cells(Value(State.UNSURE, 1000))},
        {"contests": cells(Value(State.CONFIRMED, -1))},
        {"contests": cells(Value(5, 1))},
    ],
)
def test_a_wrong_statement_is_not_encoded(changes):
    with pytest.raises(InputError):
        encode_statement(one_statement(**changes), ELECTION)


def test_a_contest_of_another_length_is_not_encoded():
    short = tuple(ContestResult(key, True, (Value(State.ABSENT),)) for key in ("ppwp", "kedua"))
    with pytest.raises(InputError, match=f"1 values, not {FIELDS}"):
        encode_statement(one_statement(contests=short), ELECTION)


def test_another_election_is_named():
    other = Election("lain", "Lain", "2024-11-27", 300, ELECTION.contest)
    with pytest.raises(InputError, match=ELECTION.package.hex()):
        decode_statement(encode_statement(one_statement(), ELECTION), other)


def test_null_is_not_zero():
    absent = encode_statement(one_statement(contests=cells(Value(State.ABSENT))), ELECTION)
    zero = encode_statement(one_statement(contests=cells(Value(State.ACCEPTED, 0))), ELECTION)
    assert absent != zero
    assert decode_statement(absent, ELECTION).contests[0].values[0].number is None
    assert decode_statement(zero, ELECTION).contests[0].values[0].number == 0


@pytest.mark.parametrize("name", shipped_elections())
@given(data=st.data())
def test_every_shipped_election_comes_back_in_one_frame(name, data):
    """Every form that is shipped; a whole TPS fits the 222 bytes of one LoRaWAN frame (DR5)."""
    election = load_election(name)
    keys = [contest.key for contest in election.contest]
    contests = tuple(
        data.draw(contest_results(key, len(election.form_of(key).fields))) for key in keys
    )
    statement = one_statement(package=election.package, contests=contests)
    encoded = encode_statement(statement, election)
    assert decode_statement(encoded, election) == statement
    assert len(encoded) + SIGNATURE_BYTES <= 222
