"""The sweep finds the sharpest lens position; a calibration sets what it found."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kiosk_samples import PPWP
from tpsbox.board.camera_settings import CameraSettings
from tpsbox.board.ports import TunableCamera
from tpsbox.forms.drawing import render_page
from tpsbox.forms.election import load_election
from tpsbox.kiosk.calibration import calibrate
from tpsbox.kiosk.focus import FARTHEST, NEAREST, contrast, sweep
from tpsbox.simulator.photograph import Shot, photograph
from tpsbox.vision.photo import decode_photo
from tpsbox.vision.rejection import RejectedError

FORMS = tuple(load_election(PPWP).forms.values())
SHARP_AT = 1.57
EMPTY = photograph(
    np.full((900, 600, 3), 235, np.uint8), 25, np.random.default_rng(1), Shot(size=(900, 1350))
).jpeg


@given(st.floats(FARTHEST, NEAREST), st.floats(0.2, 1.0))
def test_a_peak_is_found_wherever_it_is(peak: float, width: float):
    looked = []

    def sharpness(at: float) -> float:
        looked.append(at)
        return float(np.exp(-(((at - peak) / width) ** 2)))

    assert sweep(sharpness, 0.0, 10.0) == pytest.approx(peak, abs=0.06)
    assert len(looked) < 25 and min(looked) >= FARTHEST and max(looked) <= NEAREST + 0.4


def test_a_lens_is_never_sent_beyond_its_range():
    looked = []
    assert sweep(lambda at: looked.append(at) or at, 0.0, 1.5) == pytest.approx(1.5, abs=0.1)
    assert max(looked) <= 1.5 + 1e-6


def test_contrast_falls_with_every_blur():
    gray = decode_photo(seen(0.0), "photo").gray
    found = [contrast(cv2.GaussianBlur(gray, (0, 0), sigma)) for sigma in (0.5, 1.0, 2.0, 4.0)]
    assert found == sorted(found, reverse=True)


@cache
def sharp() -> np.ndarray:
    page = render_page(FORMS[0], 2, 60)
    taken = photograph(page, 60, np.random.default_rng(1), Shot(size=(900, 1350)))
    return cv2.imdecode(np.frombuffer(taken.jpeg, np.uint8), cv2.IMREAD_COLOR)


@cache
def seen(blur: float) -> bytes:
    """Page 2 as a lens so far from focus gives it."""
    image = cv2.GaussianBlur(sharp(), (0, 0), blur) if blur else sharp()
    done, jpeg = cv2.imencode(".jpg", image)
    assert done
    return jpeg.tobytes()


class Bench(TunableCamera):
    """A camera over a sheet, whose lens is sharp at one position."""

    def __init__(self, lens: tuple[float, float] | None, sheet: bool = True) -> None:
        self.sheet, self.lens = sheet, lens
        self.position: float | None = None
        self.used: list[CameraSettings] = []

    @property
    def lens_range(self):
        return self.lens

    def measure(self, lens_position):
        self.position = lens_position
        return CameraSettings("imx708", 20_000, 2.0, (2.0, 1.5), lens_position)

    def use(self, settings):
        self.used.append(settings)
        self.position = settings.lens_position

    def capture(self):
        off = 0.0 if self.position is None else abs(self.position - SHARP_AT)
        return seen(round(4 * off, 1)) if self.sheet else EMPTY

    def check(self):
        pass

    def close(self):
        pass


def test_a_calibration_focuses_on_the_sheet_and_uses_what_it_found():
    camera = Bench((0.0, 10.0))
    said = []
    done = calibrate(camera, FORMS, said.append)
    assert done.settings.lens_position == pytest.approx(SHARP_AT, abs=0.06)
    assert camera.used[-1].lens_position == done.settings.lens_position
    geometry = done.settings.geometry
    assert (geometry.px_per_mm, geometry.fill) == (done.stand.px_per_mm, done.stand.fill)
    assert len(said) == 3


def test_a_camera_without_a_motor_is_only_measured():
    done = calibrate(Bench(None), FORMS, lambda _: None)
    assert done.settings.lens_position is None and done.stand.page == 2


def test_without_a_sheet_there_is_a_reason_and_no_calibration():
    with pytest.raises(RejectedError) as refusal:
        calibrate(Bench(None, sheet=False), FORMS, lambda _: None)
    assert refusal.value.reason == "no_sheet"
