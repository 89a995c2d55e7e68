"""The statement has exactly one spelling, and every other is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_samples import ELECTION, FIELDS, contest_results, one_statement, statements
from tpsbox.errors import InputError
from tpsbox.forms.election import Election, load_election, shipped_elections
from tpsbox.record.statement import (
    ContestResult,
    State,
    Value,
    decode_statement,
    encode_statement,
    peek_package,
)

HEAD = 21
"""Bytes before the coded part: version, package, root."""


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
def test_spare_or_missing_bytes_are_refused_or_another_statement(statement, more):
    good = encode_statement(statement, ELECTION)
    refused_or_another_statement(good + more, statement)
    refused_or_another_statement(good[: -len(more)], statement)
    refused_or_another_statement(good[:HEAD] + more + good[HEAD:], statement)


@given(st.binary(max_size=120))
def test_any_bytes_never_crash(tail):
    refused_or_another_statement(b"\x02" + ELECTION.package + tail, None)
    refused_or_another_statement(b"\x02" + ELECTION.package + bytes(16) + tail, None)


def test_zeros_in_front_of_the_coded_part_are_refused():
    good = encode_statement(one_statement(), ELECTION)
    with pytest.raises(InputError, match="one spelling"):
        decode_statement(good[:HEAD] + b"\0" + good[HEAD:], ELECTION)


def test_what_is_too_long_is_refused_at_once():
    good = encode_statement(one_statement(), ELECTION)
    with pytest.raises(InputError, match="does not end"):
        decode_statement(good + bytes(4000 - len(good)), ELECTION)
    with pytest.raises(InputError, match="larger than 4000"):
        decode_statement(good + bytes(4001 - len(good)), ELECTION)


@pytest.mark.parametrize("version", [0, 1, 3, 255])
def test_another_version_is_refused(version):
    good = encode_statement(one_statement(), ELECTION)
    with pytest.raises(InputError, match=f"version {version}: this program knows 2"):
        decode_statement(bytes([version]) + good[1:], ELECTION)


def cells(value):
    return tuple(ContestResult(key, False, (value,) * FIELDS) for key in ("ppwp", "kedua"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"package": b"none"}, "package"),
        ({"tps": "630204200100"}, "13 digits"),
        ({"tps": "6302042001000"}, "13 digits"),
        ({"tps": "630204200100x"}, "13 digits"),
        ({"tps": "٦302042001001"}, "13 digits"),
        ({"epoch": 0}, "epoch"),
        ({"epoch": 256}, "epoch"),
        ({"number": 0}, "number"),
        ({"number": 65536}, "number"),
        ({"time": -1}, "time"),
        ({"time": 2**32}, "time"),
        ({"clock": 5}, "clock"),
        ({"root": bytes(15)}, "root"),
        ({"contests": ()}, "ppwp, kedua"),
        ({"contests": cells(Value(State.ACCEPTED, 1))[::-1]}, "ppwp, kedua"),
        ({"contests": cells(Value(State.ABSENT, 0))}, "value 1"),
        ({"contests": cells(Value(State.ACCEPTED))}, "value 1"),
        ({"contests": cells(Value(State.UNSURE, 1000))}, "not 0 to 999"),
        ({"contests": cells(Value(State.CONFIRMED, -1))}, "not 0 to 999"),
        ({"contests": cells(Value(5, 1))}, "value 1"),
    ],
)
def test_a_wrong_statement_is_not_encoded(changes, words):
    with pytest.raises(InputError, match=words):
        encode_statement(one_statement(**changes), ELECTION)


def test_a_contest_of_another_length_is_not_encoded():
    short = tuple(ContestResult(key, True, (Value(State.ABSENT),)) for key in ("ppwp", "kedua"))
    with pytest.raises(InputError, match=f"1 values, not {FIELDS}"):
        encode_statement(one_statement(contests=short), ELECTION)


def test_another_election_is_named():
    other = Election("lain", "Lain", "2024-11-27", 300, ELECTION.contest)
    with pytest.raises(InputError, match=ELECTION.package.hex()):
        decode_statement(encode_statement(one_statement(), ELECTION), other)


def test_an_election_without_a_day_is_one_clear_error():
    odd = Election("aneh", "Aneh", "2024-99-99", 300, ELECTION.contest)
    with pytest.raises(InputError, match="2024-99-99 is no date"):
        encode_statement(one_statement(package=odd.package), odd)


def test_null_is_not_zero():
    absent = encode_statement(one_statement(contests=cells(Value(State.ABSENT))), ELECTION)
    zero = encode_statement(one_statement(contests=cells(Value(State.ACCEPTED, 0))), ELECTION)
    assert absent != zero
    assert decode_statement(absent, ELECTION).contests[0].values[0].number is None
    assert decode_statement(zero, ELECTION).contests[0].values[0].number == 0


@pytest.mark.parametrize("state", [State.CONFIRMED, State.CORRECTED, State.UNSURE])
def test_an_empty_field_keeps_who_says_so(state):
    statement = one_statement(contests=cells(Value(state)))
    decoded = decode_statement(encode_statement(statement, ELECTION), ELECTION)
    assert {value for contest in decoded.contests for value in contest.values} == {Value(state)}


@pytest.mark.parametrize(
    "tps", ["6302012001001", "6302042001004", "6302042001005", "9999999999999", "0000000000001"]
)
def test_tps_in_and_outside_the_list_of_the_election(tps):
    election = load_election("pilkada-2024-kotabaru")
    statement = blank(election, tps=tps)
    data = encode_statement(statement, election)
    assert decode_statement(data, election) == statement


def test_every_listed_tps_comes_back():
    election = load_election("pilkada-2024-kotabaru")
    codes = election.all_tps()
    for tps in (*codes[:40], *codes[40:-3:29], *codes[-3:]):
        data = encode_statement(blank(election, tps=tps), election)
        assert decode_statement(data, election).tps == tps


@pytest.mark.parametrize("seconds", [-1, 0, 131071, 131072])
def test_times_around_the_day_of_the_election(seconds):
    statement = one_statement(time=1707868800 + seconds)  # 14 February 2024, 0.00 UTC
    data = encode_statement(statement, ELECTION)
    assert decode_statement(data, ELECTION) == statement


def blank(election, **changes):
    contests = tuple(
        ContestResult(key, False, (Value(State.ABSENT),) * len(form.fields))
        for key, form in election.forms.items()
    )
    return one_statement(package=election.package, contests=contests, **changes)


@pytest.mark.parametrize("name", shipped_elections())
@given(data=st.data())
def test_every_shipped_election_comes_back(name, data):
    election = load_election(name)
    contests = tuple(
        data.draw(contest_results(key, len(form.fields))) for key, form in election.forms.items()
    )
    statement = one_statement(package=election.package, contests=contests)
    assert decode_statement(encode_statement(statement, election), election) == statement
