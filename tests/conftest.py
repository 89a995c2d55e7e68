"""What all tests share: sheets filled once, and the folder of real sheets where it is at hand."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from filled import Filled
from hypothesis import settings

# A machine that is busy elsewhere makes no test fail.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")

# The files beside `scripts/bench` and its like are no package.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts" / "lib"))

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real photos and scans beside the tree; tests that need it skip without."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared with real sheets is not here")
    return SHARED


@pytest.fixture(scope="session")
def ppwp() -> Filled:
    return Filled("ppwp-2024", 3)
