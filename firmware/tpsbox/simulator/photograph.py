"""A simulated camera over a table: perspective, curl, light, shadow, blur, noise, glare, JPEG."""

from __future__ import annotations

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from tpsbox.errors import EnvironmentFault, InputError
from tpsbox.simulator.hand import Image
from tpsbox.simulator.lens import MESH, Crease, beyond_crease, pose, sheet_places
from tpsbox.simulator.light import (
    brightness,
    corner_spots,
    glare_layer,
    grain,
    lay_thumb,
    screen,
    shadow_edge,
    table,
)

PIXELS_RANGE = (100, 12_000)
"""Sides of a photo that are taken."""

UNITY = 127
"""Brightness 1 in the bytes that multiply a photo: up to twice as bright fits."""


class Shot(msgspec.Struct, frozen=True):
    """How a photo is taken; every value at 0 (or as given here) is a good one.

    `size`: width and height in pixels. `fill`: share of the frame that the sheet's bounding box
    takes. `shift`: of its middle, in shares of the frame. `tilt_deg`: between the camera's axis
    and the sheet's normal, towards `tilt_to_deg`; `rotation_deg`: clockwise in the picture.
    `light`: loss of brightness across the frame, `shadow`: of a soft edged shadow, `glare`: of a
    reflection, all 0 to 1. `blur`: sigma in pixels. `noise`: sigma in grey levels. `curl_mm`: how
    far paper waves displace print. `background`: grey of the table. `exposure`: factor. `warmth`:
    red up and blue down by that share. `covered`: corners of the sheet under a thumb, 0 to 3 from
    the upper left clockwise. `quality`: of the JPEG.

    `thumbs`: places (mm of the sheet) under a thumb each. `crease`: a fold. `shadow_edge`: of a
    sharp edged shadow, 0 to 1. `glare_at`: where the reflection lies, in shares of the frame.
    `cast`: gains of red, green and blue. `screen_mm`: the sheet is shown on a screen of that pitch
    (mm of the sheet), which beats with the camera's pixels. A `fill` above 1 or a `shift` puts a
    part of the sheet outside of the photo.
    """

    size: tuple[int, int] = (3000, 4000)
    fill: float = 0.96
    shift: tuple[float, float] = (0.0, 0.0)
    tilt_deg: float = 0.0
    tilt_to_deg: float = 90.0
    rotation_deg: float = 0.0
    light: float = 0.1
    shadow: float = 0.0
    glare: float = 0.0
    blur: float = 0.0
    noise: float = 2.0
    curl_mm: float = 0.0
    background: int = 70
    exposure: float = 0.95
    warmth: float = 0.0
    covered: tuple[int, ...] = ()
    quality: int = 90
    thumbs: tuple[tuple[float, float], ...] = ()
    crease: Crease | None = None
    shadow_edge: float = 0.0
    glare_at: tuple[float, float] | None = None
    cast: tuple[float, float, float] = (1.0, 1.0, 1.0)
    screen_mm: float = 0.0


class Photo(msgspec.Struct, frozen=True):
    """A photo as JPEG, and the true homography [3, 3] from mm on the flat sheet to its pixels.

    Whole pixel numbers are pixel centres, as OpenCV counts.
    """

    jpeg: bytes
    homography: NDArray[np.float64]


def photograph(sheet: Image, dpi: int, rng: np.random.Generator, shot: Shot | None = None) -> Photo:
    """Photograph a sheet [h, w, 3] uint8 RGB of `dpi`.

    Raises:
        InputError: a side of the photo outside 100 to 12000 pixels, or a tilt beyond 75 degrees.
    """
    shot = shot or Shot()
    low, high = PIXELS_RANGE
    if not all(low <= side <= high for side in shot.size):
        raise InputError(f"photo of {shot.size}: sides must lie between {low} and {high} pixels")
    if not 0 <= shot.tilt_deg <= 75:
        raise InputError(f"tilt {shot.tilt_deg}: must lie between 0 and 75 degrees")
    scale = dpi / 25.4
    sheet_mm = (sheet.shape[1] / scale, sheet.shape[0] / scale)
    H = pose(sheet_mm, shot.size, shot.fill, shot.shift, _angles(shot))
    image = _project(sheet, scale, sheet_mm, H, shot, rng)
    corners = corner_spots(sheet_mm)
    for spot in (*(corners[corner % 4] for corner in shot.covered), *shot.thumbs):
        lay_thumb(image, H, sheet_mm, spot, rng)
    return Photo(jpeg=_encode(_expose(image, shot, rng), shot.quality), homography=H)


def _angles(shot: Shot) -> tuple[float, float, float]:
    return (shot.tilt_deg, shot.tilt_to_deg, shot.rotation_deg)


def _project(
    sheet: Image,
    scale: float,
    sheet_mm: tuple[float, float],
    H: NDArray[np.float64],
    shot: Shot,
    rng: np.random.Generator,
) -> Image:
    """The sheet where the camera sees it, on the table: [height, width, 3] RGB."""
    places = sheet_places(H, shot.size, sheet_mm, shot.curl_mm, rng, shot.crease)
    coarse = places * scale - 0.5
    width, height = shot.size
    # The mesh is drawn out to whole pixels; between its knots a photo is nearly linear.
    fine = cv2.resize(coarse.astype(np.float32), None, fx=MESH, fy=MESH)[:height, :width]
    u, v = np.ascontiguousarray(fine[:, :, 0]), np.ascontiguousarray(fine[:, :, 1])
    flat = cv2.remap(sheet, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    seen: Image = np.asarray(flat, np.uint8)
    on_sheet = (u > -0.5) & (v > -0.5) & (u < sheet.shape[1] - 0.5) & (v < sheet.shape[0] - 0.5)
    if shot.screen_mm:
        seen = _lit(seen, screen(u, v, shot.screen_mm * scale))
    if shot.crease:
        beyond, _ = beyond_crease(places, sheet_mm, shot.crease)
        side = cv2.resize(beyond.astype(np.float32), None, fx=MESH, fy=MESH)[:height, :width]
        face = np.where(side > 0, np.float32(1 - shot.crease.step), np.float32(1))
        seen = _lit(seen, np.repeat(face[:, :, None], 3, axis=2))
    mask = on_sheet.astype(np.uint8) * 255
    image = table(shot.size, shot.background, rng)
    cv2.copyTo(seen, mask, image)
    return image


def _lit(image: Image, factor: NDArray[np.float32]) -> Image:
    """The picture times `factor` [height, width, 3]."""
    return np.asarray(cv2.multiply(image, factor, dtype=cv2.CV_8U), np.uint8)


def _expose(image: Image, shot: Shot, rng: np.random.Generator) -> Image:
    """Light, colour, glare, blur and noise."""
    factor = brightness(shot.size, shot.light, shot.shadow, rng) * shot.exposure
    if shot.shadow_edge:
        factor *= shadow_edge(shot.size, shot.shadow_edge, rng)
    red, green, blue = shot.cast
    colours = (red * (1 + shot.warmth), green, blue * (1 - shot.warmth))
    gain = cv2.merge([cv2.convertScaleAbs(factor, alpha=UNITY * c) for c in colours])
    image = np.asarray(cv2.multiply(image, gain, scale=1 / UNITY), np.uint8)
    if shot.glare:
        image = np.asarray(
            cv2.add(image, glare_layer(shot.size, shot.glare, rng, shot.glare_at)), np.uint8
        )
    if shot.blur:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), shot.blur), np.uint8)
    if shot.noise:
        image = grain(image, shot.noise, rng)
    return image


def _encode(image: Image, quality: int) -> bytes:
    flags = [cv2.IMWRITE_JPEG_QUALITY, quality]
    done, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), flags)
    if not done:
        raise EnvironmentFault("the JPEG encoder refused the photo")
    return data.tobytes()
