"""Forms with numbers that add up, and their sheets drawn, filled and photographed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import msgspec
import numpy as np
from tpsbox.forms.drawing import render_page
from tpsbox.forms.library import load_form
from tpsbox.simulator.count import simulate_count
from tpsbox.simulator.fill import Style, fill_sheet
from tpsbox.simulator.photograph import Photo, Shot, photograph

DPI = 100


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
