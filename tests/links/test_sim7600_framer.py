"""What a SIM7600 says is taken apart in the same way however its bytes were cut."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from tpsbox.links.sim7600_framer import PAYLOAD_LIMIT, PROMPT, Framer, Message

LINE = (
    st.text("+CMQTPUB:,0 18OKER", min_size=1)
    .map(str.strip)
    .filter(lambda text: text and "CMQTTRX" not in text)
)


def block(topic: bytes, payload: bytes, size: int = 1500) -> bytes:
    """As the module gives a message (AT Command Manual V3.00, chapter 16)."""
    parts = [b"\r\n+CMQTTRXSTART: 0,%d,%d\r\n" % (len(topic), len(payload))]
    parts.append(b"+CMQTTRXTOPIC: 0,%d\r\n%b\r\n" % (len(topic), topic))
    for start in range(0, len(payload), size):
        part = payload[start : start + size]
        parts.append(b"+CMQTTRXPAYLOAD: 0,%d\r\n%b\r\n" % (len(part), part))
    return b"".join((*parts, b"+CMQTTRXEND: 0\r\n"))


def read(framer: Framer, *pieces: bytes, prompt: bool = False) -> list[str]:
    lines = []
    for piece in pieces:
        framer.feed(piece)
        while (line := framer.next(prompt=prompt)) is not None:
            lines.append(line)
    return lines


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[a:b] for a, b in pairwise(ends)]


@settings(max_examples=50)
@given(
    st.lists(LINE | st.tuples(st.text("a/b", min_size=1), st.binary()), max_size=8),
    st.lists(st.integers(0, 10**6), max_size=30),
)
def test_lines_and_messages_come_out_however_the_bytes_are_cut(said, places):
    data = b"".join(
        f"\r\n{part}\r\n".encode() if isinstance(part, str) else block(part[0].encode(), part[1])
        for part in said
    )
    framer = Framer()
    assert read(framer, *cut(data, places)) == [part for part in said if isinstance(part, str)]
    messages = [Message(*part) for part in said if not isinstance(part, str)]
    assert framer.messages == messages


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=10))
def test_no_noise_makes_it_fail(noise, places):
    framer = Framer()
    read(framer, *cut(noise, places), prompt=True)
    framer.give_up()
    framer.feed(b"\r\n\r\n")
    read(framer)
    assert "OK" in read(framer, b"\r\nOK\r\n")


def test_a_long_payload_comes_in_blocks():
    payload = bytes(range(256)) * 16
    framer = Framer()
    assert read(framer, block(b"receipt/6302042001001", payload)) == []
    assert framer.messages == [Message("receipt/6302042001001", payload)]


def test_a_prompt_needs_no_line_end_and_counts_only_where_it_is_awaited():
    framer = Framer()
    assert read(framer, b"\r\n>", prompt=True) == [PROMPT]
    assert read(framer, b"\r\n> ", prompt=True) == [PROMPT]
    assert read(framer, b"\xff\x00#~\r\n\xff>", prompt=True) == ["#~", PROMPT]
    assert read(framer, b"#~>", prompt=True) == [PROMPT]
    assert read(framer, b">\r\nOK\r\n") == [">", "OK"]


def test_a_message_between_the_lines_of_a_command_hides_none_of_them():
    framer = Framer()
    data = b"\r\nOK\r\n" + block(b"t", b"OK\r\n+CMQTTPUB: 0,0\r\n>") + b"\r\n+CMQTTPUB: 0,6\r\n"
    assert read(framer, data) == ["OK", "+CMQTTPUB: 0,6"]
    assert framer.messages == [Message("t", b"OK\r\n+CMQTTPUB: 0,0\r\n>")]


def test_a_message_with_a_part_missing_is_none():
    framer = Framer()
    whole = block(b"t", bytes(3000))
    second = whole.index(b"+CMQTTRXPAYLOAD", whole.index(b"+CMQTTRXPAYLOAD") + 1)
    end = whole.index(b"+CMQTTRXEND")
    read(framer, whole[:second] + whole[end:] + block(b"t", b"after"))
    assert framer.messages == [Message("t", b"after")]


def test_a_damaged_length_costs_the_message_and_no_more():
    framer = Framer()
    wrong = block(b"t", b"short").replace(b"PAYLOAD: 0,5", b"PAYLOAD: 0,%d" % PAYLOAD_LIMIT)
    assert read(framer, wrong, b"OK\r\n") == []
    assert framer.amid
    framer.give_up()
    assert read(framer, b"\r\nOK\r\n" + block(b"t", b"next")) == ["OK"]
    assert framer.messages == [Message("t", b"next")]
    beyond = block(b"t", b"short").replace(b"PAYLOAD: 0,5", b"PAYLOAD: 0,99999")
    assert read(framer, beyond, b"OK\r\n") == ["short", "OK"]


def test_noise_without_line_ends_is_not_kept():
    framer = Framer()
    read(framer, *[b"#" * 600] * 50)
    assert len(framer._buffer) <= 1024
