"""What all tests share: sheets filled once, and the folder of real sheets where it is at hand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import settings
from tpsbox.forms.drawing import render_page
from tpsbox.forms.library import load_form
from tpsbox.simulator.count import simulate_count
from tpsbox.simulator.fill import Style, fill_sheet
from tpsbox.simulator.photograph import Photo, Shot, photograph

# A machine that is busy elsewhere makes no test fail.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")

DPI = 100
SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real photos and scans beside the tree; tests that need it skip without."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared with real sheets is not here")
    return SHARED


@dataclass(frozen=True)
class Filled:
    """A form, numbers that add up, and its sheets as drawn and filled."""

    form_name: str
    paslon: int

    @property
    def form(self):
        return load_form(self.form_name, paslon=self.paslon)

    @property
    def values(self) -> dict[str, int]:
        return simulate_count(self.form, np.random.default_rng(self.paslon))

    def sheet(self, page: int, style: Style | None = None) -> np.ndarray:
        if style is None:
            return _filled(self.form_name, self.paslon, page)
        return _write(self.form_name, self.paslon, page, style)

    def blank(self, page: int) -> np.ndarray:
        return _drawn(self.form_name, self.paslon, page)

    def shoot(self, page: int, style: Style | None = None, **shot: object) -> Photo:
        """A photo of the sheet, 3 MP unless told otherwise, with a little of every fault."""
        usual = Shot(size=(1800, 2400), tilt_deg=6, light=0.2, noise=2.0, curl_mm=0.8)
        taken = msgspec.structs.replace(usual, **shot)
        return photograph(self.sheet(page, style), DPI, np.random.default_rng(page), taken)

    def shoot_blank(self, page: int, **shot: object) -> Photo:
        """The same of the blank sheet."""
        usual = Shot(size=(1800, 2400), tilt_deg=6, light=0.2, noise=2.0, curl_mm=0.8)
        taken = msgspec.structs.replace(usual, **shot)
        return photograph(self.blank(page), DPI, np.random.default_rng(page), taken)


@cache
def _drawn(form_name: str, paslon: int, page: int) -> np.ndarray:
    return render_page(load_form(form_name, paslon=paslon), page, DPI)


@cache
def _filled(form_name: str, paslon: int, page: int) -> np.ndarray:
    return _write(form_name, paslon, page, Style())


def _write(form_name: str, paslon: int, page: int, style: Style) -> np.ndarray:
    form = load_form(form_name, paslon=paslon)
    values = simulate_count(form, np.random.default_rng(paslon))
    rng = np.random.default_rng(paslon * 10 + page)
    return fill_sheet(_drawn(form_name, paslon, page), DPI, form, page, values, rng, style)


@pytest.fixture(scope="session")
def ppwp() -> Filled:
    return Filled("ppwp-2024", 3)
