"""The kiosk's hours in short: nothing leaks, nothing is lost, the journal stays small."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from pathlib import Path

import bench_kiosk
import kiosk_hours
import pytest
from tpsbox.kiosk.watch import Watch
from tpsbox.store.photos import Photos

GOOD = {"camera_worst": 0.1, "tick_worst": 1.0}


def test_minutes_of_presses_and_faults_leave_the_box_as_it_was(tmp_path: Path):
    figures = kiosk_hours.run(tmp_path, 0.1, 240.0, seed=3)
    kept = bench_kiosk.limits(GOOD, figures) | {"log": figures.log_lines_hour < 3600}
    assert all(kept.values()), (kept, figures)
    assert figures.faults >= 3
    assert {"read", "refused", "fault"} <= set(figures.outcomes)
    assert json.loads(json.dumps(asdict(figures)))["outcomes"] == figures.outcomes


@pytest.mark.parametrize("leak", ["files", "log", "photos"])
def test_a_leak_is_found(tmp_path: Path, monkeypatch, leak: str):
    look, held = Watch.look, []

    def leaking(self: Watch) -> None:
        look(self)
        if leak == "files":
            held.append((tmp_path / "hold").open("w"))
        elif leak == "log":
            logging.getLogger("tpsbox.leak").error("x" * 1000)

    monkeypatch.setattr(Watch, "look", leaking)
    if leak == "photos":
        monkeypatch.setattr(Photos, "has", lambda self, name: False)
    figures = kiosk_hours.run(tmp_path / "box", 0.03, 240.0, seed=3)
    for file in held:
        file.close()
    broken = [text for text, ok in bench_kiosk.limits(GOOD, figures).items() if not ok]
    says = {"files": "file stays", "log": "bytes of log", "photos": "photo is lost"}[leak]
    assert any(says in text for text in broken), broken
