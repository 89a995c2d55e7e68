"""The table of signals says one thing by each pattern of a light, for people without colours."""

from __future__ import annotations

import pytest
from tpsbox.board.signals import (
    BEATS,
    LIGHT_NAMES,
    PATTERN_NAMES,
    SIGNALS,
    Light,
    Pattern,
    Shown,
    Signal,
)


def test_every_signal_has_an_entry_and_every_light_and_pattern_a_name():
    assert set(SIGNALS) == set(Signal)
    assert set(LIGHT_NAMES) == set(Light)
    assert set(PATTERN_NAMES) == set(BEATS) == set(Pattern)


@pytest.mark.parametrize("light", Light)
def test_no_two_signals_of_a_light_look_or_read_alike(light: Light):
    mine = [SIGNALS[signal] for signal in Signal if signal.light is light]
    assert len({entry.pattern for entry in mine}) == len(mine)
    assert len({entry.meaning for entry in mine}) == len(mine)


def test_meanings_are_short_sentences():
    for entry in SIGNALS.values():
        assert entry.meaning.endswith(".") and len(entry.meaning) <= 80


def test_blinking_is_told_apart_and_harms_nobody():
    rounds = {pattern: sum(beats) for pattern, beats in BEATS.items() if beats}
    assert len(set(rounds.values())) == len(rounds)
    assert all(len(BEATS[pattern]) % 2 == 0 for pattern in rounds)
    # Above 5 Hz flicker can bring on a seizure, and nobody can count it.
    assert min(min(BEATS[pattern]) for pattern in rounds) >= 0.1


def test_shown_is_described_light_by_light():
    described = Shown(Signal.REFUSED, Signal.DOUBT, Signal.STORED).described()
    assert list(described) == ["camera", "tick", "cloud"]
    assert described["camera"] == {
        "signal": "refused",
        "pattern": "double",
        "meaning": SIGNALS[Signal.REFUSED].meaning,
    }
