"""Shares, errors and intervals of records whose outcome is known beforehand."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from reading_figures import figures_of, interval, trade_off
from reading_misses import Miss, contact_sheets
from reading_sets import NULL, RECORD, hand_names
from reading_tables import table_lines


def record_of(sets: int, fields: int = 4) -> np.ndarray:
    """Sets by one hand each in which all is accepted and right."""
    rows = np.zeros(sets * fields, RECORD)
    rows["set"] = np.repeat(np.arange(sets), fields)
    rows["hand"] = rows["set"] % 3
    rows["field"] = np.tile(np.arange(fields), sets)
    for name in ("meant", "written", "argmax", "value"):
        rows[name] = 100 + rows["field"]
    rows["accepted"] = True
    rows["confidence"] = 0.99
    rows["lead"] = np.nan
    return rows


def test_all_right():
    figures = figures_of(record_of(10), seed=1)
    assert figures["accepted_whole_percent"] == 100
    assert figures["undetected"] == figures["wrong_among_accepted"] == 0
    assert figures["wrong_per_10000_accepted"] == [0.0, 0.0, 1e4]  # 3 over 3 writers: no bound
    assert figures["writers"] == 3


def test_an_accepted_error_counts_as_undetected_only_in_sets_accepted_whole():
    record = record_of(10)
    record["value"][[0, 4]] += 1
    record["accepted"][5] = False
    figures = figures_of(record, seed=1)
    assert figures["undetected"] == 1
    assert figures["wrong_among_accepted"] == 2
    assert figures["accepted_whole_percent"] == 90
    assert figures["numbers_right_joint_percent"] == 95


def test_a_repaired_slip_is_silent_only_if_the_whole_set_is_accepted():
    record = record_of(4)
    for number in (0, 1):
        rows = slice(4 * number, 4 * number + 4)
        record["slip"][rows] = True
        record["slipped"][4 * number] = True
        record["written"][4 * number] = 7  # meant 100, written 7, read as 100
    record["accepted"][6] = False
    figures = figures_of(record, seed=1)
    assert figures["slips"] == 2
    assert figures["slips_silently_repaired_percent"] == 50
    assert figures["slips_accepted_wrong_percent"] == 100
    assert figures["consistent"] == 2


def test_the_interval_is_wide_where_one_writer_makes_all_errors():
    among = np.ones(1000, bool)
    owners = np.repeat(np.arange(10), 100)
    gathered, spread = np.zeros(1000, bool), np.zeros(1000, bool)
    gathered[:50] = True
    spread[::20] = True
    low, high = interval(gathered, among, owners, seed=1)
    assert low == 0
    assert high > 0.1
    low, high = interval(spread, among, owners, seed=1)
    assert low == high == pytest.approx(0.05)


def test_sets_of_no_one_hand_are_writers_of_their_own():
    record = record_of(6)
    record["hand"] = -1
    assert len(np.unique(hand_names(record))) == 6


def test_trade_off_from_strict_to_lax():
    record = record_of(1)
    record["confidence"] = (0.9, 0.99, 0.9, 0.5)
    record["value"][[2, 3]] = (0, NULL)
    thresholds, share, error = trade_off(record, record["confidence"])
    assert thresholds.tolist() == [0.99, 0.9]
    assert share.tolist() == [0.25, 0.75]
    assert error.tolist() == pytest.approx([0, 1 / 3])


def test_evidence_that_is_not_stated_accepts_nothing():
    record = record_of(1)
    assert len(trade_off(record, record["lead"])[0]) == 0


def test_contact_sheets_hold_every_miss(tmp_path):
    image = np.full((40, 120), 128, np.uint8)
    misses = [Miss(image, "17", "77", 0.5, accepted_wrong=bool(n % 2)) for n in range(200)]
    paths = contact_sheets(misses, tmp_path, "Scans 2019, together")
    assert [path.name for path in paths] == [f"scans-2019-together-{n}.png" for n in (1, 2)]
    assert all(cv2.imread(str(path)) is not None for path in paths)
    assert contact_sheets([], tmp_path, "none") == []


def test_a_long_table_is_turned_and_gaps_stay_empty():
    rows = {"a": {str(n): n for n in range(6)}, "b": {"0": 1.5, "5": None}}
    lines = table_lines("title", rows)
    assert lines[0].split() == ["title", "a", "b"]
    assert lines[1].split() == ["0", "0", "1.5"]
    assert lines[-1].split() == ["5", "5"]
