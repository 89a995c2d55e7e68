"""What lies in hw/made was made from the tables as they are now."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from tpshw import made

QUICK = made.quick()
STALE = "is out of date: run scripts/drawings --tables and commit hw/"


@pytest.mark.parametrize("path", sorted(QUICK), ids=lambda path: path.name)
def test_tables_wiring_and_card_are_up_to_date(path):
    assert path.is_file(), f"{path} {STALE}"
    assert path.read_bytes() == QUICK[path], f"{path.name} {STALE}"


def test_drawings_are_up_to_date():
    assert made.FINGERPRINT.read_text() == made.fingerprint(), (
        "hw/made has drawings of other tables: run scripts/drawings and commit hw/"
    )


@pytest.mark.parametrize("svg", sorted(made.MADE.glob("*.svg")), ids=lambda path: path.name)
def test_drawings_are_small_whole_pictures(svg):
    root = ET.fromstring(svg.read_bytes())
    assert root.tag.endswith("svg")
    assert svg.stat().st_size < 200_000
    assert sum(1 for _ in root.iter()) > 10


def test_pictures_and_files_that_the_texts_name_exist():
    for text in (made.README, made.HERE.parent / "docs" / "building.md"):
        for link in re.findall(r"\]\(([^)#:]+)\)", text.read_text(encoding="utf-8")):
            assert (text.parent / link).exists(), f"{text.name} names {link}"


def test_a_readme_without_its_marks_is_told():
    with pytest.raises(ValueError, match="optics"):
        made.readme("# Hardware\n")
