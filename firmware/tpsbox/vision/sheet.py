"""A photo becomes a flat sheet with every box in its place, or is refused with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from tpsbox.forms.model import Field, Form, Page, Rect
from tpsbox.vision.cells import BoxImage, box_image, bubble_ink, ink_cell, paper_noise
from tpsbox.vision.corners import register
from tpsbox.vision.photo import Gray, Photo
from tpsbox.vision.plane import Floats, cut, darkness_of, project, scale_at
from tpsbox.vision.quality import (
    LEAST_PHOTO_PX,
    judge_light,
    judge_scale,
    line_sharpness,
    why_nothing,
)
from tpsbox.vision.refine import Darkness, ShiftField, refine, settle_box
from tpsbox.vision.rejection import Reason, RejectedError
from tpsbox.vision.tagless import place_tagless
from tpsbox.vision.tags import find_tags, pages_of_tag, tag_corners_mm

BOX_PX = 76
"""Pixels to a box side in the flat sheet, where the photo has as many."""
CURL_MM = 6.0
"""How far curl may put a box of an 18 mm grid from its place; in proportion for smaller boxes."""
FIT = 0.22
"""Median correlation of boxes and bubbles below which the sheet is not where it was thought."""


@dataclass(frozen=True)
class Sheet:
    """A registered sheet.

    `H` takes sheet mm to photo px. `whole` is the sheet at `scale` px/mm, grey. `boxes` gives the
    real place (mm) of every box of every field; `images` their pixels; `print_share` how dark the
    print is, as a share of the paper's light. `sharpness` is 1 for a perfect photo, 0 for fog.
    """

    form: Form
    page: Page
    photo: Photo
    H: Floats
    whole: Gray
    scale: float
    shifts: ShiftField
    boxes: dict[str, tuple[Rect, ...]]
    images: dict[str, tuple[BoxImage, ...]]
    print_share: float
    sharpness: float

    def cells(self, field: Field) -> Gray:
        """uint8 [boxes, 40, 40]: the field's boxes as the digit model reads them."""
        cells = []
        images = self.images[field.name]
        boxes = self.boxes[field.name]
        noise = paper_noise(self.whole, self.scale, boxes, images, self.print_share)
        for image in images:
            # A frame that did not print or scan must not make faint specks look like ink.
            black = min(image.frame, image.paper * (1 - self.print_share))
            cells.append(ink_cell(image, black, noise))
        return np.stack(cells)

    def bubbles(self, field: Field) -> npt.NDArray[np.float64] | None:
        """float64 [boxes, 10]: how black each bubble is; None where the field has none."""
        if field.bubbles is None:
            return None
        centre = field.bubbles.columns[len(field.bubbles.columns) // 2][5]
        shift = self.shifts.at(centre)
        return bubble_ink(self.whole, self.scale, field.bubbles, shift, self.print_share)

    def flat(self, rect: Rect, *, near: Field | None = None) -> tuple[Gray, float]:
        """The part `rect` (mm) of the sheet, grey uint8 [h, w], and its scale in px/mm.

        It is placed by the smooth shifts of the sheet; with `near`, also by what the boxes of that
        field moved beyond them. Patch pixel (u, v) shows rect.x + (u + 0.5) / scale and so on.
        """
        dx, dy = self.shifts.at(rect.center)
        if near is not None:
            beyond = [
                np.subtract(placed.center, printed.center) - self.shifts.at(printed.center)
                for printed, placed in zip(near.boxes, self.boxes[near.name], strict=True)
            ]
            more = np.mean(beyond, axis=0)
            dx, dy = dx + float(more[0]), dy + float(more[1])
        moved = Rect(rect.x + dx, rect.y + dy, rect.w, rect.h)
        return cut(self.photo.gray, self.H, moved, self.scale), self.scale

    def crop(self, rect: Rect, width: int) -> Gray:
        """uint8 [h, width, 3] BGR: a part of the sheet (mm) in colour, for people to look at."""
        shift = self.shifts.at(rect.center)
        moved = Rect(rect.x + shift[0], rect.y + shift[1], rect.w, rect.h)
        return cut(self.photo.color, self.H, moved, width / rect.w)


def find_sheet(
    photo: Photo, forms: Sequence[Form], *, page: int | None = None, others: Sequence[Form] = ()
) -> Sheet:
    """Find which page of which of `forms` the photo shows, and where.

    `page`, if given, is the only page wanted. `others` are forms that exist but are not wanted
    here: a tag of theirs makes the reason `wrong_form` instead of `no_sheet`.

    Raises:
        RejectedError: the photo cannot be read; with the reason.
    """
    layouts, H = _place(photo, forms, others)
    form, found = layouts[0]
    if page is not None and found.number != page:
        raise RejectedError(Reason.WRONG_PAGE)
    box_mm = min(box.w for field in found.fields for box in field.boxes)
    photo_scale = min(scale_at(H, field.boxes[0].center) for field in found.fields)
    judge_scale(photo_scale * box_mm)
    _inside(photo, H, found)
    scale = min(BOX_PX / box_mm, max(photo_scale * 1.15, 22 / box_mm))
    source = _softened(photo.gray, photo_scale / scale)
    flat = cut(source, H, Rect(0, 0, *form.sheet), scale)
    dark = darkness_of(flat, scale, box_mm / 3)
    reach = CURL_MM * min(1.0, box_mm / 16)
    (form, found), shifts, fit = _best_layout(dark, scale, layouts, reach)
    boxes = {
        field.name: tuple(
            _moved(box, settle_box(dark, scale, box, shifts, form.stroke, box_mm / 18))
            for box in field.boxes
        )
        for field in found.fields
    }
    images = {
        name: tuple(box_image(flat, scale, box, form.stroke) for box in places)
        for name, places in boxes.items()
    }
    print_share = judge_light([image for group in images.values() for image in group], form.stroke)
    if fit < FIT:
        raise RejectedError(Reason.CORNER_HIDDEN)
    sharpness = line_sharpness(
        dark, scale, [box for group in boxes.values() for box in group], form.stroke
    )
    return Sheet(form, found, photo, H, flat, scale, shifts, boxes, images, print_share, sharpness)


Layout = tuple[Form, Page]


def _place(
    photo: Photo, forms: Sequence[Form], others: Sequence[Form]
) -> tuple[list[Layout], Floats]:
    """What the sheet may be, and its homography: by the tag if there is one, else by the print."""
    if min(photo.gray.shape) < LEAST_PHOTO_PX:
        raise RejectedError(Reason.TOO_SMALL)
    tags = find_tags(photo.gray)
    for tag in tags:
        layouts = pages_of_tag(tag.id, forms)
        if not layouts or layouts[0][1].tag is None:
            continue
        mm = tag_corners_mm(layouts[0][1].tag)
        found = register(photo.gray, layouts[0][0].fiducials, mm, list(tag.corners))
        if found is None or sum(found.seen) < 3:
            raise RejectedError(Reason.CORNER_HIDDEN)
        return layouts, found.H
    if any(pages_of_tag(tag.id, others) for tag in tags):
        raise RejectedError(Reason.WRONG_FORM)
    placement = place_tagless(photo.gray, forms)
    if placement is not None:
        return [(placement.form, placement.page)], placement.H
    if tags:
        raise RejectedError(Reason.WRONG_FORM)
    raise RejectedError(why_nothing(photo.gray))


def _best_layout(
    dark: Darkness, scale: float, layouts: Sequence[Layout], reach: float
) -> tuple[Layout, ShiftField, float]:
    """The layout whose boxes and bubbles are met best; the number of candidates moves them."""
    best: tuple[Layout, ShiftField, float] | None = None
    tried: list[Page] = []
    for form, page in layouts:
        if any(page.fields == other.fields for other in tried):
            continue
        tried.append(page)
        shifts, fit = refine(dark, scale, page, form.sheet, form.stroke, reach)
        if best is None or fit > best[2]:
            best = ((form, page), shifts, fit)
    if best is None:
        raise RejectedError(Reason.NO_SHEET)
    return best


def _inside(photo: Photo, H: Floats, page: Page) -> None:
    """Every box must lie in the photo."""
    corners = project(H, [c for field in page.fields for box in field.boxes for c in box.corners])
    height, width = photo.gray.shape
    low, high = corners.min(axis=0), corners.max(axis=0)
    if low.min() < 0 or high[0] > width - 1 or high[1] > height - 1:
        raise RejectedError(Reason.CORNER_HIDDEN)


def _softened(gray: Gray, shrink: float) -> Gray:
    """Blurred before it is made smaller by `shrink`, so that thin lines and moire do not alias."""
    if shrink < 1.3:
        return gray
    return np.asarray(cv2.GaussianBlur(gray, (0, 0), 0.35 * shrink), dtype=np.uint8)


def _moved(box: Rect, shift: tuple[float, float]) -> Rect:
    return Rect(box.x + shift[0], box.y + shift[1], box.w, box.h)
