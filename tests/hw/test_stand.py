"""The stand holds the camera where optics want it, sees past itself, and does not fall over."""

from __future__ import annotations

from math import radians, tan

import pytest
from tpshw import optics, tables
from tpshw.stand import BOX_AIR, bending, cable, over, play, post, stand, steady, tube_kg

CAMERAS = optics.cameras()
STAND = stand()
everywhere = pytest.mark.parametrize(
    ("camera", "sheet"), [(c, s) for c in CAMERAS.camera for s in CAMERAS.sheet]
)


def _set(camera, sheet):
    return over(STAND, CAMERAS, camera, sheet)


@everywhere
def test_the_lens_is_at_the_distance_that_optics_give(camera, sheet):
    seen, at = _set(camera, sheet)
    wanted = optics.distance(CAMERAS.camera[camera], CAMERAS.sheet[sheet], CAMERAS.demand.around)
    if (camera, sheet) == ("cm3wide", "a4"):  # the one that would put the box on the foot
        assert wanted < seen.distance
        assert seen.per_mm >= CAMERAS.demand.good
    else:
        assert seen.distance == wanted
    assert at.lens == seen.distance
    below = STAND.sleeve / 2 + STAND.place.board_to_lens + CAMERAS.camera[camera].lens_mm
    assert at.axis - below == pytest.approx(seen.distance)


@everywhere
def test_arm_and_box_stay_on_the_column_and_the_cable_reaches(camera, sheet):
    _, at = _set(camera, sheet)
    assert at.axis + STAND.joint.sleeve / 2 <= STAND.tube.column
    assert at.box_top - STAND.box_outside[2] >= STAND.joint.foot + BOX_AIR - 1e-9
    assert at.box_top + BOX_AIR == pytest.approx(at.axis - STAND.sleeve / 2)
    assert cable(STAND, at) <= 500


@everywhere
def test_neither_box_nor_lamps_are_in_the_picture(camera, sheet):
    seen, at = _set(camera, sheet)
    assert at.clear > 0
    # The lowest front edge of the box, looked at from the lens.
    below = seen.distance - (at.box_top - STAND.box_outside[2])
    assert at.box_front > below * tan(radians(seen.half[1]))
    if seen.distance > STAND.lamp.z:
        at_lamps = (seen.distance - STAND.lamp.z) * tan(radians(seen.half[0]))
        assert at_lamps < STAND.lamp.x - 40


@everywhere
def test_the_play_of_the_joints_loses_no_mark(camera, sheet):
    seen, _ = _set(camera, sheet)
    assert play(STAND) < seen.marks


def test_the_board_carries_the_sheet_and_the_feet_stand_on_its_rear_part():
    board, sheet = STAND.board, CAMERAS.sheet["plano"]
    assert board.width >= sheet.size[0]
    assert board.front_edge <= -sheet.size[1] / 2
    assert STAND.place.column_y - 27 >= sheet.size[1] / 2  # foot plate beside the sheet
    assert STAND.place.column_y + 27 <= board.rear_edge
    assert board.seam < -45  # the lamp feet's plates are 90 deep about y = 0


def test_the_arm_reaches_past_the_head():
    assert STAND.place.column_y - STAND.sleeve / 2 - STAND.tube.arm <= -25


def test_the_post_ends_straight_behind_the_bar():
    up, lamp = post(STAND), STAND.lamp
    back = (up.x - lamp.x, up.z - lamp.z)
    across = back[0] * lamp.facing[1] - back[1] * lamp.facing[0]
    along = back[0] * lamp.facing[0] + back[1] * lamp.facing[1]
    assert across == pytest.approx(0, abs=1e-9)
    assert along == pytest.approx(-lamp.behind)
    assert STAND.tube.lamp_post + 8 < up.length


@pytest.mark.parametrize("camera", sorted(CAMERAS.camera))
def test_it_takes_a_push_of_a_kilogram_at_the_camera(camera):
    _, at = _set(camera, "plano")
    found = steady(STAND, at)
    assert min(found.tips_back, found.tips_front) > 9.81
    assert found.sag < 0.1
    assert found.mass < 7


def test_weight_and_stiffness_by_hand():
    # 20 x 20 x 1.2 steel: area 90.24 mm2, so 0.708 kg/m; (20^4 - 17.6^4) / 12 = 5337 mm4.
    assert tube_kg(STAND) == pytest.approx(0.708, abs=0.001)
    assert bending(STAND) == pytest.approx(5337, abs=1)
    _, at = _set("cm3", "plano")
    found = steady(STAND, at)
    assert found.millimetres == pytest.approx(at.axis**3 / (3 * 200_000 * 5337), rel=1e-3)


def test_the_tube_bought_is_enough_for_the_cuts():
    tube = STAND.tube
    cuts = tube.column + tube.arm + 2 * tube.lamp_post
    assert cuts <= 6000 * tables.parts().part["tube"].quantity


def test_the_guide_for_builders_gives_the_measures_of_the_table():
    guide = (tables.HERE.parent / "docs" / "building.md").read_text(encoding="utf-8")
    board, tube, sheet = STAND.board, STAND.tube, CAMERAS.sheet["plano"]
    _, at = _set("cm3", "plano")
    for words in (
        f"{tube.column:g} (column), {tube.arm:g} (arm), 2 x {tube.lamp_post:g} mm",
        f"{board.width:g} x {board.front:g} and {board.width:g} x {board.rear:g} mm",
        f"{board.rear_edge - STAND.place.column_y:g} mm from the rear edge",
        f"middle {-board.seam:g} mm behind the seam",
        f"{(board.width - sheet.size[0]) / 2:g} mm from the\n   short edges",
        f"{board.rear_edge - sheet.size[1] / 2:g} mm from the rear edge",
        f"{at.axis:.0f} mm for Camera Module 3 over a plano sheet",
        f"bars at {STAND.lamp.z:g} mm",
        f"a bed of {STAND.joint.bed:g} mm",
    ):
        assert words in guide, words
