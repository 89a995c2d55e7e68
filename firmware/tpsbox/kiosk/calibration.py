"""Sets the camera by a printed sheet under it: focus, exposure, geometry."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import msgspec
import numpy as np

from tpsbox.board.camera_settings import CameraSettings, Geometry
from tpsbox.board.ports import TunableCamera
from tpsbox.forms.model import Form, Rect
from tpsbox.kiosk.focus import contrast, sweep
from tpsbox.kiosk.stand import Stand, measure_stand
from tpsbox.vision.photo import Gray, Photo, decode_photo
from tpsbox.vision.plane import project
from tpsbox.vision.rejection import RejectedError
from tpsbox.vision.sheet import Sheet, find_sheet

LEVEL = 1
"""Focus is judged on photos of half the size: noise weighs less, print is as sharp."""


class Calibration(msgspec.Struct, frozen=True):
    """What was set, and how the sheet lay."""

    settings: CameraSettings
    stand: Stand


def calibrate(
    camera: TunableCamera, forms: Sequence[Form], say: Callable[[str], None]
) -> Calibration:
    """Set the camera by the sheet of one of `forms` under it; `say` gets what is being done.

    Raises:
        CameraFault: it gives no photos.
        RejectedError: no sheet that can be read; with the reason.
    """
    lens = camera.lens_range
    say("Mengukur cahaya ...")
    settings = camera.measure(None)
    if lens is not None:
        say("Mencari fokus ...")
        settings = focused(camera, settings, lens, forms)
        say("Mengukur cahaya sekali lagi ...")
        settings = camera.measure(settings.lens_position)
    camera.use(settings)
    sheet = find_sheet(_photo(camera), forms)
    stand = measure_stand(sheet, settings.module)
    geometry = Geometry(stand.px_per_mm, stand.tilt, stand.fill)
    return Calibration(msgspec.structs.replace(settings, geometry=geometry), stand)


def focused(
    camera: TunableCamera,
    settings: CameraSettings,
    lens: tuple[float, float],
    forms: Sequence[Form],
) -> CameraSettings:
    """The same settings with the lens where the sheet is sharpest.

    A first sweep over the whole photo finds where the sheet is; the second looks at it alone.
    """

    def at(position: float) -> CameraSettings:
        return msgspec.structs.replace(settings, lens_position=position)

    def look(position: float) -> Photo:
        camera.use(at(position))
        return _photo(camera)

    first = sweep(lambda position: contrast(look(position).level(LEVEL)), *lens)
    photo = look(first)
    try:
        mask = mask_of(find_sheet(photo, forms), photo)
    except RejectedError:
        return at(first)  # what is wrong is said of the last photo
    best = sweep(lambda position: contrast(look(position).level(LEVEL), mask), *lens)
    return at(best)


def mask_of(sheet: Sheet, photo: Photo) -> Gray:
    """255 where the sheet is, at LEVEL of the photo."""
    gray = photo.level(LEVEL)
    corners = project(sheet.H, Rect(0, 0, *sheet.form.sheet).corners) / 2**LEVEL
    mask = np.zeros(gray.shape, np.uint8)
    cv2.fillConvexPoly(mask, corners.round().astype(np.int32), (255.0,))
    return mask


def _photo(camera: TunableCamera) -> Photo:
    return decode_photo(camera.capture(), "camera")
