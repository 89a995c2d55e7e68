"""The printed card says every signal, notice and sound, and its strips show their rhythm."""

from __future__ import annotations

import re
import zlib

import pytest
from fpdf import FPDF
from tpsbox.board import beats
from tpsbox.board.notices import NOTICES
from tpsbox.board.ports import HOLD_SECONDS
from tpsbox.board.signals import BEATS, LIGHT_NAMES, PATTERN_NAMES, SIGNALS, Pattern
from tpsbox.board.sounds import SOUND_BEATS, SOUND_MEANINGS, SOUND_NAMES
from tpshw import card, pictures

CARD = card.card()


@pytest.fixture(scope="module")
def words() -> str:
    """All text of the card, lines joined by one space."""
    shown = re.findall(rb"\(((?:[^()\\]|\\.)*)\) Tj", CARD)
    return " ".join(line.decode("latin-1").replace("\\", "") for line in shown)


def test_every_meaning_is_on_the_card(words):
    for entry in [*SIGNALS.values(), *NOTICES.values()]:
        assert entry.meaning in words
    for meaning in SOUND_MEANINGS.values():
        assert meaning in words


def test_every_name_is_on_the_card(words):
    for name in [*LIGHT_NAMES.values(), *PATTERN_NAMES.values(), *SOUND_NAMES.values()]:
        assert name in words
    for entry in NOTICES.values():
        assert entry.looks in words


def test_it_has_two_a4_pages_and_is_the_same_every_time():
    assert len(re.findall(rb"/Type /Page\b", CARD)) == 2
    assert card.card() == CARD


def test_nothing_runs_off_the_page():
    """Every line of text and every box lies between the margins."""
    for x in re.findall(rb"BT ([\d.]+) ([\d.]+) Td", CARD):
        assert 0 < float(x[0]) < 595 - 28
        assert 28 < float(x[1]) < 842


def test_the_hold_on_the_card_is_the_box_s():
    assert any(f"{HOLD_SECONDS:g} detik" in name for name, _, _ in card.BUTTONS)


@pytest.mark.parametrize("pattern", list(Pattern))
def test_a_strip_is_lit_as_long_as_the_light(pattern):
    found = pictures.runs(lambda t: beats.lit(pattern, t), 12.0)
    lit = sum(end - start for start, end in found)
    rounds = BEATS[pattern]
    if rounds:
        share = sum(rounds[::2]) / sum(rounds)
        whole = 12.0 // sum(rounds) * sum(rounds)
        assert lit == pytest.approx(share * whole, abs=sum(rounds))
        assert found[0] == (0.0, pytest.approx(rounds[0]))
    else:
        assert lit == pytest.approx(12.0 if pattern is Pattern.STEADY else 0.0)


def test_a_sound_s_strip_has_its_beeps_and_then_silence():
    for sounds in SOUND_BEATS.values():
        found = pictures.runs(pictures.beeps(sounds), 4.0, step=0.01)
        lengths = [end - start for start, end in found]
        assert lengths == pytest.approx(list(sounds[::2]), abs=0.02)


def test_strips_of_different_patterns_are_different():
    pages = set()
    for pattern in Pattern:
        pdf = FPDF()
        pdf.add_page()
        pictures.strip(pdf, (0, 0, 40, 5), lambda t, p=pattern: beats.lit(p, t))
        pages.add(zlib.crc32(bytes(pdf.pages[1].contents)))
    assert len(pages) == len(Pattern)
