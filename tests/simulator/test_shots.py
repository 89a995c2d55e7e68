"""Faults of a shot that hide, fold or colour the sheet: each does what it says, where it says."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest
from tpsbox.simulator.lens import Crease, project
from tpsbox.simulator.photograph import Photo, Shot, photograph

DPI = 25.4
"""One pixel a millimetre."""
SHEET_MM = (600, 900)


@cache
def paper() -> np.ndarray:
    """White, with a black line down the middle and one across at 100 mm."""
    sheet = np.full((900, 600, 3), 255, np.uint8)
    sheet[:, 298:302] = 0
    sheet[98:102] = 0
    return sheet


def take(**shot) -> Photo:
    plain = {"size": (900, 1200), "light": 0.0, "noise": 0.0, "quality": 98, "exposure": 1.0}
    return photograph(paper(), DPI, np.random.default_rng(3), Shot(**{**plain, **shot}))


def pixels(photo: Photo) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(photo.jpeg, np.uint8), cv2.IMREAD_COLOR)


def at(photo: Photo, x: float, y: float) -> np.ndarray:
    """B, G, R where (x, y) mm of the flat sheet would be."""
    u, v = np.rint(project(photo.homography, np.array([[x, y]]))[0]).astype(int)
    return pixels(photo)[v, u].astype(int)


def test_a_thumb_hides_its_place_alone():
    photo = take(thumbs=((150.0, 600.0),))
    blue, green, red = at(photo, 150, 600)
    assert red < 210 and red > green > blue
    assert at(photo, 450, 600).min() > 240


def test_a_crease_displaces_at_its_ridge_and_darkens_beyond():
    photo = take(crease=Crease(at=0.5, angle_deg=0.0, mm=5.0, step=0.3))
    assert at(photo, 450, 300).min() > 240
    assert 160 < at(photo, 450, 600).min() < 200
    line = take(crease=Crease(at=100 / 900, angle_deg=0.0, mm=5.0, step=0.0))
    image = pixels(line).min(axis=2)
    u, v = project(line.homography, np.array([[150.0, 100.0]]))[0]
    scale = line.homography[1, 1]
    seen = image[int(v - 12 * scale) : int(v + 12 * scale), int(u)].argmin() / scale - 12
    assert abs(seen) == pytest.approx(5.0, abs=1.2)


def test_a_sharp_shadow_has_two_levels():
    grey = pixels(take(shadow_edge=0.6))[200:1000, 200:700].min(axis=2)
    paper_only = grey[grey > 60]
    dark, light = (paper_only < 125).mean(), (paper_only > 230).mean()
    assert min(dark, light) > 0.05
    assert dark + light > 0.9


def test_a_reflection_lies_where_it_is_put():
    grey = pixels(take(exposure=0.3, glare=0.6, glare_at=(0.25, 0.75))).min(axis=2)
    v, u = np.unravel_index(cv2.blur(grey, (41, 41)).argmax(), grey.shape)
    assert (u / 900, v / 1200) == pytest.approx((0.25, 0.75), abs=0.05)


def test_a_colour_cast():
    assert at(take(cast=(1.0, 0.8, 0.5)), 450, 600).tolist() == pytest.approx(
        [128, 204, 255], abs=6
    )


def test_a_screen_beats_with_the_camera():
    scale = take().homography[1, 1]
    near, far = (pixels(take(screen_mm=pitch / scale)).min(axis=2) for pitch in (1.06, 2.5))
    # A pitch near that of the pixels gives waves as wide as strokes, another only fine grain.
    waves = [float(cv2.blur(g[300:900, 100:420], (5, 5)).std()) for g in (near, far)]
    assert waves[0] > 3 * waves[1]
    assert waves[0] > 5


def test_a_sheet_partly_off_the_photo():
    corners = project(take(shift=(0.3, 0.0)).homography, np.array([[600.0, 450.0]]))
    assert corners[0][0] > 900
