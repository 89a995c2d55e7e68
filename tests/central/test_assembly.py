"""Fragments come in any order, twice, never, or mixed: the record comes out whole or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lorawan_samples import APPLICATION, RADIO, cut
from tpsbox.errors import InputError
from tpscentral.assembly import (
    ASKS,
    EXPIRY_S,
    SETS,
    SETS_PER_DEVICE,
    SILENCE_S,
    Assembly,
)
from tpscentral.chirpstack import Device
from tpscentral.lora_frames import Fragment, missing_frame, read_fragment, tag_of

RECORD = bytes(range(115))


class Steady:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Steady()


@pytest.fixture
def assembly(clock):
    return Assembly(clock)


def pieces(record=RECORD, size=9):
    return [read_fragment(frame) for frame in cut(record, size)]


def radio(number):
    return Device(APPLICATION, f"{number:016x}")


@given(st.binary(min_size=1, max_size=288), st.integers(9, 240))
def test_frames_are_read_as_the_specification_says(record, size):
    found = [read_fragment(frame) for frame in cut(record, size)]
    assert [piece.index for piece in found] == list(range(len(found)))
    assert {(piece.tag, piece.count) for piece in found} == {(tag_of(record), len(found))}
    assert b"".join(piece.body for piece in found) == record


@pytest.mark.parametrize("frame", [b"", b"\x00", b"\x00\x00", b"\x00\x20x", b"\x03\xe0x"])
def test_frames_that_are_no_fragment(frame):
    with pytest.raises(InputError, match="fragment"):
        read_fragment(frame)


@given(st.integers(0, 63), st.sets(st.integers(0, 31)))
def test_the_bitmap_names_what_is_missing(tag, missing):
    frame = missing_frame(tag, missing)
    assert len(frame) == 5 and frame[0] == tag
    bits = int.from_bytes(frame[1:], "big")
    assert {index for index in range(32) if bits >> (31 - index) & 1} == missing


@given(st.data())
def test_any_order_and_any_repetition_give_the_record(data):
    assembly = Assembly(lambda: 0.0)
    order = data.draw(st.permutations(pieces()))
    twice = data.draw(st.lists(st.sampled_from(order[:-1])))
    for piece in [*order[:-1], *twice]:
        assert assembly.add(RADIO, piece).record is None
    assert assembly.add(RADIO, order[-1]).record == RECORD
    # Any piece of it again is a box that has not heard the answer.
    assert assembly.add(RADIO, order[0]).record == RECORD


@given(st.sets(st.integers(0, 12), max_size=12), st.data())
def test_what_is_asked_for_is_what_is_missing_until_it_is_whole(lost, data):
    """However often frames are lost, asking and sending what is asked for ends."""
    assembly = Assembly(lambda: 0.0)
    parts = pieces()
    sent = [piece for piece in parts if piece.index not in lost - {12}]
    have = set()
    record = None
    for _ in range(ASKS + 1):
        missing = ()
        for piece in sent:
            progress = assembly.add(RADIO, piece)
            have.add(piece.index)
            record, missing = progress.record or record, progress.missing or missing
        if record is not None:
            break
        assert set(missing) == set(range(13)) - have
        # Some of what was asked for is lost again, but not the last of it.
        again = data.draw(st.sets(st.sampled_from(missing)))
        sent = [parts[index] for index in missing if index in again or index == missing[-1]]
    if record is None:
        assert len(have) < 13
    else:
        assert record == RECORD


def test_nothing_is_asked_for_while_more_may_come(assembly):
    for piece in pieces()[1:-1]:
        assert assembly.add(RADIO, piece).missing == ()
    assert assembly.add(RADIO, pieces()[-1]).missing == (0,)


def test_silence_is_answered_once(assembly, clock):
    for piece in pieces()[:3]:
        assembly.add(RADIO, piece)
    clock.now += SILENCE_S - 1
    assert list(assembly.silent()) == []
    clock.now += 1
    assert list(assembly.silent()) == [(RADIO, tag_of(RECORD), tuple(range(3, 13)))]
    clock.now += SILENCE_S
    assert list(assembly.silent()) == []
    assembly.add(RADIO, pieces()[5])
    clock.now += SILENCE_S
    [(_, _, missing)] = assembly.silent()
    assert missing == (3, 4, *range(6, 13))


def test_a_record_that_never_gets_whole_is_not_asked_for_without_end(assembly):
    last = pieces()[-1]
    answers = [assembly.add(RADIO, last).missing for _ in range(ASKS + 5)]
    assert sum(bool(missing) for missing in answers) == ASKS


def test_old_pieces_are_forgotten(assembly, clock):
    for piece in pieces()[:-1]:
        assembly.add(RADIO, piece)
    clock.now += EXPIRY_S + 1
    progress = assembly.add(RADIO, pieces()[-1])
    assert progress.record is None and progress.missing == tuple(range(12))
    assert len(assembly) == 1


def test_another_size_or_content_under_the_tag_begins_anew(assembly):
    for piece in pieces(size=9)[:-1]:
        assembly.add(RADIO, piece)
    coarse = pieces(size=51)
    for piece in coarse[:-1]:
        assert assembly.add(RADIO, piece).record is None
    assert assembly.add(RADIO, coarse[-1]).record == RECORD
    other = Fragment(tag_of(RECORD), 1, len(coarse), b"y" * 51)
    assert assembly.add(RADIO, other).record is None
    assert assembly.add(RADIO, coarse[-1]).missing == (0,)


def test_a_last_piece_is_never_longer_than_the_others(assembly):
    assembly.add(RADIO, Fragment(1, 1, 3, b"12345"))
    assert assembly.add(RADIO, Fragment(1, 2, 3, b"123456")).missing == (0, 1)
    assert assembly.add(RADIO, Fragment(1, 0, 3, b"1234")).missing == ()
    assert assembly.add(RADIO, Fragment(1, 2, 3, b"1234")).missing == (1,)


def test_devices_and_tags_do_not_mix(assembly):
    first, second = pieces(b"first" * 8, 20), pieces(b"other" * 8, 20)
    assert first[0].tag != second[0].tag
    neighbour = radio(7)
    assembly.add(RADIO, first[0])
    assembly.add(RADIO, second[0])
    assert assembly.add(neighbour, first[1]).missing == (0,)
    assert assembly.add(RADIO, second[1]).record == b"other" * 8
    assert assembly.add(RADIO, first[1]).record == b"first" * 8


def test_a_device_displaces_only_its_own_records(assembly):
    assembly.add(radio(1), Fragment(0, 0, 2, b"kept"))
    for tag in range(64):
        assembly.add(radio(2), Fragment(tag, 0, 2, b"flood"))
    assert len(assembly) == SETS_PER_DEVICE + 1
    assert assembly.add(radio(1), Fragment(0, 1, 2, b"end")).record == b"keptend"
    assert assembly.add(radio(2), Fragment(63, 1, 2, b"end")).record == b"floodend"
    assert assembly.add(radio(2), Fragment(0, 1, 2, b"end")).record is None


def test_the_whole_is_bounded(assembly):
    for number in range(SETS + 10):
        assembly.add(radio(number), Fragment(0, 0, 2, b"x"))
    assert len(assembly) == SETS


def test_a_record_that_did_not_fit_together_is_asked_for_again(assembly):
    for piece in pieces():
        assembly.add(RADIO, piece)
    assert assembly.restart(RADIO, tag_of(RECORD)) == tuple(range(13))
    for piece in pieces()[:-1]:
        assert assembly.add(RADIO, piece).record is None
    assert assembly.add(RADIO, pieces()[-1]).record == RECORD
    assembly.forget(RADIO, tag_of(RECORD))
    assert len(assembly) == 0
    assert assembly.restart(RADIO, tag_of(RECORD)) == ()
