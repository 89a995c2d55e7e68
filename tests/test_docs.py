"""What the documents say is so: signals, commands, files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tpsbox.board.notices import NOTICES
from tpsbox.board.signals import LIGHT_NAMES, PATTERN_NAMES, SIGNALS
from tpsbox.board.sounds import SOUND_MEANINGS, SOUND_NAMES

ROOT = Path(__file__).resolve().parents[1]


def rows_of(name: str) -> list[str]:
    text = (ROOT / "docs" / "operation.md").read_text(encoding="utf-8")
    table = text.split(f"<!-- {name} -->")[1].split(f"<!-- end of {name} -->")[0]
    return table.strip().splitlines()[2:]


def test_the_table_of_lights_is_the_code_s_own():
    assert rows_of("signals") == [
        f"| {LIGHT_NAMES[signal.light]} | {PATTERN_NAMES[entry.pattern]} | {entry.meaning} |"
        for signal, entry in SIGNALS.items()
    ]
    assert rows_of("notices") == [f"| {n.looks} | {n.meaning} |" for n in NOTICES.values()]
    assert rows_of("sounds") == [f"| {SOUND_NAMES[s]} | {SOUND_MEANINGS[s]} |" for s in SOUND_NAMES]


@pytest.mark.parametrize("name", ["README.md", "docs/operation.md", "docs/security.md"])
def test_links_and_programs_exist(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert ((ROOT / name).parent / link).exists(), link
    for script in re.findall(r"`?(scripts/[a-z-]+)", text):
        assert (ROOT / script).exists(), script


def test_every_command_is_in_the_readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in ("init", "run", "press", "confirm", "correct", "status", "outbox"):
        assert f"`{command}`" in text
    for form in (ROOT / "firmware" / "tpsbox" / "forms" / "data").glob("*.toml"):
        assert form.stem in text
