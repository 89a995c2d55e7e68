"""A photo becomes a sheet with every box in its place, or is refused with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tpsbox.forms.model import Field, Form, Page, Rect
from tpsbox.vision.cells import BoxImage, box_image, bubble_ink, ink_cell, paper_noise
from tpsbox.vision.patches import Patch, cut_boxes, cut_patch, frame_profiles
from tpsbox.vision.photo import Gray, Photo
from tpsbox.vision.place import Layout, places
from tpsbox.vision.plane import Floats, at_level, cut, cut_gray, project, scale_at
from tpsbox.vision.quality import judge_light, judge_scale, line_sharpness, profile_reach
from tpsbox.vision.refine import Refined, View, boxes_of, circles_of, refine, settle_boxes
from tpsbox.vision.rejection import Reason, RejectedError

BOX_PX = 76
"""Pixels to a box side in flat parts, where the photo has as many."""
SEEK_PX = 36
"""Pixels to a box side at which print is looked for: a tenth of a pixel is a tenth of a stroke."""
CURL_MM = 6.0
"""How far curl may put a box of an 18 mm grid from its place; in proportion for smaller boxes."""
FRAMES_JUDGED = 8
"""Numbers, spread over the sheet, whose frames say how sharp it is."""
FIT = 0.22
"""Median correlation of boxes and bubbles below which the sheet is not where it was thought."""


@dataclass(frozen=True)
class Sheet:
    """A registered sheet.

    `H` takes sheet mm to photo px; flat parts have `scale` px/mm. `places` says where the print
    lies on curled paper. `boxes` gives the real place (mm) of every box of every field, `patches`
    each field's boxes in grey, `images` the boxes' pixels; `print_share` is how dark the print
    is, as a share of the paper's light. `sharpness` is 1 for a perfect photo, 0 for fog.
    """

    form: Form
    page: Page
    photo: Photo
    H: Floats
    scale: float
    places: Refined
    boxes: dict[str, tuple[Rect, ...]]
    patches: dict[str, Patch]
    images: dict[str, tuple[BoxImage, ...]]
    print_share: float
    sharpness: float

    def cells(self, field: Field) -> Gray:
        """uint8 [boxes, 40, 40]: the field's boxes as the digit model reads them."""
        cells = []
        images, patch = self.images[field.name], self.patches[field.name]
        boxes = [patch.local(box) for box in self.boxes[field.name]]
        noise = paper_noise(patch.gray, self.scale, boxes, images, self.print_share)
        for image in images:
            # A frame that did not print or scan must not make faint specks look like ink.
            black = min(image.frame, image.paper * (1 - self.print_share))
            cells.append(ink_cell(image, black, noise))
        return np.stack(cells)

    def bubbles(self, field: Field) -> npt.NDArray[np.float64] | None:
        """float64 [boxes, 10]: how black each bubble is; None where the field has none."""
        if field.bubbles is None:
            return None
        group = circles_of(field.bubbles)
        dx, dy = self.places.shift_of(group)
        area = group.bounds.grow(field.bubbles.diameter / 2)
        moved = Rect(area.x + dx, area.y + dy, area.w, area.h)
        patch = cut_patch(self.photo, self.H, moved, self.scale)
        return bubble_ink(
            patch.gray, self.scale, field.bubbles, (dx - moved.x, dy - moved.y), self.print_share
        )

    def flat(self, rect: Rect, *, near: Field | None = None) -> tuple[Gray, float]:
        """The part `rect` (mm) of the sheet, grey uint8 [h, w], and its scale in px/mm.

        It is placed by the smooth shifts of the sheet; with `near`, also by what the boxes of that
        field moved beyond them. Patch pixel (u, v) shows rect.x + (u + 0.5) / scale and so on.
        """
        dx, dy = self.places.shifts.at(rect.center)
        if near is not None:
            beyond = [
                np.subtract(placed.center, printed.center) - self.places.shifts.at(printed.center)
                for printed, placed in zip(near.boxes, self.boxes[near.name], strict=True)
            ]
            more = np.mean(beyond, axis=0)
            dx, dy = dx + float(more[0]), dy + float(more[1])
        moved = Rect(rect.x + dx, rect.y + dy, rect.w, rect.h)
        return cut_gray(self.photo, self.H, moved, self.scale), self.scale

    def crop(self, rect: Rect, width: int) -> Gray:
        """uint8 [h, width, 3] BGR: a part of the sheet (mm) in colour, for people to look at."""
        dx, dy = self.places.shifts.at(rect.center)
        moved = Rect(rect.x + dx, rect.y + dy, rect.w, rect.h)
        return cut(self.photo.color, self.H, moved, width / rect.w)


def find_sheet(photo: Photo, forms: Sequence[Form], *, page: int | None = None) -> Sheet:
    """Find which page of which of `forms` the photo shows, and where.

    `page`, if given, is the only page wanted. A tag that none of them bears makes the reason
    `wrong_form`.

    Raises:
        RejectedError: the photo cannot be read; with the reason.
    """
    for place in places(photo, forms):
        found = place.layouts[0][1]
        if page is not None and found.number != page:
            raise RejectedError(Reason.WRONG_PAGE)
        sheet = _read_out(photo, place.H, place.layouts)
        if sheet.places.fit >= FIT:
            return sheet
    raise RejectedError(Reason.CORNER_HIDDEN)


def _read_out(photo: Photo, H: Floats, layouts: Sequence[Layout]) -> Sheet:
    """Every box where it really is."""
    form, page = layouts[0]
    box_mm = min(box.w for field in page.fields for box in field.boxes)
    photo_scale = min(scale_at(H, field.boxes[0].center) for field in page.fields)
    judge_scale(photo_scale * box_mm)
    _inside(photo, H, page)
    scale = min(BOX_PX / box_mm, max(photo_scale * 1.15, 22 / box_mm))
    view = _view(photo, H, SEEK_PX / box_mm, photo_scale)
    reach = CURL_MM * min(1.0, box_mm / 16)
    (form, page), refined = _best_layout(view, layouts, reach)
    boxes = {
        field.name: settle_boxes(
            view, field, refined.shift_of(boxes_of(field, form.stroke)), form.stroke, box_mm / 18
        )
        for field in page.fields
    }
    patches = {name: cut_boxes(photo, H, group, scale) for name, group in boxes.items()}
    images = {
        name: tuple(
            box_image(patches[name].gray, scale, patches[name].local(box), form.stroke)
            for box in group
        )
        for name, group in boxes.items()
    }
    print_share = judge_light([image for group in images.values() for image in group], form.stroke)
    sharpness = _sharpness(patches, boxes, images, form.stroke)
    return Sheet(
        form, page, photo, H, scale, refined, boxes, patches, images, print_share, sharpness
    )


def _view(photo: Photo, H: Floats, scale: float, photo_scale: float) -> View:
    """The photo at the smallest size that still has `scale` px/mm, or nearly."""
    depth = 0
    while photo_scale / 2 ** (depth + 1) >= 0.85 * scale:
        depth += 1
    return View(photo.level(depth), at_level(H, depth), scale)


def _sharpness(
    patches: dict[str, Patch],
    boxes: dict[str, tuple[Rect, ...]],
    images: dict[str, tuple[BoxImage, ...]],
    stroke: float,
) -> float:
    """Over frames all over the sheet (see `line_sharpness`)."""
    side = min(min(box.w, box.h) for group in boxes.values() for box in group)
    reach = profile_reach(side)
    names = list(boxes)[:: -(-len(boxes) // FRAMES_JUDGED)]
    profiles = [
        frame_profiles(patches[name], boxes[name], [i.paper for i in images[name]], reach)
        for name in names
    ]
    weights = [len(boxes[name]) for name in names]
    return line_sharpness(np.average(profiles, axis=0, weights=weights), side, stroke)


def _best_layout(view: View, layouts: Sequence[Layout], reach: float) -> tuple[Layout, Refined]:
    """The layout whose boxes and bubbles are met best; the number of candidates moves them."""
    best: tuple[Layout, Refined] | None = None
    tried: list[Page] = []
    for form, page in layouts:
        if any(page.fields == other.fields for other in tried):
            continue
        tried.append(page)
        refined = refine(view, page, form.sheet, form.stroke, reach)
        if best is None or refined.fit > best[1].fit:
            best = ((form, page), refined)
    if best is None:
        raise RejectedError(Reason.NO_SHEET)
    return best


def _inside(photo: Photo, H: Floats, page: Page) -> None:
    """Every box must lie in the photo."""
    corners = project(H, [c for field in page.fields for box in field.boxes for c in box.corners])
    width, height = photo.size
    low, high = corners.min(axis=0), corners.max(axis=0)
    if low.min() < 0 or high[0] > width - 1 or high[1] > height - 1:
        raise RejectedError(Reason.CORNER_HIDDEN)
