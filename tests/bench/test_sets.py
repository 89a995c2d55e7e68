"""Sets composed of posteriors whose truth is plain, decided by the real code."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import reading_sets
import reading_sitting
import reading_takeaway
from reading_compose import bubble_levels, compose_set
from reading_hands import BLANK, NOBODY, without_a_stroke
from reading_pool import PENS, SHEETS, Pool
from reading_registration import Photographed
from reading_sets import Plan
from reading_sitting import sit
from tpsbox.forms.library import load_form
from tpsbox.reading.bubbles import read_bubbles
from tpsbox.reading.decide import decide
from tpsbox.reading.model import CLASSES

FORM = load_form("ppwp-2024")
PHOTO = Photographed(60.0, ((0.0, 0.0, 1.0, 0.0, 0.0, 1.0),), (0.08, 0.1), (0.9, 1.0), (0.2,))


def pool_of(labels: list[int], hands: list[int], names: tuple[str, ...] = ()) -> Pool:
    """Marks that the net reads without doubt."""
    odds = np.full((len(labels), PENS * SHEETS, len(CLASSES)), 1e-5, np.float32)
    for mark, label in enumerate(labels):
        odds[mark, :, label] = 1 - 13e-5
    return Pool(odds, np.array(labels), np.array(hands), names)


@pytest.fixture(scope="module")
def pools() -> dict[str, Pool]:
    marks = list(range(12))
    return {
        "kpps": pool_of(marks[:10] * 2, [0] * 10 + [1] * 10, ("one", "two")),
        "unipen": pool_of(marks, [0] * 12, ("one",)),
        "mnist": pool_of(marks[:10], [NOBODY] * 10),
        "blank": pool_of([BLANK], [NOBODY]),
        "damaged": pool_of(marks, [0] * 12, ("one",)),
    }


@pytest.fixture
def plain(pools, monkeypatch):
    def materials():
        return FORM, pools, [PHOTO]

    monkeypatch.setattr(reading_sets, "materials", materials)
    monkeypatch.setattr(reading_takeaway, "materials", materials)


def test_a_mark_comes_from_its_hand_or_from_the_source_if_the_hand_has_none(pools):
    kpps = pools["kpps"]
    odds = kpps.odds.copy()
    odds[10:, :, 0] = 0.5
    split = Pool(odds, kpps.labels, kpps.hands, kpps.names)
    rng = np.random.default_rng(1)
    assert all(split.pick(1, 3, 0, rng)[0] == 0.5 for _ in range(20))
    assert all(split.pick(0, 3, 0, rng)[0] != 0.5 for _ in range(20))
    seen = {float(split.pick(NOBODY, 3, 0, rng)[0]) for _ in range(40)}
    assert len(seen) == 2


@pytest.mark.parametrize("source", ["kpps", "unipen", "mnist"])
def test_marks_read_without_doubt_give_the_written_numbers(pools, source):
    for seed in range(8):
        rng = np.random.default_rng(seed)
        sheets = compose_set(FORM, pools, [PHOTO], rng, source, slips=0.0)
        for field in FORM.fields:
            odds = sheets.witnesses.odds[field.name]
            assert odds.likeliest == sheets.written.boxes[field.name]
            if field.tally:
                votes = sheets.written.tally[field.name]
                assert sheets.witnesses.row_sums[field.name].best in (votes, None)
        reading = decide(FORM, sheets.witnesses, FORM.rules)
        values = {name: field.value for name, field in reading.fields.items()}
        assert values == sheets.written.boxes


def test_bubbles_state_digits_and_leave_crossed_boxes_open():
    ink = bubble_levels("X07", PHOTO, np.random.default_rng(3))
    assert ink.shape == (3, 10)
    assert read_bubbles(ink).marks == "_07"


def test_a_record_is_the_same_for_the_same_seed_and_counts_no_error_here(plain):
    again = [
        reading_sets._record(5, *reading_sets.make_set(5, Plan(1, slips=0.0))) for _ in range(2)
    ]
    assert again[0].tobytes() == again[1].tobytes()
    assert len(again[0]) == len(FORM.fields)
    assert (again[0]["value"] == again[0]["written"]).all()


def test_what_is_taken_away_is_missing_and_nothing_else(plain):
    for index in range(6):
        sheets, _ = reading_sets.make_set(index, Plan(2, slips=0.0))
        rng = np.random.default_rng(index)
        name, less = reading_takeaway.KINDS["digit"](sheets, rng)
        before, after = sheets.witnesses.odds[name].marks, less.odds[name].marks
        changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
        assert len(changed) == 1
        assert changed[0][0].isdigit()
        assert changed[0][1] == "_"
        others = set(sheets.witnesses.odds) - {name}
        assert all(less.odds[other] is sheets.witnesses.odds[other] for other in others)
        assert less.bubbles == sheets.witnesses.bubbles


def test_outcomes_of_trials(plain):
    sheets, reading = reading_sets.make_set(0, Plan(1, slips=0.0))
    name = "suara_total"
    field = reading.fields[name]
    written = sheets.written.boxes[name]
    assert reading_takeaway.outcome(field, written) in ("right", "review")
    if field.status == "accepted":
        assert reading_takeaway.outcome(field, written + 1) == "smaller"
        assert reading_takeaway.outcome(field, written - 1) == "larger"


def test_a_damaged_mark_has_less_ink_and_never_none():
    strokes = [
        np.array([(0.0, 0.0), (0.5, 0.0), (1.0, 0.0), (1.0, 0.5), (1.0, 1.0)]),
        np.array([(0.0, 1.0), (0.3, 0.7), (0.6, 0.4)]),
    ]
    whole = sum(map(length, strokes))
    for seed in range(60):
        left = without_a_stroke(strokes, np.random.default_rng(seed))
        assert 0 < sum(map(length, left)) < whole
    dot = [np.array([(0.5, 0.5)])]
    assert without_a_stroke(dot, np.random.default_rng(1)) == dot


@pytest.mark.parametrize("seed", range(20))
def test_a_digit_of_pixels_is_laid_in_whole_and_where_its_strokes_would_be(seed):
    """The same zigzag, once as a picture and once as strokes, by the same hand."""
    corners = np.array([(0.2, 0.0), (0.8, 0.3), (0.2, 0.6), (0.8, 1.0)])
    picture = np.zeros((28, 28), np.uint8)
    cv2.polylines(picture, [np.rint(corners * 19 + 4).astype(np.int32)], False, 255, 2)
    sitting = sit(np.random.default_rng(seed), np.random.default_rng(seed), [PHOTO], guided=False)
    drawn = reading_sitting.inked([corners], sitting, np.random.default_rng(seed))
    laid = reading_sitting.laid(picture, sitting, np.random.default_rng(seed))
    pieces, _ = cv2.connectedComponents((laid > 0.3 * sitting.ink).astype(np.uint8))
    assert pieces == 2  # the paper and one mark
    for axis in (0, 1):
        for side, other in zip(reach(laid, axis), reach(drawn, axis), strict=True):
            assert abs(side - other) <= 6


def reach(layer, axis: int) -> tuple[int, int]:
    """First and last row or column with ink."""
    inky = np.flatnonzero(layer.max(axis=axis) > 0.2)
    return int(inky[0]), int(inky[-1])


def length(stroke) -> float:
    return float(np.hypot(*np.diff(stroke, axis=0).T).sum())
