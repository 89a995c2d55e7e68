"""Photos and scans of real sheets, where the folder beside the tree holds them."""

from __future__ import annotations

import json

import pytest
from tpsbox.forms.library import load_form
from tpsbox.reading.model import load_model
from tpsbox.reading.read import read_alone, read_together, read_witnesses
from tpsbox.vision.photo import load_photo
from tpsbox.vision.sheet import find_sheet

FORMS = [load_form("ppwp-2024"), load_form("c1-ppwp-2019"), load_form("kwk-2024-bupati")]


def sheet_of(path):
    return read_witnesses(find_sheet(load_photo(path), FORMS), load_model())


PHOTOS = ["halaman1-b", "halaman1-blank", "halaman2-a", "halaman2-b", "halaman3-a"]


@pytest.mark.parametrize("name", PHOTOS)
def test_photos_off_a_screen(shared, name):
    folder = shared / "photos" / "ppwp-2024"
    truth = json.loads((folder / "truth.json").read_text())[f"{name}.jpg"]
    sheet = sheet_of(folder / f"{name}.jpg")
    assert sheet.form.name == "ppwp-2024"
    assert sheet.page == truth["page_tag"] - 100
    for field, reading in read_alone(sheet).fields.items():
        written = truth.get(field)
        value = None if written is None else int(written.strip("X_"))
        assert reading.value == value, field
        assert written is None or reading.raw == written


def test_two_pages_that_disagree_by_two_votes(shared):
    folder = shared / "photos" / "ppwp-2024"
    pages = [sheet_of(folder / "halaman2-b.jpg"), sheet_of(folder / "halaman3-a.jpg")]
    reading = read_together(pages)
    checks = {check.rule: check.holds for check in reading.checks}
    assert checks["R3"] is False
    assert checks["R4"] is True
    assert reading.fields["suara_sah"].value == 427
    assert reading.fields["paslon_2"].status == "review"


def test_scans_of_2019(shared):
    """All 40 registered; 95 % of the known numbers right; none accepted that is wrong."""
    folder = shared / "scans" / "c1-ppwp-2019"
    truth = json.loads((folder / "truth.json").read_text())
    right, wrong, accepted_wrong = 0, [], []
    for tps, known in truth.items():
        for page in (1, 2):
            sheet = sheet_of(folder / f"{tps}_lembar{page}.jpg")
            assert (sheet.form.name, sheet.page) == ("c1-ppwp-2019", page)
            for field, reading in read_alone(sheet).fields.items():
                if field not in known:
                    continue
                if reading.value == known[field]:
                    right += 1
                else:
                    wrong.append((tps, field))
                    if reading.status == "accepted":
                        accepted_wrong.append((tps, field))
    assert right + len(wrong) == 140
    assert not accepted_wrong
    assert right >= 133, wrong
