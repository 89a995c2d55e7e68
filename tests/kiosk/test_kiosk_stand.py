"""How a sheet lies under the camera, from photos of which all is known."""

from __future__ import annotations

from functools import cache

import cv2
import msgspec
import numpy as np
import pytest
from kiosk_samples import PPWP
from tpsbox.forms.drawing import render_page
from tpsbox.forms.election import load_election
from tpsbox.kiosk.stand import Stand, judge, measure_stand, tilt_of
from tpsbox.simulator.photograph import Shot, photograph
from tpsbox.vision.photo import decode_photo
from tpsbox.vision.sheet import find_sheet

FORM = load_election(PPWP).form_of("ppwp")
SIZE = (1100, 1650)


@cache
def stand(**shot: float) -> Stand:
    page = render_page(FORM, 2, 70)
    taken = photograph(page, 70, np.random.default_rng(1), Shot(size=SIZE, **shot))
    return measure_stand(find_sheet(decode_photo(taken.jpeg, "photo"), (FORM,)))


def test_a_good_stand_is_measured_and_nothing_is_wrong():
    good = stand()
    assert judge(good) == ()
    assert (good.form, good.page) == ("ppwp-2024", 2)
    width, height = FORM.sheet
    assert good.px_per_mm == pytest.approx(0.96 * SIZE[1] / height, rel=0.01)
    assert good.fill == pytest.approx(good.px_per_mm**2 * width * height / np.prod(SIZE), rel=0.01)
    assert good.margin == pytest.approx(0.02, abs=0.005)
    assert good.tilt < 1 and good.glare == 0 and good.evenness > 0.9


@pytest.mark.parametrize(
    ("shot", "code"),
    [
        ({"fill": 0.6}, "too_far"),
        ({"fill": 0.85, "tilt_deg": 15}, "tilted"),
        ({"fill": 1.02}, "cut_off"),
        ({"exposure": 0.3}, "too_dark"),
        ({"shadow": 0.6}, "uneven"),
        ({"glare": 0.9}, "glare"),
    ],
)
def test_each_fault_of_a_stand_is_named_alone(shot: dict[str, float], code: str):
    findings = judge(stand(**shot))
    assert [finding.code for finding in findings] == [code]
    assert findings[0].text.count(". ") >= 1, "what is wrong, and what to do"


def test_a_photo_that_is_not_sharp_is_named():
    blurred = msgspec.structs.replace(stand(), sharpness=0.4)
    assert [finding.code for finding in judge(blurred)] == ["blurred"]


@pytest.mark.parametrize("towards", [0.0, 45.0, 200.0])
@pytest.mark.parametrize("tilt", [0.0, 5.0, 20.0])
def test_the_tilt_is_the_angle_at_which_the_sheet_was_put(tilt: float, towards: float):
    axis = np.radians(tilt) * np.array(
        [np.cos(np.radians(towards)), np.sin(np.radians(towards)), 0]
    )
    R, _ = cv2.Rodrigues(axis)
    K = np.array([[0.8 * SIZE[1], 0, SIZE[0] / 2], [0, 0.8 * SIZE[1], SIZE[1] / 2], [0, 0, 1.0]])
    H = K @ np.column_stack([R[:, 0], R[:, 1], [-200.0, -300.0, 900.0]])
    assert tilt_of(H / H[2, 2], SIZE, 0.8) == pytest.approx(tilt, abs=1e-6)
