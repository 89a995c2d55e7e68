"""A store in a fresh folder, under a clock and a random source that the test controls."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tpsbox.store.store import Store


class Ticking:
    """A clock that moves only when told."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def store(tmp_path: Path, clock: Ticking) -> Iterator[Store]:
    with Store(tmp_path / "data", clock=clock, random=lambda: 0.5) as opened:
        yield opened
