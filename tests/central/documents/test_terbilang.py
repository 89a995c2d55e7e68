"""Numbers in words: the odd ones by hand, all others by reading them back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tpscentral.documents.terbilang import LIMIT, terbilang

ONES = (
    "nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan",
    "sepuluh", "sebelas",
)  # fmt: skip


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "nol"),
        (10, "sepuluh"),
        (11, "sebelas"),
        (12, "dua belas"),
        (19, "sembilan belas"),
        (20, "dua puluh"),
        (21, "dua puluh satu"),
        (100, "seratus"),
        (111, "seratus sebelas"),
        (200, "dua ratus"),
        (1000, "seribu"),
        (1001, "seribu satu"),
        (2000, "dua ribu"),
        (11_000, "sebelas ribu"),
        (100_000, "seratus ribu"),
        (1_000_000, "satu juta"),
        (1_001_000, "satu juta seribu"),
        (71_461, "tujuh puluh satu ribu empat ratus enam puluh satu"),
        (104_696, "seratus empat ribu enam ratus sembilan puluh enam"),
        (203_000_017, "dua ratus tiga juta tujuh belas"),
        (10**9, "satu miliar"),
        (10**12 + 1, "satu triliun satu"),
    ],
)  # fmt: skip
def test_words(number, words):
    assert terbilang(number) == words


def read_back(words):
    """The number of these words, by adding up and multiplying as one reads."""
    total = group = last = 0
    for word in words.split():
        if word in ONES:
            last = ONES.index(word)
            group += last
        elif word == "belas":
            group += 10
        elif word == "puluh":
            group += last * 9
        elif word == "ratus":
            group += last * 99
        elif word in ("seratus", "seribu"):
            group += {"seratus": 100, "seribu": 0}[word]
            total += 1000 if word == "seribu" else 0
        else:
            scale = {"ribu": 10**3, "juta": 10**6, "miliar": 10**9, "triliun": 10**12}[word]
            total += group * scale
            group = 0
    return total + group


@given(st.integers(0, LIMIT - 1))
def test_every_number_can_be_read_back(number):
    assert read_back(terbilang(number)) == number


@pytest.mark.parametrize("number", [-1, LIMIT])
def test_what_has_no_words(number):
    with pytest.raises(ValueError, match="no words"):
        terbilang(number)
