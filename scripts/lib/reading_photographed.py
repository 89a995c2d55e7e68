"""Measures errors of registration and the ink of bubbles on whole sheets, drawn and photographed.

The simulator knows the truth, the real code registers. What is measured is kept in
registration-2024.json, from which sets are composed.
"""

from __future__ import annotations

import copy

import cv2
import numpy as np
from numpy.typing import NDArray
from reading_registration import Photographed, Registration
from tpsbox.forms.drawing import render_page
from tpsbox.forms.library import load_form
from tpsbox.forms.model import Form, Rect
from tpsbox.reading.model import load_model
from tpsbox.reading.read import read_witnesses
from tpsbox.simulator.count import simulate_count
from tpsbox.simulator.fill import Leading, Style, box_signs, fill_sheet
from tpsbox.simulator.lens import MESH, pose, sheet_places
from tpsbox.simulator.photograph import Shot, photograph
from tpsbox.vision.photo import decode_photo
from tpsbox.vision.plane import project
from tpsbox.vision.rejection import RejectedError
from tpsbox.vision.sheet import Sheet, find_sheet

Rng = np.random.Generator

DPI = 120
SIGNS: tuple[Leading, ...] = ("X", "0", "-")
BOXES = 8
"""Boxes kept of each photo."""
EMPTY, FILLED = 12, 6
"""Bubbles kept of each photo of page 2."""


def some_shot(rng: Rng) -> Shot:
    """A photo within the limits that the box promises to read."""
    return Shot(
        tilt_deg=float(rng.uniform(0, 32)),
        tilt_to_deg=float(rng.uniform(0, 360)),
        rotation_deg=float(rng.uniform(0, 360)),
        light=float(rng.uniform(0, 0.4)),
        blur=float(rng.uniform(0, 1.5)),
        noise=float(rng.uniform(0, 6)),
        curl_mm=float(rng.uniform(0, 2)),
    )


def measure_registration(count: int, seed: int) -> Registration:
    """Photograph `count` sheets of ppwp-2024 and compare."""
    form = load_form("ppwp-2024")
    photos: list[Photographed] = []
    refused = 0
    for index in range(count):
        found = _measure(form, 1 + index % 3, np.random.default_rng([seed, index]))
        if found is None:
            refused += 1
        else:
            photos.append(found)
    command = f"scripts/bench reading --photographed {count} --seed {seed}"
    return Registration(command, form.name, refused, tuple(photos))


def _measure(form: Form, page: int, rng: Rng) -> Photographed | None:
    values = simulate_count(form, rng)
    leading = SIGNS[int(rng.integers(len(SIGNS)))]
    filled = fill_sheet(
        render_page(form, page, DPI), DPI, form, page, values, rng, Style(leading=leading)
    )
    shot = some_shot(rng)
    mesh = _true_places(form, shot, copy.deepcopy(rng))
    try:
        sheet = find_sheet(decode_photo(photograph(filled, DPI, rng, shot).jpeg, "bench"), [form])
    except RejectedError:
        return None
    pairs = [
        (true, found)
        for field in sheet.page.fields
        for true, found in zip(field.boxes, sheet.boxes[field.name], strict=True)
    ]
    chosen = rng.permutation(len(pairs))[:BOXES]
    boxes = tuple(_error(pairs[i], sheet, mesh) for i in chosen)
    side = float(np.median([_pixels(found, sheet) for _, found in pairs]))
    empty, black = _bubbles(sheet, values, leading)
    return Photographed(
        side=round(side, 1),
        boxes=boxes,
        empty=_some(empty, EMPTY, rng),
        filled=_some(black, FILLED, rng),
        spreads=_spreads(sheet),
    )


def _true_places(form: Form, shot: Shot, rng: Rng) -> NDArray[np.float64]:
    """mm on the sheet at the knots of the camera's mesh, curl included, as `photograph` has it."""
    angles = (shot.tilt_deg, shot.tilt_to_deg, shot.rotation_deg)
    H = pose(form.sheet, shot.size, shot.fill, shot.shift, angles)
    return sheet_places(H, shot.size, form.sheet, shot.curl_mm, rng)


def _error(pair: tuple[Rect, Rect], sheet: Sheet, mesh: NDArray[np.float64]) -> tuple[float, ...]:
    """From the true box to the box as cut: shift and linear map about the middle, by corners."""
    true, found = pair
    pixels = project(sheet.H, np.array(found.corners))
    places = _between((pixels - (MESH - 1) / 2) / MESH, mesh)
    unit = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
    seen = (places - np.array(true.center)) / (true.w, true.h)
    fit, *_ = np.linalg.lstsq(np.column_stack((seen, np.ones(4))), unit, rcond=None)
    shift, linear = fit[2], fit[:2].T
    return tuple(round(float(v), 4) for v in (*shift, *linear.ravel()))


def _between(knots: NDArray[np.float64], mesh: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values [n, 2] of a mesh [rows, columns, 2] between its knots (x, y) [n, 2], linearly.

    cv2.remap would round the places to a 32nd of a knot: half a pixel of the photo.
    """
    limit = np.array(mesh.shape[1::-1]) - 2
    corner = np.clip(np.floor(knots).astype(int), 0, limit)
    (x, y), (u, v) = corner.T, (knots - corner).T[:, :, None]
    upper = mesh[y, x] * (1 - u) + mesh[y, x + 1] * u
    lower = mesh[y + 1, x] * (1 - u) + mesh[y + 1, x + 1] * u
    return np.asarray(upper * (1 - v) + lower * v)


def _pixels(box: Rect, sheet: Sheet) -> float:
    """Side of a box in the photo, in pixels."""
    corners = project(sheet.H, np.array(box.corners))
    return float(np.sqrt(cv2.contourArea(corners.astype(np.float32))))


def _bubbles(
    sheet: Sheet, values: dict[str, int], leading: Leading
) -> tuple[list[float], list[float]]:
    empty: list[float] = []
    filled: list[float] = []
    for field in sheet.page.fields:
        ink = sheet.bubbles(field)
        if ink is None:
            continue
        signs = box_signs(values[field.name], len(field.boxes), leading)
        for sign, column in zip(signs, ink, strict=True):
            for digit, level in enumerate(column):
                (filled if sign == str(digit) else empty).append(float(level))
    return empty, filled


def _spreads(sheet: Sheet) -> tuple[float, ...]:
    """What each tally that could be counted states of itself."""
    tallies = read_witnesses(sheet, load_model()).witnesses.tallies.values()
    return tuple(tally.spread for tally in tallies if tally.count is not None)


def _some(levels: list[float], count: int, rng: Rng) -> tuple[float, ...]:
    picked = rng.permutation(len(levels))[:count]
    return tuple(round(levels[i], 3) for i in picked)
