"""How long a record may get, and that the two readers of docs/wire.md never differ."""

import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_samples import contest_results, one_statement, tps_codes
from tpsbox.errors import InputError
from tpsbox.forms.election import Election, Paslon, load_election
from tpsbox.record import likely
from tpsbox.record.signing import SIGNATURE_BYTES
from tpsbox.record.statement import Clock, State, Value, decode_statement, encode_statement
from tpsbox.verify import tables
from tpsbox.verify.statement import HEAD_BYTES, read_statement

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "wire.md"
KOTABARU = load_election("pilkada-2024-kotabaru")
LARGEST = 222
"""Bytes of the largest payload of LoRaWAN."""


def with_paslon(count: int) -> Election:
    pairs = tuple(Paslon(nomor, f"Paslon {nomor}") for nomor in range(1, count + 1))
    contests = tuple(msgspec.structs.replace(c, paslon=pairs) for c in KOTABARU.contest)
    return msgspec.structs.replace(KOTABARU, contest=contests)


ELECTIONS = {count: with_paslon(count) for count in (2, 6)}


@st.composite
def any_statement(draw, count=None):
    """Whatever the types allow, in an election of 2 or 6 paslon in both contests."""
    election = ELECTIONS[count or draw(st.sampled_from(sorted(ELECTIONS)))]
    contests = tuple(
        draw(contest_results(key, len(form.fields))) for key, form in election.forms.items()
    )
    listed = st.sampled_from(["6302012001001", "6302042001004", "6302222001001"])
    return election, one_statement(
        package=election.package,
        contests=contests,
        tps=draw(listed | tps_codes),
        epoch=draw(st.integers(1, 255)),
        number=draw(st.integers(1, 65535)),
        time=draw(st.integers(0, 2**32 - 1) | st.integers(1732665500, 1732665700)),
        clock=draw(st.sampled_from(Clock)),
    )


@st.composite
def likely_statement(draw):
    """Numbers that follow from each other, but for a few that are changed."""
    election = ELECTIONS[2]
    base = draw(st.fixed_dictionaries({n: st.integers(0, 160) for n in ("l", "p", "a", "b")}))
    changes = draw(st.dictionaries(st.integers(0, 53), st.integers(0, 999), max_size=3))
    states = draw(st.dictionaries(st.integers(0, 53), st.sampled_from(State), max_size=6))
    contests, at = [], 0
    for key, form in election.forms.items():
        values = []
        for field in form.fields:
            number = changes.get(at, consistent(field.name, base))
            state = states.get(at, State.ACCEPTED)
            values.append(Value(state, None if state is State.ABSENT else number))
            at += 1
        contests.append((key, tuple(values)))
    results = tuple(
        msgspec.structs.replace(result, key=key, values=values, closed=True)
        for (key, values), result in zip(contests, one_statement().contests, strict=True)
    )
    return election, one_statement(package=election.package, contests=results)


def consistent(name: str, base: dict[str, int]) -> int:
    """Everybody on the register came and voted for the first paslon."""
    everybody = base["l"] + base["p"]
    if name.endswith(("_l", "_p")):
        return base[name[-1]] if name.startswith(("pemilih", "pengguna_dpt_", "pengguna_t")) else 0
    if name in ("pengguna_dptb_j", "pengguna_non_dpt_j", "disabilitas_j", "suara_tidak_sah"):
        return 0
    if name in ("paslon_2", "surat_suara_dikembalikan", "surat_suara_tidak_digunakan"):
        return 0
    return everybody


def states_and_numbers(statement):
    kinds = {(State.CONFIRMED, True): 5, (State.CORRECTED, True): 6, (State.UNSURE, True): 7}
    return {
        contest.key: [
            (kinds.get((v.state, v.number is None), int(v.state)), v.number) for v in contest.values
        ]
        for contest in statement.contests
    }


@settings(max_examples=30)
@given(any_statement() | likely_statement())
def test_the_two_readers_agree_on_every_statement(made):
    election, statement = made
    data = encode_statement(statement, election)
    said = read_statement(data, election)
    assert (f"{said.tps:013d}", said.epoch, said.number) == (
        statement.tps,
        statement.epoch,
        statement.number,
    )
    assert (said.time, said.clock) == (statement.time, int(statement.clock))
    assert {
        key: [(kind, contest.numbers.get(name)) for name, kind in contest.kinds.items()]
        for key, contest in said.contests.items()
    } == states_and_numbers(statement)
    assert [c.closed for c in said.contests.values()] == [c.closed for c in statement.contests]


@settings(max_examples=30)
@given(likely_statement(), st.data())
def test_the_two_readers_refuse_the_same_bytes(made, data):
    election, statement = made
    good = bytearray(encode_statement(statement, election))
    for _ in range(data.draw(st.integers(1, 3))):
        good[data.draw(st.integers(HEAD_BYTES, len(good) - 1))] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.integers(HEAD_BYTES, len(good)))
    for changed in (bytes(good), bytes(good[:cut])):
        answers = []
        for reader in (decode_statement, read_statement):
            try:
                reader(changed, election)
                answers.append("read")
            except InputError:
                answers.append("refused")
        assert answers[0] == answers[1]


@settings(max_examples=300)
@given(st.binary(max_size=90))
def test_the_two_readers_make_the_same_of_any_bytes(tail):
    """Bytes without sense are statements that no generator would think of."""
    data = b"\2" + KOTABARU.package + bytes(16) + tail
    try:
        statement = decode_statement(data, KOTABARU)
    except InputError:
        with pytest.raises(InputError):
            read_statement(data, KOTABARU)
        return
    said = read_statement(data, KOTABARU)
    assert encode_statement(statement, KOTABARU) == data
    assert {
        key: [(kind, contest.numbers.get(name)) for name, kind in contest.kinds.items()]
        for key, contest in said.contests.items()
    } == states_and_numbers(statement)


@settings(max_examples=40)
@given(any_statement(count=6))
def test_no_record_of_two_contests_exceeds_a_frame(made):
    """The most fields that two contests can have: 62, with 6 paslon each."""
    election, statement = made
    data = encode_statement(statement, election)
    assert len(data) + SIGNATURE_BYTES <= LARGEST
    assert decode_statement(data, election) == statement


@pytest.mark.parametrize("value", [Value(State.UNSURE, 999), Value(State.ACCEPTED, 1)])
def test_a_statement_of_79_fields_never_exceeds_a_frame(value):
    """The bound that docs/wire.md gives, by the weights of the plain form alone."""
    bits = 79 * 11.97 + 142
    assert HEAD_BYTES + -(-bits // 8) + SIGNATURE_BYTES <= LARGEST
    election = ELECTIONS[6]
    contests = tuple(
        msgspec.structs.replace(result, key=contest.key, values=(value,) * 31)
        for contest, result in zip(election.contest, one_statement().contests, strict=True)
    )
    statement = one_statement(
        package=election.package, contests=contests, tps="9999999999999", time=1, number=65535
    )
    data = encode_statement(statement, election)
    assert len(data) - HEAD_BYTES <= (62 * 11.97 + 142) / 8


def test_a_consistent_result_of_both_contests_fits_one_short_frame():
    election = ELECTIONS[2]
    base = {"l": 158, "p": 160, "a": 0, "b": 0}
    results = tuple(
        msgspec.structs.replace(
            result,
            key=key,
            values=tuple(Value(State.ACCEPTED, consistent(f.name, base)) for f in form.fields),
        )
        for (key, form), result in zip(
            election.forms.items(), one_statement().contests, strict=True
        )
    )
    statement = one_statement(package=election.package, contests=results, time=1732716000)
    assert len(encode_statement(statement, election)) + SIGNATURE_BYTES <= 105


def rows_after(heading: str) -> dict[str, tuple[int, ...]]:
    """The table of numbers that follows a line of the document, by its first column."""
    lines = DOCUMENT.read_text(encoding="utf-8").split(heading)[1].splitlines()
    found = {}
    for line in lines[2:]:
        if not line.startswith("|"):
            break
        name, *numbers = (cell.strip().strip("`") for cell in line.strip("|").split("|"))
        found[name] = tuple(map(int, numbers))
    return found


def test_the_tables_of_the_document_are_those_of_both_readers():
    kinds = rows_after("| base | kind 0 |")
    assert list(kinds.values()) == [likely.STATES_FIRST, *likely.STATES_AFTER]
    assert list(kinds) == ["none", *tables.STATE_WORDS]
    assert [*[*kinds.values()][1:], kinds["none"]] == list(tables.KIND_WEIGHTS)
    spreads = rows_after("| spread | equal |")
    assert spreads == likely.SPREADS == tables.SPREADS
    assert list(spreads)[-len(likely.RARE) :] == list(likely.RARE)


def test_the_weights_of_the_document_are_those_of_both_readers():
    text = DOCUMENT.read_text(encoding="utf-8")
    for words, product, other in (
        ("form", likely.FORMS, tables.FORM),
        ("epoch", likely.EPOCHS, tables.EPOCH),
        ("time", likely.TIMES, tables.TIME),
        ("clock: none, saved, RTC, system, network", likely.CLOCKS, tables.CLOCK),
    ):
        row = re.search(rf"^\| {words} \| ([0-9, ]+) \|", text, re.MULTILINE)
        assert row, words
        assert tuple(map(int, row[1].split(","))) == product == tuple(other)
    assert tuple(tables.NUMBER_LENGTH) == likely.NUMBER_BITS
    assert (tuple(tables.CLOSED), tuple(tables.LISTED)) == (likely.CLOSED, likely.TPS_LISTED)
