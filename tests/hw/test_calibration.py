"""What the stand gives is what the box asks for when it is calibrated on it."""

from __future__ import annotations

import numpy as np
import pytest
from tpsbox.kiosk import focus
from tpsbox.kiosk import stand as asked
from tpshw import light, optics, tables
from tpshw.stand import over, stand

CAMERAS = optics.cameras()
STAND = stand()
MODULES = {"cm3": "imx708", "cm3wide": "imx708_wide", "hq": "imx477"}
everywhere = pytest.mark.parametrize(
    ("camera", "sheet"), [(c, s) for c in CAMERAS.camera for s in CAMERAS.sheet]
)


@everywhere
def test_sheets_fill_the_photo_and_are_not_cut_off(camera, sheet):
    seen, _ = over(STAND, CAMERAS, camera, sheet)
    long, short = CAMERAS.sheet[sheet].size
    fill = long * short / (seen.field[0] * seen.field[1])
    # The Wide cannot come low enough over A4: the box would stand on the column's foot.
    assert (fill >= asked.LEAST_FILL) == ((camera, sheet) != ("cm3wide", "a4"))
    beside = min(seen.field[0] - long, seen.field[1] - short) / 2
    assert beside / seen.field[1] >= asked.LEAST_MARGIN


@everywhere
def test_every_height_is_one_at_which_the_box_looks_for_focus(camera, sheet):
    seen, _ = over(STAND, CAMERAS, camera, sheet)
    assert focus.FARTHEST <= 1000 / seen.distance <= focus.NEAREST


@pytest.mark.parametrize("camera", sorted(CAMERAS.camera))
def test_both_take_the_same_lens(camera):
    row = CAMERAS.camera[camera]
    assert asked.FOCAL[MODULES[camera]] == pytest.approx(row.focal_mm / row.sensor_mm[0], rel=1e-3)


def test_the_lamps_are_even_enough():
    part = tables.parts().part["lamp"]
    size = CAMERAS.sheet["plano"].size
    inner = (size[0] - 2 * asked.EDGE * size[1], size[1] * (1 - 2 * asked.EDGE))
    lux = light.field(STAND.lamp, part.lumens, part.size[1], inner)
    dark, bright = np.percentile(lux, (2, 98))
    # A photo's grey is about the 2.2th root of the light (sRGB).
    assert (dark / bright) ** (1 / 2.2) >= asked.LEAST_EVENNESS
