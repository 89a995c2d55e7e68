"""Photos: the stated homography is the true one, every fault does what it says."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tpsbox.errors import InputError
from tpsbox.forms.drawing import render_page
from tpsbox.forms.library import load_form
from tpsbox.simulator.lens import project
from tpsbox.simulator.photograph import Photo, Shot, photograph

DPI = 70
FORM = load_form("ppwp-2024")
TAG = FORM.page(2).tag.rect
SIZE = (1200, 1600)
FAMILY = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36H10)


@cache
def sheet() -> np.ndarray:
    return render_page(FORM, 2, DPI)


def take(seed: int = 1, **shot) -> Photo:
    return photograph(sheet(), DPI, np.random.default_rng(seed), Shot(**{"size": SIZE, **shot}))


def pixels(photo: Photo) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(photo.jpeg, np.uint8), cv2.IMREAD_COLOR)


def grey(photo: Photo) -> np.ndarray:
    return cv2.cvtColor(pixels(photo), cv2.COLOR_BGR2GRAY)


def tag_error(photo: Photo) -> float:
    """Pixels between the tag's corners as found and as the homography says."""
    corners, ids, _ = cv2.aruco.ArucoDetector(FAMILY).detectMarkers(grey(photo))
    assert ids is not None and ids.ravel().tolist() == [102]
    expected = project(photo.homography, np.array(TAG.corners[2:] + TAG.corners[:2]))
    return float(np.abs(corners[0][0] - expected).max())


@settings(max_examples=8, deadline=None)
@given(st.floats(0, 25), st.floats(0, 360), st.floats(0, 360), st.integers(0, 99))
def test_homography_is_the_true_one(tilt, towards, rotation, seed):
    photo = take(seed, tilt_deg=tilt, tilt_to_deg=towards, rotation_deg=rotation, noise=1.0)
    assert tag_error(photo) < 2.0


def test_sheet_keeps_inside_the_frame_and_upright():
    photo = take(fill=0.9)
    assert pixels(photo).shape == (1600, 1200, 3)
    corners = project(photo.homography, np.array([[0.0, 0], [600, 0], [600, 900], [0, 900]]))
    assert corners[:, 0].min() >= 0 and corners[:, 0].max() <= 1200
    assert corners[:, 1].min() >= 0 and corners[:, 1].max() <= 1600
    assert corners[0][0] < corners[1][0] and corners[0][1] < corners[3][1]
    tallest = corners[:, 1].max() - corners[:, 1].min()
    assert tallest == pytest.approx(0.9 * 1600, abs=2)


def test_rotation_by_180_turns_the_sheet_over():
    corners = project(take(rotation_deg=180).homography, np.array([[0.0, 0], [600, 900]]))
    assert corners[0][0] > corners[1][0] and corners[0][1] > corners[1][1]


def test_shift_moves_part_of_the_sheet_out_of_the_frame():
    corners = project(take(shift=(0.3, 0)).homography, np.array([[600.0, 450]]))
    assert corners[0][0] > 1200


@pytest.mark.parametrize("curl", [1.0, 3.0])
def test_curl_displaces_by_no_more_than_its_millimetres(curl):
    scale = 1600 * 0.96 / 900
    errors = [tag_error(take(seed, curl_mm=curl)) / scale for seed in range(6)]
    assert max(errors) < curl * np.sqrt(2) + 1
    assert max(errors) > 0.3 * curl


def test_corner_squares_are_found_where_the_homography_puts_them_unless_covered():
    points = np.array(FORM.fiducials.points)
    for covered in range(4):
        photo = take(covered=(covered,), tilt_deg=10, noise=0.0)
        image = grey(photo)
        for n, (x, y) in enumerate(points):
            # Inside the two black squares and the two white ones.
            inside = np.array([[x - 3.6, y - 3.6], [x + 3.6, y + 3.6]])
            beside = np.array([[x + 3.6, y - 3.6], [x - 3.6, y + 3.6]])
            dark, light = (
                np.mean(
                    [image[int(v + 0.5), int(u + 0.5)] for u, v in project(photo.homography, p)]
                )
                for p in (inside, beside)
            )
            assert (light - dark > 120) == (n != covered), (covered, n)


def spread(image: np.ndarray) -> float:
    return float(cv2.Laplacian(image, cv2.CV_64F).var())


def test_each_fault_shows():
    plain = take(noise=0.0, light=0.0)
    paper = grey(plain)[1250:1300, 400:800]
    assert paper.std() < 2
    noisy = grey(take(noise=6.0, light=0.0, exposure=0.7))[1250:1300, 400:800]
    assert noisy.std() == pytest.approx(6 * np.linalg.norm([0.299, 0.587, 0.114]), rel=0.3)
    assert spread(grey(take(blur=3.0, noise=0.0))) < 0.3 * spread(grey(plain))
    assert grey(take(exposure=0.4, noise=0.0)).mean() < 0.6 * grey(plain).mean()
    tables = [grey(take(background=level, light=0.0))[:, :40].mean() for level in (20, 150)]
    assert tables[0] < 30 and 120 < tables[1] < 170
    lit = grey(take(light=0.6, noise=0.0))
    whites = [float(np.percentile(part, 90)) for part in (lit[:400], lit[-400:], lit[:, :400])]
    assert max(whites) - min(whites) > 15
    shaded = grey(take(shadow=0.6, noise=0.0, light=0.0))
    inner = shaded[200:1400, 250:950]
    assert np.percentile(inner, 95) > 1.8 * np.percentile(inner, 15)
    assert (grey(take(glare=1.0, exposure=0.7)) > 250).mean() > 0.01
    assert (grey(take(exposure=0.7)) > 250).mean() < 0.001
    blue, _, red = pixels(take(warmth=0.15, exposure=0.8, noise=0.0))[1275, 600].tolist()
    assert red > blue + 30
    assert len(take(quality=40).jpeg) < 0.6 * len(take(quality=95).jpeg)


def test_same_seed_same_bytes():
    shot = {"curl_mm": 2.0, "shadow": 0.4, "glare": 0.3, "covered": (2,)}
    assert take(7, **shot).jpeg == take(7, **shot).jpeg
    assert take(7, **shot).jpeg != take(8, **shot).jpeg


@pytest.mark.parametrize("shot", [{"size": (50, 1600)}, {"size": (1200, 20000)}, {"tilt_deg": 80}])
def test_impossible_shots_are_refused(shot):
    with pytest.raises(InputError, match="must lie between"):
        take(**shot)
