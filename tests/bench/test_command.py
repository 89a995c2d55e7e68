"""The command itself: what it leaves out without the folder of real sheets, and how it says so."""

from __future__ import annotations

import json
import sys

import bench_reading
import pytest
from bench_reading import _parts


def test_without_real_sheets_it_says_what_it_left_out(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(bench_reading, "SHARED", tmp_path / "absent")
    monkeypatch.setattr(sys, "argv", ["bench", "--only", "sets,photos", "--json"])
    assert bench_reading.main() == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer.keys() == {"notes"}
    assert [note.split(":")[0] for note in answer["notes"]] == ["sets", "photos"]


def test_an_unknown_part_is_named(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["bench", "--only", "sets,nothing"])
    with pytest.raises(SystemExit) as ended:
        bench_reading.main()
    assert ended.value.code == 2
    assert "no part 'nothing'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong", [("--sets", "0"), ("--sets", "-3"), ("--slips", "1.5"), ("--bound", "x")]
)
def test_numbers_without_sense_are_wrong_usage(wrong, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["bench", *wrong])
    with pytest.raises(SystemExit) as ended:
        bench_reading.main()
    assert ended.value.code == 2
    assert wrong[0] in capsys.readouterr().err


def test_parts_are_named_with_commas():
    assert _parts("sets,speed") == ["sets", "speed"]
