"""The table of signals says one thing by each pattern of a light, for people without colours."""

from __future__ import annotations

from itertools import pairwise

import pytest
from tpsbox.board.beats import STEP, levels, lit
from tpsbox.board.notices import NOTICES, WARNING_EVERY, Notice
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
from tpsbox.board.sounds import SOUND_BEATS, SOUND_MEANINGS, SOUND_NAMES, Sound


def test_every_signal_has_an_entry_and_every_light_and_pattern_a_name():
    assert set(SIGNALS) == set(Signal)
    assert set(LIGHT_NAMES) == set(Light)
    assert set(PATTERN_NAMES) == set(BEATS) == set(Pattern)
    assert set(NOTICES) == set(Notice)
    assert set(SOUND_BEATS) == set(SOUND_MEANINGS) == set(SOUND_NAMES) == set(Sound)


@pytest.mark.parametrize("light", Light)
def test_no_two_signals_of_a_light_look_or_read_alike(light: Light):
    mine = [SIGNALS[signal] for signal in Signal if signal.light is light]
    assert len({entry.pattern for entry in mine}) == len(mine)
    assert len({entry.meaning for entry in mine}) == len(mine)


def test_meanings_are_short_sentences():
    for entry in (*SIGNALS.values(), *NOTICES.values()):
        assert entry.meaning.endswith(".") and len(entry.meaning) <= 85


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


def test_a_notice_is_described_beside_the_lights():
    described = Shown(notice=Notice.CLOCK).described()
    assert list(described) == ["camera", "tick", "cloud", "all"]
    assert described["all"] == {
        "signal": "clock",
        "pattern": "berkedip bersama 3 kali",
        "meaning": NOTICES[Notice.CLOCK].meaning,
    }


def test_notices_are_told_apart_by_what_they_look_like():
    assert len({entry.looks for entry in NOTICES.values()}) == len(NOTICES)
    assert len({entry.frames for entry in NOTICES.values()}) == len(NOTICES)
    for entry in NOTICES.values():
        assert min(seconds for _, seconds in entry.frames) >= 0.2
        for light in range(3):
            seen = {frame[light] for frame, _ in entry.frames}
            assert seen == {"0", "1"}, "no light may look like one that is broken"


def test_sounds_are_short_and_told_apart_without_pitch():
    assert all(len(beats) % 2 == 1 and sum(beats) <= 3 for beats in SOUND_BEATS.values())
    rhythms = {(len(beats), min(beats), max(beats)) for beats in SOUND_BEATS.values()}
    assert len(rhythms) == len(Sound)


def times(seconds: float) -> list[float]:
    return [n * STEP for n in range(round(seconds / STEP))]


@pytest.mark.parametrize("pattern", [p for p in Pattern if BEATS[p]])
def test_a_round_of_a_pattern_lights_for_as_long_as_its_beats_say(pattern: Pattern):
    beats = BEATS[pattern]
    on = [lit(pattern, t) for t in times(sum(beats))]
    assert sum(on) * STEP == pytest.approx(sum(beats[::2]))
    assert sum(a and not b for a, b in zip(on, [*on[1:], on[0]], strict=True)) == len(beats) / 2


def test_a_warning_comes_between_the_lights_own_signals():
    shown = Shown(Signal.KEPT, Signal.NOTHING_READ, Signal.STORED, Notice.POWER)
    assert {levels(shown, t) for t in times(WARNING_EVERY)} == {(True, False, True)}
    length = sum(seconds for _, seconds in NOTICES[Notice.POWER].frames)
    blinks = [levels(shown, WARNING_EVERY + t) for t in times(length)]
    assert set(blinks) == {(False,) * 3, (True,) * 3}
    starts = [a != b and b[0] for a, b in pairwise(blinks)]
    assert sum(starts) == 2
    assert levels(shown, WARNING_EVERY + length) == (True, False, True)


def test_a_stuck_button_is_all_that_is_seen():
    shown = Shown(Signal.KEPT, Signal.SURE, Signal.STORED, Notice.STUCK)
    assert {levels(shown, t) for t in times(60)} == {(True, False, True), (False, True, False)}
