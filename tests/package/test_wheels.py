"""The lists of what is inside the package, against what the program asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import package_wheels
import pytest
from packaging.requirements import Requirement
from tpsbox.errors import InputError

PROJECT = tomllib.loads((package_wheels.ROOT / "pyproject.toml").read_text())["project"]
PYTHONS = {"cp311": "3.11", "cp313": "3.13"}
FROM_THE_SYSTEM = {("cp313", "lgpio")}
"""There is no wheel of it; Raspberry Pi OS 13 has python3-lgpio."""


@pytest.mark.parametrize("tag", package_wheels.TAGS)
def test_all_that_the_program_needs_is_listed_in_a_version_that_it_takes(tag):
    pins = package_wheels.pins(tag)
    environment = {"python_version": PYTHONS[tag], "python_full_version": PYTHONS[tag] + ".0"}
    for line in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["pi"]:
        need = Requirement(line)
        if need.marker and not need.marker.evaluate(environment):
            continue
        if (tag, need.name) not in FROM_THE_SYSTEM:
            assert need.specifier.contains(pins[need.name], prereleases=True), line


@pytest.mark.parametrize("tag", package_wheels.TAGS)
def test_every_package_is_pinned_by_content(tag):
    text = package_wheels.wheel_list(tag).read_text().split("\n\n", 1)[1]
    entries = re.split(r"\n(?=\S)", text.strip())
    assert len(entries) == len(package_wheels.pins(tag))
    for entry in entries:
        hashes = re.findall(r"--hash=sha256:[0-9a-f]{64}(?: |$)", entry, re.MULTILINE)
        assert 1 <= len(hashes) <= 2, entry
    assert "central" not in text and "sqlalchemy" not in text, "the box carries no centre"


def test_what_is_there_with_the_right_content_is_not_fetched_again(tmp_path, monkeypatch):
    listed = tmp_path / "wheels-cp311.txt"
    wheel = tmp_path / "wheels" / "paket_kecil-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    wheel.write_bytes(b"isi")
    listed.write_text(f"# list\n\npaket-kecil==1.0 \\\n    --hash=sha256:{sha(wheel)}\n")
    monkeypatch.setattr(package_wheels, "wheel_list", lambda _tag: listed)
    monkeypatch.setattr(package_wheels.subprocess, "run", lambda *_, **__: pytest.fail("fetched"))
    assert package_wheels.fetch("cp311", "x86_64", wheel.parent) == [wheel]

    (wheel.parent / "paket_kecil-1.0-cp311-none-any.whl").write_bytes(b"isi")
    with pytest.raises(InputError, match=r"2 wheels of paket-kecil 1\.0; empty the folder"):
        package_wheels.fetch("cp311", "x86_64", wheel.parent)


def sha(path: Path) -> str:
    return package_wheels.sha256(path)
