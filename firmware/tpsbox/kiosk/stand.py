"""How a sheet lies under the camera: scale, tilt, fill, light, sharpness; and what is wrong."""

from __future__ import annotations

import cv2
import msgspec
import numpy as np

from tpsbox.forms.model import Rect
from tpsbox.vision.photo import Photo
from tpsbox.vision.plane import Floats, cut_gray, paper_of, project, scale_at
from tpsbox.vision.quality import BURNT
from tpsbox.vision.sheet import Sheet

FOCAL = {"imx708": 4.74 / 6.45, "imx708_wide": 2.75 / 6.45, "imx477": 6.0 / 6.29}
"""Focal length over the sensor's long side, from the makers' tables; the HQ camera with its 6 mm
lens."""
USUAL_FOCAL = 0.8
"""Of a camera that is not known, such as a telephone."""

LOOK_PX_PER_MM = 0.5
"""Light is judged on a flat sheet this coarse: it changes over centimetres."""
EDGE = 0.04
"""Share of the sheet's sides left out there: what is beside the sheet shines in."""
LETTER_MM = 25.0
"""Bare paper is found anywhere on a sheet within so many mm."""

LEAST_FILL = 0.45
"""A sheet that takes less of the photo wastes pixels; 0.84 is the most a plano sheet can take."""
AMPLE_BOX_PX = 60.0
"""With so many pixels to a box, distance costs nothing."""
LEAST_MARGIN = 0.005
MOST_TILT = 8.0
LEAST_PAPER = 100.0
LEAST_EVENNESS = 0.6
MOST_GLARE = 0.01
LEAST_SHARPNESS = 0.5


class Stand(msgspec.Struct, frozen=True):
    """What a photo of a sheet says of the stand.

    `box_px`: pixels to the smallest box; `tilt`: degrees between the camera's axis and the sheet's
    normal; `fill`: share of the photo that the sheet takes; `margin`: of the shorter side between
    the sheet and the nearest edge of the photo, negative if a part is cut off; `paper`: grey of
    bare paper, 0 to 255; `evenness`: its darkest over its brightest place; `glare`: share of the
    sheet that is burnt out; `sharpness`: 0 to 1.
    """

    form: str
    page: int
    px_per_mm: float
    box_px: float
    tilt: float
    fill: float
    margin: float
    paper: float
    evenness: float
    glare: float
    sharpness: float


class Finding(msgspec.Struct, frozen=True):
    """Something wrong with the stand: a code, and a line that says what to do."""

    code: str
    text: str


def measure_stand(sheet: Sheet, module: str = "") -> Stand:
    """Measure it; `module` is libcamera's name of the camera, whose lens gives the tilt."""
    width, height = sheet.form.sheet
    middle = (width / 2, height / 2)
    scale = scale_at(sheet.H, middle)
    box_mm = min(box.w for field in sheet.page.fields for box in field.boxes)
    fill, margin = placed(sheet.H, sheet.form.sheet, sheet.photo)
    paper, evenness, glare = lit(sheet)
    return Stand(
        form=sheet.form.name,
        page=sheet.page.number,
        px_per_mm=round(scale, 2),
        box_px=round(scale * box_mm, 1),
        tilt=round(tilt_of(sheet.H, sheet.photo.size, FOCAL.get(module, USUAL_FOCAL)), 1),
        fill=round(fill, 3),
        margin=round(margin, 3),
        paper=round(paper, 1),
        evenness=round(evenness, 2),
        glare=round(glare, 4),
        sharpness=round(sheet.sharpness, 2),
    )


def placed(H: Floats, sheet: tuple[float, float], photo: Photo) -> tuple[float, float]:
    """The share of the photo that a sheet (mm) takes, and the margin around it."""
    width, height = photo.size
    corners = project(H, Rect(0, 0, *sheet).corners).astype(np.float32)
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    area, _ = cv2.intersectConvexConvex(cv2.convexHull(corners), frame)
    beside = np.minimum(corners, np.array([width, height]) - corners)
    return area / (width * height), float(beside.min()) / min(width, height)


def tilt_of(H: Floats, size: tuple[int, int], focal: float) -> float:
    """Degrees between the camera's axis and the normal of the plane that H takes to the photo.

    For a camera whose focal length is `focal` times the long side of its photo (`size`, px), with
    the axis in the middle. The columns of K^-1 H are the plane's axes (Hartley and Zisserman,
    Multiple View Geometry, 8.1).
    """
    f = focal * max(size)
    K = np.array([[f, 0, size[0] / 2], [0, f, size[1] / 2], [0, 0, 1.0]])
    axes = np.linalg.solve(K, H)
    normal = np.cross(axes[:, 0], axes[:, 1])
    return float(np.degrees(np.arccos(min(1.0, abs(normal[2]) / np.linalg.norm(normal)))))


def lit(sheet: Sheet) -> tuple[float, float, float]:
    """Grey of the paper, its evenness, and the share of the sheet that is burnt out."""
    width, height = sheet.form.sheet
    inner = Rect(0, 0, width, height).grow(-EDGE * min(width, height))
    flat = cut_gray(sheet.photo, sheet.H, inner, LOOK_PX_PER_MM)
    paper = paper_of(flat, LOOK_PX_PER_MM, LETTER_MM)
    dark, usual, bright = (float(level) for level in np.percentile(paper, (2, 50, 98)))
    return usual, dark / max(bright, 1.0), float(np.mean(flat >= BURNT))


def judge(stand: Stand) -> tuple[Finding, ...]:
    """What is wrong, the first thing to put right first; empty if all is well."""
    far = stand.fill < LEAST_FILL and stand.box_px < AMPLE_BOX_PX
    checks = (
        (
            stand.margin < LEAST_MARGIN,
            "cut_off",
            "Lembar terpotong di tepi foto. Naikkan kamera atau geser lembar ke tengah.",
        ),
        (
            far,
            "too_far",
            f"Kamera terlalu jauh: lembar hanya {stand.fill:.0%} dari foto. Turunkan kamera.",
        ),
        (
            stand.tilt > MOST_TILT,
            "tilted",
            f"Kamera miring {stand.tilt:.0f} derajat. Luruskan kamera tepat di atas lembar.",
        ),
        (
            stand.paper < LEAST_PAPER,
            "too_dark",
            "Foto terlalu gelap. Nyalakan atau dekatkan lampu.",
        ),
        (
            stand.evenness < LEAST_EVENNESS,
            "uneven",
            f"Cahaya tidak rata: tepi tergelap hanya {stand.evenness:.0%} dari yang terang. "
            "Geser lampu ke tengah, atau pasang lampu kedua.",
        ),
        (
            stand.glare > MOST_GLARE,
            "glare",
            "Ada pantulan cahaya di lembar. Geser lampu ke samping atau tutup jendela.",
        ),
        (
            stand.sharpness < LEAST_SHARPNESS,
            "blurred",
            "Foto kurang tajam. Bersihkan lensa, jauhkan getaran, lalu ulangi.",
        ),
    )
    return tuple(Finding(code, text) for wrong, code, text in checks if wrong)
