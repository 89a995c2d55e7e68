"""A box in a folder, and the command as people call it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tpsbox.cli.main import main

sys.path.append(str(Path(__file__).parents[1] / "kiosk"))  # its sheets serve here too

TPS = "6302042001001"
KOTABARU = "pilkada-2024-kotabaru"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def tpsbox(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run a command on the box in tmp_path/box: exit code, stdout, stderr."""

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([*words, "--data", str(tmp_path / "box")])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def box(tpsbox: Run, tmp_path: Path) -> Path:
    """The folder of a fresh box for Kotabaru."""
    code, _, error = tpsbox("init", "--tps", TPS, "--election", KOTABARU)
    assert (code, error) == (0, "")
    return tmp_path / "box"
