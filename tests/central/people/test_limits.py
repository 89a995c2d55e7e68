"""Limits let so many through and no more, whatever the clock and the keys do."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tpsbox.errors import InputError
from tpscentral.people.limits import Limiter, address_key
from tpscentral.people.wording import clean

PAUSES = st.lists(st.floats(0, 30), max_size=60)


@given(PAUSES, st.integers(1, 6), st.floats(0.5, 10))
def test_in_any_span_no_more_than_the_burst_and_what_came_back(pauses, burst, seconds):
    limiter, now, taken = Limiter(burst, seconds), 1000.0, []
    for pause in pauses:
        now += pause
        if limiter.take("key", now):
            taken.append(now)
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            span = taken[last] - taken[first]
            assert last - first + 1 <= burst + span / seconds + 1e-6


@given(PAUSES, st.integers(1, 6), st.floats(0.5, 10))
def test_who_waits_long_enough_is_let_through(pauses, burst, seconds):
    limiter, now = Limiter(burst, seconds), 1000.0
    for pause in pauses:
        now += pause
        limiter.take("key", now)
    assert limiter.take("key", now + seconds * 1.001)


def test_keys_do_not_share():
    limiter = Limiter(1, 60)
    assert limiter.take("a", 0) and limiter.take("b", 0)
    assert not limiter.take("a", 1)


def test_a_clock_set_back_gives_nothing_away():
    limiter = Limiter(2, 10)
    assert [limiter.take("a", now) for now in (100, 50, 40, 100)] == [True, True, False, False]


def test_memory_is_bounded_by_the_oldest_keys():
    limiter = Limiter(1, 60, kept=3)
    for key in "abcd":
        assert limiter.take(key, 0)
    assert not limiter.take("d", 0)
    assert limiter.take("a", 0)  # forgotten


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("10.0.0.7", "10.0.0.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
        ("::ffff:10.0.0.7", "10.0.0.7"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_addresses_of_one_household_count_together(host, key):
    assert address_key(host) == key


@given(st.text(max_size=60))
def test_what_is_clean_has_one_form_and_nothing_unseen(text):
    try:
        cleaned = clean(text, 50)
    except InputError:
        assert len(unicodedata.normalize("NFC", text).strip()) > 50 or any(
            unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp") for letter in text
        )
        return
    assert cleaned == cleaned.strip() == unicodedata.normalize("NFC", cleaned)
    assert len(cleaned) <= 50 and clean(cleaned, 50) == cleaned
    assert not any(unicodedata.category(letter) in ("Cc", "Co", "Cs") for letter in cleaned)


@pytest.mark.parametrize("letter", ["\0", "\x1b", "\x7f", "\u0085", "\u202e", "\u2066", "\ud800"])
def test_letters_that_hide_are_refused(letter):
    with pytest.raises(InputError, match="tidak terlihat setelah “suara”"):
        clean(f"suara{letter}sah", 100)


def test_what_word_the_web_and_chats_put_between_letters_is_taken_as_meant():
    assert clean("surat\u00a0suara\tsah\u200b\u200e", 100) == "surat suara sah"
    assert clean("\uf0b7 satu\u2028dua", 100, lines=True) == "• satu\ndua"


def test_lines_are_for_texts_of_several_lines():
    assert clean("satu\r\ndua\ttiga", 100, lines=True) == "satu\ndua tiga"
    with pytest.raises(InputError):
        clean("satu\ndua", 100)
    with pytest.raises(InputError, match="paling banyak 3 huruf"):
        clean("satu", 3)
