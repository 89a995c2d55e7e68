"""Sheets of which marks, tag, light or flatness are lacking: read where they are, or refused."""

from __future__ import annotations

import numpy as np
import pytest
from filled import Filled
from tpsbox.forms.library import form_names, load_form, load_layouts
from tpsbox.simulator.lens import Crease, project
from tpsbox.vision.photo import Photo, decode_photo
from tpsbox.vision.rejection import Reason, RejectedError
from tpsbox.vision.sheet import find_sheet

TAG = (510.0, 123.0)
"""The middle of the tag, in mm."""


def found(filled, page, forms=None, **shot):
    photo = filled.shoot(page, **{"curl_mm": 0.5, **shot})
    sheet = find_sheet(decode_photo(photo.jpeg, "test"), forms or [filled.form])
    return sheet, photo


def refused(filled, page, forms=None, **shot) -> Reason:
    with pytest.raises(RejectedError) as error:
        found(filled, page, forms, **shot)
    return error.value.reason


def worst_share(sheet, photo) -> float:
    """How far the worst corner of a box lies from its place, as a share of the box's side."""
    back = np.linalg.inv(photo.homography)
    worst = 0.0
    for field in sheet.page.fields:
        for printed, placed in zip(field.boxes, sheet.boxes[field.name], strict=True):
            seen = project(back, project(sheet.H, np.array(placed.corners)))
            error = np.hypot(*(seen - np.array(printed.corners)).T).max()
            worst = max(worst, float(error) / printed.w)
    return worst


@pytest.mark.parametrize("covered", [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2), (1, 3)])
def test_the_tag_and_any_two_corner_marks_suffice(ppwp, covered):
    page = 1 + sum(covered) % 3
    sheet, photo = found(ppwp, page, covered=covered, tilt_deg=12)
    assert sheet.page.number == page
    assert worst_share(sheet, photo) < 0.15


@pytest.mark.parametrize(
    ("page", "shot"),
    [
        (1, {"rotation_deg": 180.0}),
        (2, {"tilt_deg": 20, "rotation_deg": 100.0}),
        (3, {"covered": (2,), "tilt_deg": 12}),
    ],
)
def test_marks_and_print_suffice_without_the_tag(ppwp, page, shot):
    sheet, photo = found(ppwp, page, thumbs=(TAG,), **shot)
    assert sheet.page.number == page
    assert worst_share(sheet, photo) < 0.15


def test_sheets_that_only_a_tag_tells_apart_need_it():
    filled = Filled("kwk-2024-bupati", 3)
    both = [filled.form, load_form("kwk-2024-gubernur", paslon=3)]
    assert refused(filled, 3, both, thumbs=(TAG,)) == Reason.TAG_HIDDEN


def test_a_print_that_no_wanted_page_has_is_not_read(ppwp):
    assert refused(Filled("c1-ppwp-2019", 2), 1, [ppwp.form]) == Reason.NO_SHEET


def test_boxes_beyond_a_crease_are_met(ppwp):
    """4 mm of kink across the table of page 1: every frame is where its box is cut."""
    sheet, _ = found(ppwp, 1, crease=Crease(at=0.53, angle_deg=8.0, mm=4.0, step=0.3))
    shares = [1 - image.frame / image.paper for group in sheet.images.values() for image in group]
    assert min(shares) > 0.6 * np.median(shares)


FAULTS = {
    "low light": {"exposure": 0.2, "noise": 5.0},
    "a sharp shadow": {"shadow_edge": 0.65},
    "a screen": {"screen_mm": 0.45, "rotation_deg": 1.5},
    "a colour cast": {"cast": (1.0, 0.8, 0.55)},
    "corners off the photo": {"fill": 1.06, "shift": (0.02, 0.0)},
    "upside down and tilted": {"rotation_deg": 190.0, "tilt_deg": 30},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_every_box_is_met_in_spite_of(ppwp, fault):
    sheet, photo = found(ppwp, 1, **FAULTS[fault])
    assert worst_share(sheet, photo) < 0.15


def test_a_sheet_500_px_wide_is_too_small(ppwp):
    assert refused(ppwp, 2, size=(500, 667)) == Reason.TOO_SMALL
    assert refused(ppwp, 2, size=(500, 667), thumbs=(TAG,)) == Reason.TOO_SMALL


@pytest.mark.parametrize("size", [(250, 18_000), (18_000, 250), (220, 65_000)])
def test_a_long_narrow_picture_is_no_sheet(size):
    noise = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 1), np.uint8)
    photo = Photo(np.repeat(noise, 3, axis=2), b"")
    with pytest.raises(RejectedError):
        find_sheet(photo, [load_form("ppwp-2024")])


def test_a_black_picture_is_refused_without_a_warning(recwarn):
    photo = Photo(np.zeros((900, 1200, 3), np.uint8), b"")
    with pytest.raises(RejectedError):
        find_sheet(photo, [form for name in form_names() for form in load_layouts(name)])
    assert not [str(warning.message) for warning in recwarn]


def test_with_a_hidden_tag_sheets_printed_alike_are_told_by_their_tag_alone(ppwp):
    """KPU's own sheet and that of a bupati are the same print but for tags."""
    forms = [form for name in form_names() for form in load_layouts(name)]
    assert refused(ppwp, 2, forms, thumbs=(TAG,)) == Reason.TAG_HIDDEN
    assert refused(ppwp, 2, forms, thumbs=(TAG,), covered=(0,)) == Reason.TAG_HIDDEN
