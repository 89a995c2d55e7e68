"""Flat patches of a sheet: the print lies in them where the form says."""

from __future__ import annotations

import numpy as np
import pytest
from tpsbox.vision.photo import decode_photo
from tpsbox.vision.sheet import find_sheet


@pytest.fixture(scope="module")
def sheet(ppwp):
    return find_sheet(decode_photo(ppwp.shoot(2, curl_mm=1.5).jpeg, "test"), [ppwp.form])


@pytest.mark.parametrize("name", ["paslon_1", "paslon_3"])
def test_a_box_lies_in_the_middle_of_its_patch(sheet, name):
    field = sheet.form.field(name)
    box = field.boxes[1]
    patch, scale = sheet.flat(box.grow(2.5), near=field)
    assert patch.shape == (round((box.h + 5) * scale), round((box.w + 5) * scale))
    for profile in (patch.mean(axis=0), patch.mean(axis=1)):
        middle = len(profile) // 2
        first, last = int(profile[:middle].argmin()), middle + int(profile[middle:].argmin())
        # Frame lines lie 2.5 mm inside the patch on either side.
        assert abs((first + 0.5) / scale - 2.5) < 0.6
        assert abs((len(profile) - last - 0.5) / scale - 2.5) < 0.6


def test_a_patch_without_a_field_follows_the_smooth_shifts(sheet):
    rect = sheet.form.field("paslon_2").tally.grid
    patch, scale = sheet.flat(rect)
    assert patch.shape == (round(rect.h * scale), round(rect.w * scale))
    assert np.percentile(patch, 90) > 150
