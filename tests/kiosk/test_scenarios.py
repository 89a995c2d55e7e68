"""Every scenario file, step by step, on a box with a simulated board and clock."""

from __future__ import annotations

from pathlib import Path

import pytest
from kiosk_bench import Bench

FOLDER = Path(__file__).parent / "scenarios"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_scenario(path: Path, bench: Bench):
    bench.run(path.read_text())
