"""Distances, pixels, sharpness, tilt and light, against hand calculation and against tracing."""

from __future__ import annotations

from math import atan, cos, degrees, hypot, pi, radians, sin, tan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tpsbox.forms.library import load_form
from tpshw import light, optics
from tpshw.stand import stand

CAMERAS = optics.cameras()
STAND = stand()
PLANO = CAMERAS.sheet["plano"]
pairs = pytest.mark.parametrize(
    ("camera", "sheet"),
    [(c, s) for c in CAMERAS.camera.values() for s in CAMERAS.sheet.values()],
    ids=[f"{c}-{s}" for c in CAMERAS.camera for s in CAMERAS.sheet],
)


def test_the_plano_sheet_is_the_one_that_forms_draw():
    assert sorted(load_form("ppwp-2024").sheet) == sorted(PLANO.size)


def test_distance_by_hand():
    # Camera Module 3: 41 degrees see 2 tan 20.5 = 0.7478 of the distance; 640 mm need 855.9.
    seen = optics.view(CAMERAS.camera["cm3"], PLANO, CAMERAS.demand)
    assert seen.distance == pytest.approx((600 + 40) / (2 * tan(radians(20.5))))
    assert seen.per_mm == pytest.approx(2592 / 640)
    # HQ: 55 degrees along the long side of 940 mm.
    seen = optics.view(CAMERAS.camera["hq"], PLANO, CAMERAS.demand)
    assert seen.distance == pytest.approx(470 / tan(radians(27.5)))
    assert seen.field[0] == pytest.approx(940)
    assert seen.per_mm == pytest.approx(3040 / (2 * seen.distance * 2.356 / 6))


@pairs
def test_every_camera_sees_every_sheet_with_enough_pixels(camera, sheet):
    seen = optics.view(camera, sheet, CAMERAS.demand)
    around = CAMERAS.demand.around
    assert all(f >= s + 2 * around - 1e-6 for f, s in zip(seen.field, sheet.size, strict=True))
    assert seen.per_mm >= CAMERAS.demand.good
    assert seen.distance >= camera.closest_mm
    near, far = seen.sharp
    assert near < seen.distance - 9 < seen.distance + 9 < far  # a board's step does not matter


@pairs
def test_pixels_say_the_same_as_the_focal_length(camera, sheet):
    # By the lens equation the pinhole figures must agree within the tolerance of the angles.
    seen = optics.view(camera, sheet, CAMERAS.demand)
    by_focal = camera.focal_mm / (seen.distance * camera.pixel_um / 1000)
    assert seen.per_mm == pytest.approx(by_focal, rel=0.08)


@given(st.floats(150, 3000), st.sampled_from(sorted(CAMERAS.camera)))
def test_sharpness_begins_and_ends_where_the_blur_is_two_pixels(away, name):
    camera = CAMERAS.camera[name]
    focal, aperture = camera.focal_mm, camera.focal_mm / camera.f_number
    image = 1 / (1 / focal - 1 / away)

    def blur(at):  # diameter on the sensor of a point at that distance, um
        other = 1 / (1 / focal - 1 / at)
        return 1000 * aperture * abs(other - image) / other

    near, far = optics.sharp(camera, away)
    assert blur(near) == pytest.approx(2 * camera.pixel_um, rel=0.01)
    if far < 1e6:
        assert blur(far) == pytest.approx(2 * camera.pixel_um, rel=0.01)


@given(st.floats(-6, 6), st.booleans())
def test_a_tilt_within_the_limit_keeps_every_corner(angle, about_x):
    camera = CAMERAS.camera["cm3"]
    seen = optics.view(camera, PLANO, CAMERAS.demand)
    inside = _all_corners_seen(PLANO.size, seen, angle, about_x)
    if abs(angle) < seen.whole - 1e-6:
        assert inside
    if about_x and abs(angle) > seen.whole + 1e-6:  # the short side is what leaves first here
        assert not inside


def _all_corners_seen(size, seen, angle, about_x):
    """By turning points, not by the formula under test."""
    turn = radians(angle)
    for sx in (-1, 1):
        for sy in (-1, 1):
            x, y, z = sx * size[0] / 2, sy * size[1] / 2, seen.distance
            if about_x:
                y, z = y * cos(turn) - z * sin(turn), y * sin(turn) + z * cos(turn)
            else:
                x, z = x * cos(turn) - z * sin(turn), x * sin(turn) + z * cos(turn)
            if abs(degrees(atan(x / z))) > seen.half[0] or abs(degrees(atan(y / z))) > seen.half[1]:
                return False
    return True


def test_marks_stay_in_the_picture_longer_than_edges():
    for camera in CAMERAS.camera.values():
        seen = optics.view(camera, PLANO, CAMERAS.demand)
        assert 1 <= seen.whole < seen.marks
        assert seen.marks >= 3


def test_a_small_far_lamp_gives_the_lux_of_the_textbook():
    # Straight below a Lambert source of F lumens at height h: F / pi / h^2 lux; here two of them,
    # far away and steep, so that a point over the middle is nearly true.
    lamp = light.Lamp(foot_x=1, x=1, z=4000, behind=10, aim_x=1)
    lit = light.lit(lamp, 400, 1, (10, 10))
    assert lit.mean == pytest.approx(2 * 400 / pi / 16, rel=1e-3)


def test_brightness_is_even_enough_and_bright_enough():
    part = _lamp()
    lit = light.lit(STAND.lamp, part.lumens, part.size[1], PLANO.size)
    assert lit.least < lit.mean < lit.most < 3 * lit.least
    gain_two = light.exposure_ms(CAMERAS.camera["cm3"], lit.least, 2)
    assert light.flicker_free(gain_two) <= 50


def _lamp():
    from tpshw import tables

    return tables.parts().part["lamp"]


def test_exposure_halves_with_twice_the_light_or_gain():
    camera = CAMERAS.camera["cm3"]
    once = light.exposure_ms(camera, 100)
    assert light.exposure_ms(camera, 200) == pytest.approx(once / 2)
    assert light.exposure_ms(camera, 100, 2) == pytest.approx(once / 2)
    assert light.exposure_ms(camera, light.darkest(camera), 8) == pytest.approx(100)


@pytest.mark.parametrize(("ms", "rounded"), [(0.2, 10), (10, 10), (10.1, 20), (73, 80)])
def test_exposures_are_multiples_of_the_mains_flicker(ms, rounded):
    assert light.flicker_free(ms) == rounded


@given(st.floats(300, 1200))
def test_the_mirrored_lamp_is_where_angles_are_equal(away):
    x = light.glare(STAND.lamp, away)
    incoming = (STAND.lamp.x - x) / STAND.lamp.z
    leaving = x / away
    assert incoming == pytest.approx(leaving)


AWAY = optics.view(CAMERAS.camera["cm3"], PLANO, CAMERAS.demand).distance
LIMIT = light.lean(STAND.lamp, AWAY, PLANO.size[0] / 2)


@given(st.floats(-450, 450), st.floats(-LIMIT + 1e-6, LIMIT - 1e-6))
def test_no_paper_that_leans_within_the_limit_mirrors_a_lamp(x, lean):
    away = AWAY
    to_camera = np.array([-x, away]) / hypot(x, away)
    turn = radians(lean)
    normal = np.array([sin(turn), cos(turn)])
    mirrored = 2 * normal @ to_camera * normal - to_camera
    hits = x + mirrored[0] / mirrored[1] * STAND.lamp.z  # where the ray passes the lamps' height
    assert abs(hits) < STAND.lamp.x


def test_the_recommended_cameras_bear_paper_that_does_not_lie_flat():
    for name in ("cm3", "hq"):
        away = optics.view(CAMERAS.camera[name], PLANO, CAMERAS.demand).distance
        assert light.lean(STAND.lamp, away, PLANO.size[0] / 2) >= CAMERAS.demand.curl_degrees
        assert light.glare(STAND.lamp, away) > PLANO.size[0] / 2


def test_the_wide_camera_sees_the_lamps_only_outside_the_marks():
    seen = optics.view(CAMERAS.camera["cm3wide"], PLANO, CAMERAS.demand)
    at = light.glare(STAND.lamp, seen.distance)
    assert PLANO.marks[0] / 2 < at < PLANO.size[0] / 2
