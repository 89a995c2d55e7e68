"""The measured error of a box is the one it has."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from reading_paths import REGISTRATION
from reading_photographed import _error, some_shot
from reading_registration import load_registration
from tpsbox.forms.model import Rect
from tpsbox.simulator.lens import pose, sheet_places

SHEET = (600.0, 900.0)
BOX = Rect(457.5, 386.4, 18.0, 18.0)


@pytest.fixture(scope="module")
def camera():
    shot = some_shot(np.random.default_rng(4))
    angles = (shot.tilt_deg, shot.tilt_to_deg, shot.rotation_deg)
    H = pose(SHEET, shot.size, shot.fill, shot.shift, angles)
    return SimpleNamespace(H=H), sheet_places(H, shot.size, SHEET, 0.0, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("cut", "error"),
    [
        (BOX, (0, 0, 1, 0, 0, 1)),
        # Cut too far to the right by 5 % of its side: what is in it lies too far to the left.
        (Rect(BOX.x + 0.9, BOX.y, 18.0, 18.0), (-0.05, 0, 1, 0, 0, 1)),
        # Cut a tenth too large: what is in it comes out smaller.
        (BOX.grow(0.9), (0, 0, 1 / 1.1, 0, 0, 1 / 1.1)),
    ],
)
def test_shift_and_scale_of_a_box(camera, cut, error):
    sheet, mesh = camera
    assert _error((BOX, cut), sheet, mesh) == pytest.approx(error, abs=0.0005)


def test_the_kept_file_is_measured_and_plausible():
    kept = load_registration(REGISTRATION)
    assert f"--photographed {len(kept.photos) + kept.refused} " in kept.command
    boxes = np.array([box for photo in kept.photos for box in photo.boxes])
    assert np.abs(boxes[:, :2]).max() < 0.15
    assert all(0 <= level <= 1.2 for photo in kept.photos for level in photo.empty + photo.filled)
    assert sum(1 for photo in kept.photos if photo.filled) >= 15
