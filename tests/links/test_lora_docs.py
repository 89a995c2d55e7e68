"""What docs/lorawan.md says about air time, faults and settings is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tpsbox.links.airtime import frame_limit, frame_time
from tpsbox.links.fragments import cut
from tpsbox.links.lora_courier import NUDGES
from tpsbox.links.lorawan_settings import LorawanSettings
from tpsbox.simulator.modems.faults import FaultKind

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "lorawan.md").read_text(encoding="utf-8")
ROWS = re.findall(r"\| SF\d+ \(DR(\d)\)[^|]*\| (\d+) \| ([\d.]+) s \|", TEXT)


@pytest.mark.parametrize(("rate", "frames", "seconds"), ROWS)
def test_the_table_of_air_time(rate, frames, seconds):
    limit = frame_limit(int(rate), 400)
    record = bytes(115)
    payloads = (record,) if len(record) <= limit else cut(bytes(32), record, limit)
    assert len(payloads) == int(frames)
    airtime = sum(frame_time(int(rate), len(payload)) for payload in payloads)
    assert f"{airtime:.2f}" == seconds


def test_the_table_has_every_data_rate_within_400_ms():
    assert [row[0] for row in ROWS] == ["5", "4", "3", "2"]


def test_every_fault_is_described():
    rows = "".join(line for line in TEXT.splitlines() if line.startswith("| `"))
    assert all(f"`{kind}`" in rows for kind in FaultKind)


def test_defaults_and_pauses():
    defaults = LorawanSettings("p", "rak3172", "0" * 16, "k")
    assert f"| `dwell_ms` | {defaults.dwell_ms} |" in TEXT
    assert f"| `duty` | {defaults.duty} |" in TEXT
    assert f"| `region` | {defaults.region} |" in TEXT
    named = ", ".join(f"{pause:.0f}" for pause in NUDGES[:-1])
    assert f"{named} and {NUDGES[-1]:.0f} s" in TEXT
