"""Where the sheet lies, in any turn and tilt; and why a photo is refused."""

from __future__ import annotations

import numpy as np
import pytest
from filled import Filled
from tpsbox.forms.library import load_form
from tpsbox.simulator.lens import project
from tpsbox.vision.photo import Photo, decode_photo
from tpsbox.vision.rejection import Reason, RejectedError
from tpsbox.vision.sheet import find_sheet


def found(filled, page, forms=None, **shot):
    photo = filled.shoot(page, **shot)
    sheet = find_sheet(decode_photo(photo.jpeg, "test"), forms or [filled.form])
    return sheet, photo


def worst_error_mm(sheet, photo) -> float:
    """How far the worst box lies from where the lens put it, in mm of the sheet."""
    worst = 0.0
    for field in sheet.page.fields:
        for printed, placed in zip(field.boxes, sheet.boxes[field.name], strict=True):
            x, y = printed.center
            true = project(photo.homography, np.array([[x, y], [x + 1, y]]))
            seen = project(sheet.H, np.array([placed.center]))[0]
            px_per_mm = float(np.hypot(*(true[1] - true[0])))
            worst = max(worst, float(np.hypot(*(true[0] - seen))) / px_per_mm)
    return worst


@pytest.mark.parametrize("rotation", [0, 45, 90, 180, 270, 303])
def test_any_rotation(ppwp, rotation):
    sheet, photo = found(ppwp, 2, rotation_deg=rotation, curl_mm=0.0, size=(2200, 2400))
    assert sheet.page.number == 2
    assert worst_error_mm(sheet, photo) < 1.2


@pytest.mark.parametrize("towards", [0, 90, 200, 315])
def test_tilt_of_35_degrees(ppwp, towards):
    sheet, photo = found(ppwp, 1, tilt_deg=35, tilt_to_deg=towards, curl_mm=0.0, size=(2600, 3400))
    assert sheet.page.number == 1
    assert worst_error_mm(sheet, photo) < 1.2


def test_curled_paper_is_followed_box_by_box(ppwp):
    """Two millimetres of curl: the frames are met all the same."""
    sheet, _ = found(ppwp, 1, curl_mm=2.0)
    frames = [1 - image.frame / image.paper for group in sheet.images.values() for image in group]
    assert min(frames) > 0.6 * np.median(frames)


@pytest.mark.parametrize("corner", [0, 1, 2, 3])
def test_one_corner_may_be_hidden(ppwp, corner):
    sheet, _ = found(ppwp, 3, covered=(corner,))
    assert sheet.page.number == 3


REFUSALS = {
    "three corners hidden": ({"covered": (0, 2, 3)}, Reason.CORNER_HIDDEN),
    "sheet half out of the photo": ({"shift": (0.4, 0.0)}, None),
    "blurred": ({"blur": 9.0}, Reason.BLURRED),
    "dark": ({"exposure": 0.05}, Reason.TOO_DARK),
    "small": ({"size": (480, 640)}, Reason.TOO_SMALL),
    "tiny": ({"size": (110, 150)}, Reason.TOO_SMALL),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refused_with_a_reason(ppwp, case):
    shot, reason = REFUSALS[case]
    with pytest.raises(RejectedError) as refused:
        found(ppwp, 1, **shot)
    assert reason is None or refused.value.reason == reason
    assert str(refused.value).endswith(".")


def test_a_reflection_over_a_number(ppwp):
    photo = ppwp.shoot(1)
    decoded = decode_photo(photo.jpeg, "test")
    x, y = ppwp.form.field("pengguna_total_p").boxes[1].center
    u, v = project(photo.homography, np.array([[x, y]]))[0].astype(int)
    color = decoded.color.copy()
    color[v - 60 : v + 60, u - 120 : u + 120] = 255
    burnt = Photo(color, decoded.sha256)
    with pytest.raises(RejectedError) as refused:
        find_sheet(burnt, [ppwp.form])
    assert refused.value.reason == Reason.GLARE


def test_wrong_form_and_wrong_page(ppwp):
    photo = decode_photo(ppwp.shoot(2).jpeg, "test")
    other = load_form("kwk-2024-bupati")
    with pytest.raises(RejectedError) as refused:
        find_sheet(photo, [other])
    assert refused.value.reason == Reason.WRONG_FORM
    with pytest.raises(RejectedError) as refused:
        find_sheet(photo, [ppwp.form], page=3)
    assert refused.value.reason == Reason.WRONG_PAGE


def paper(kind: str) -> Photo:
    rng = np.random.default_rng(1)
    color = np.full((1000, 800, 3), 128, np.uint8)
    if kind == "noise":
        color = rng.integers(0, 255, color.shape, np.uint8)
    if kind == "stripes":
        color[::16] = 20
    if kind == "newspaper":
        for _ in range(3000):
            y, x = rng.integers(0, 980), rng.integers(0, 790)
            color[y : y + 3, x : x + rng.integers(2, 9)] = 30
    return Photo(color, b"\0" * 32)


@pytest.mark.parametrize("kind", ["plain", "noise", "stripes", "newspaper"])
def test_something_else_is_no_sheet(ppwp, kind):
    forms = [ppwp.form, load_form("c1-ppwp-2019")]
    with pytest.raises(RejectedError) as refused:
        find_sheet(paper(kind), forms)
    assert refused.value.reason in (Reason.NO_SHEET, Reason.BLURRED)


def test_the_tag_tells_forms_of_one_design_apart():
    filled = Filled("kwk-2024-bupati", 3)
    forms = [load_form("ppwp-2024"), load_form("kwk-2024-gubernur", paslon=3), filled.form]
    sheet, _ = found(filled, 2, forms=forms)
    assert (sheet.form.name, sheet.page.number) == ("kwk-2024-bupati", 2)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_sheet_without_a_tag(rotation):
    """Corner squares and lines alone name the page and which way up it lies."""
    filled = Filled("c1-ppwp-2019", 2)
    photo = filled.shoot_blank(2, rotation_deg=rotation, tilt_deg=0.0)
    sheet = find_sheet(decode_photo(photo.jpeg, "test"), [filled.form])
    assert sheet.page.number == 2
    assert worst_error_mm(sheet, photo) < 1.0
