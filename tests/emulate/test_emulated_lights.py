"""Patterns are told from changes of a line as an uneven processor makes them."""

from __future__ import annotations

from random import Random

import pytest
from emulate.lights import STILL, pattern, sound
from tpsbox.board.signals import BEATS, Pattern
from tpsbox.board.sounds import SOUND_BEATS, Sound

BLINKING = [p for p in Pattern if BEATS[p]]


def edges(shown: Pattern, random: Random, stretch: float) -> list[tuple[float, int]]:
    """A dozen seconds of a pattern, each beat up to 15 % longer, all of them stretched."""
    now, seen = 0.0, [(0.0, 0)]
    while now < 16:
        for place, beat in enumerate(BEATS[shown]):
            seen.append((now, 1 - place % 2))
            now += beat * stretch * random.uniform(1, 1.15)
    cut = random.uniform(13, 16)
    return [edge for edge in seen if edge[0] <= cut]


@pytest.mark.parametrize("shown", BLINKING)
@pytest.mark.parametrize("stretch", [1.0, 1.25])
def test_every_pattern_is_told_from_the_others(shown, stretch):
    random = Random(shown.value)
    for _ in range(30):
        seen = edges(shown, random, stretch)
        assert pattern(seen, seen[-1][0] + 0.05) is shown


@pytest.mark.parametrize("shown", BLINKING)
def test_a_pattern_that_has_just_begun_is_never_taken_for_another(shown):
    seen = edges(shown, Random(1), 1.0)
    for count in range(1, len(seen)):
        assert pattern(seen[:count], seen[count - 1][0] + 0.05) in (None, shown)


def test_a_light_is_steady_or_off_once_it_has_not_changed_for_longer_than_any_pause():
    assert pattern([(0.0, 0), (1.0, 1)], 1.0 + STILL) is Pattern.STEADY
    assert pattern([(0.0, 1), (1.0, 0)], 1.0 + STILL) is Pattern.OFF
    assert pattern([(0.0, 0), (1.0, 1)], 1.0 + STILL / 2) is None
    assert pattern([], 100.0) is None
    assert max(max(BEATS[p]) for p in BLINKING) * 1.25 < STILL


@pytest.mark.parametrize("made", list(Sound))
def test_sounds_are_told_by_number_and_length(made):
    now, seen = 1.0, [(0.0, 0)]
    for sounded in (Sound.FAULT, made):
        for place, beat in enumerate(SOUND_BEATS[sounded]):
            seen.append((now, 1 - place % 2))
            now += beat * 1.2
        seen.append((now, 0))
        now += 3
    assert sound(seen) is made
    assert sound(seen[:1]) is None
