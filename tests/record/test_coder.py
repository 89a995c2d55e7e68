"""The coder gives back what it took, in exactly one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tpsbox.errors import InputError
from tpsbox.record.coder import Adaptive, Reader, Writer, choose, uniform

weights = st.lists(st.integers(1, 300), min_size=1, max_size=9)
symbols = st.lists(
    weights.flatmap(lambda w: st.tuples(st.just(w), st.integers(0, len(w) - 1))), max_size=40
)


@given(symbols)
def test_symbols_come_back_in_their_order_and_nothing_is_left(pairs):
    out = Writer()
    for table, symbol in pairs:
        assert choose(out, table, symbol) == symbol
    reader = Reader(out.to_bytes())
    assert [choose(reader, table) for table, _ in pairs] == [symbol for _, symbol in pairs]
    reader.finish()


@given(st.binary(max_size=40), st.lists(weights, max_size=20))
def test_any_bytes_are_the_one_spelling_of_their_symbols_or_do_not_end(data, tables):
    reader = Reader(data)
    found = [choose(reader, table) for table in tables]
    try:
        reader.finish()
    except InputError:
        return
    out = Writer()
    for table, symbol in zip(tables, found, strict=True):
        choose(out, table, symbol)
    assert out.to_bytes() == data.lstrip(b"\0")


def test_the_length_is_that_of_the_weights():
    out = Writer()
    for _ in range(800):
        choose(out, (255, 1), 0)
    assert len(out.to_bytes()) <= 1, "what is nearly sure costs nearly nothing"
    for _ in range(100):
        uniform(out, 256, 255)
    assert len(out.to_bytes()) == 101


def test_a_symbol_of_weight_nothing_is_never_read():
    for number in range(1000):
        reader = Reader(number.to_bytes(2, "big"))
        assert choose(reader, (0, 2, 0, 3, 0)) in (1, 3)


@given(st.lists(st.integers(0, 2), max_size=60))
def test_what_came_often_gets_cheaper_for_writer_and_reader_alike(said):
    out, table = Writer(), Adaptive((3, 1, 1), 4)
    for symbol in said:
        table.code(out, symbol)
    reader, table = Reader(out.to_bytes()), Adaptive((3, 1, 1), 4)
    assert [table.code(reader, 0) for _ in said] == said
    reader.finish()


def test_a_run_of_the_unlikely_costs_little_once_it_is_seen():
    out, table = Writer(), Adaptive((200, 1), 4)
    for _ in range(400):
        table.code(out, 1)
    assert len(out.to_bytes()) < 40


def test_what_is_left_over_is_told():
    out = Writer()
    uniform(out, 10, 3)
    uniform(out, 10, 7)
    reader = Reader(out.to_bytes())
    uniform(reader, 10)
    with pytest.raises(InputError, match="does not end"):
        reader.finish()
