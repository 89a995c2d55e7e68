"""Finds a sheet that bears no tag: by its corner squares, or by its own printed lines alone.

Either way a coarse view of the sheet is compared with the print that the form's file promises;
what fits best names the page and which way up it lies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from tpsbox.forms.model import Form, Page, Rect
from tpsbox.vision.columns import column_shift
from tpsbox.vision.lines import COARSE, Lines, promised_lines, ridges, seen_lines, slide
from tpsbox.vision.photo import Gray
from tpsbox.vision.plane import Floats, cut, darkness_of, project
from tpsbox.vision.squares import quads_of_squares

View = Callable[[Floats, Rect], Lines]
"""Cuts the lines seen in an area (mm) of the sheet under a pose (mm -> px), at COARSE px/mm."""

SMALL_PX = 800
"""The longer side of the small picture whose lines are compared."""
SHEET_MM = 300.0
"""Millimetres of the longer side of a scanned sheet, roughly: only widths of filters hang on it."""
PLAIN_SCAN = 0.45
"""Correlation from which a straight scan is taken as found, and corner squares need no search."""
FITS = 0.38
"""Correlation of the coarse view with the promised print; 40 scans have 0.49 and more, other papers
had 0.31 at most."""
PAD_MM = 34.0
"""How far the print is slid over the view each way."""
POLISHED = 3
"""How many coarse places are polished; the right one is nearly always the first."""
DISTINCT_MM = 4.0
POLISH_MM = 11.0


@dataclass(frozen=True)
class Placement:
    """A page, where it lies (mm -> px), and how well its print fits (-1 to 1)."""

    form: Form
    page: Page
    H: Floats
    score: float


def place_tagless(gray: Gray, forms: Sequence[Form]) -> Placement | None:
    """The best-fitting page of the forms that bear no tags; None if no print fits."""
    forms = [form for form in forms if any(page.tag is None for page in form.pages)]
    if not forms:
        return None
    from_scan, from_photo = _scan_view(scan_lines(gray)), _photo_view(gray)
    coarse: list[tuple[Placement, View]] = []
    for form in forms:
        poses = list(_scan_poses(gray, form))
        coarse += _slides(form, poses, from_scan)
    if not any(placement.score >= PLAIN_SCAN for placement, _ in coarse):
        for form in forms:
            coarse += _slides(form, quads_of_squares(gray, form), from_photo)
    if not coarse:  # no sheet of these forms has the picture's proportions
        return None
    coarse.sort(key=lambda pair: -pair[0].score)
    polished = [_polish(placement, view) for placement, view in _distinct(coarse)]
    final = [_last_word(gray, placement) for placement in polished]
    best = max(final, key=lambda placement: placement.score)
    return _by_ink(gray, best) if best.score >= FITS else None


def _by_ink(gray: Gray, placement: Placement) -> Placement:
    """The placement moved by one box where the writing says so."""
    dx = column_shift(gray, placement.H, placement.form, placement.page)
    H = placement.H @ np.array([[1, 0, dx], [0, 1, 0], [0, 0, 1.0]])
    return Placement(placement.form, placement.page, H, placement.score)


def _last_word(gray: Gray, placement: Placement) -> Placement:
    """The placement scored in the flattened photo, over the part of the sheet that it shows.

    A sheet that was scanned cut off may fit as well one box too far to a side; but then lines
    are missing where paper is in sight.
    """
    area = Rect(0, 0, *placement.form.sheet)
    seen = _photo_view(gray)(placement.H, area)
    shown = cut(np.full_like(gray, 255), placement.H, area, COARSE) > 0
    shown = cv2.erode(shown.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    if shown.mean() < 0.5:
        return Placement(placement.form, placement.page, placement.H, -1.0)
    promised = promised_lines(placement.form, placement.page)
    h, w = np.min([seen.shape, shown.shape, promised.shape], axis=0)
    shown = shown[:h, :w]
    view = seen[:h, :w][shown]
    # Nothing at all in sight correlates with nothing.
    flat = view.std() == 0
    score = -1.0 if flat else float(np.corrcoef(view, promised[:h, :w][shown])[0, 1])
    return Placement(placement.form, placement.page, placement.H, score)


def _slides(form: Form, poses: Sequence[Floats], view: View) -> list[tuple[Placement, View]]:
    """Every page of the form without a tag, slid over the view under every pose."""
    pages = [(page, promised_lines(form, page)) for page in form.pages if page.tag is None]
    area = Rect(0, 0, *form.sheet).grow(PAD_MM)
    found = []
    for H in poses:
        seen = view(H, area)
        found += [(_slide(form, page, promised, H, seen, PAD_MM), view) for page, promised in pages]
    return found


def _distinct(coarse: Sequence[tuple[Placement, View]]) -> list[tuple[Placement, View]]:
    """The best POLISHED placements that differ in page or by DISTINCT_MM where the boxes are."""
    kept: list[tuple[Placement, View]] = []
    for placement, view in coarse:
        inverse = np.linalg.inv(placement.H)
        apart = all(
            placement.page != other.page or _apart(inverse @ other.H, placement) > DISTINCT_MM
            for other, _ in kept
        )
        if apart:
            kept.append((placement, view))
        if len(kept) == POLISHED:
            break
    return kept


def _apart(between: Floats, placement: Placement) -> float:
    """How far (mm) the first box of the page lies from itself under the other pose."""
    x, y = placement.page.fields[0].boxes[0].center
    moved = project(between, [(x, y)])[0]
    return float(np.hypot(moved[0] - x, moved[1] - y))


def _polish(start: Placement, view: View) -> Placement:
    """Better the pose by small turns, stretches and leans while the fit improves.

    A table shifted by one box fits almost as well as the right place; only a pose that is right
    in scale and skew tells the two apart.
    """
    best, promised = start, promised_lines(start.form, start.page)
    x, y = start.form.sheet[0] / 2, start.form.sheet[1] / 2
    to_middle = np.array([[1, 0, -x], [0, 1, -y], [0, 0, 1.0]])
    back = np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])
    area = Rect(0, 0, *start.form.sheet).grow(POLISH_MM)
    step = 0.032
    while step > 0.002:
        before = best.score
        for change in ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)):
            for sign in (step, -step):
                stretch_x, stretch_y, lean_x, lean_y = (sign * part for part in change)
                nudge = np.array(
                    [[1 + stretch_x, lean_x, 0], [lean_y, 1 + stretch_y, 0], [0, 0, 1.0]]
                )
                H = best.H @ back @ nudge @ to_middle
                seen = view(H, area)
                tried = _slide(start.form, start.page, promised, H, seen, POLISH_MM)
                best = max(best, tried, key=lambda placement: placement.score)
        if best.score <= before + 1e-4:
            step /= 2
    return best


@dataclass(frozen=True)
class ScanLines:
    """The ridges of a whole picture, made once: uint8 [h, w], and its size against the photo's."""

    image: Gray
    factor: float


def scan_lines(gray: Gray) -> ScanLines:
    """Ridges along the picture's own axes: what a scan needs, which lies nearly straight."""
    factor = min(1.0, SMALL_PX / max(gray.shape))
    image = np.asarray(
        cv2.resize(gray, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), dtype=np.uint8
    )
    mm = max(image.shape) / SHEET_MM
    lines = cv2.GaussianBlur(ridges(darkness_of(image, mm, 6.0), mm), (0, 0), 0.6 * mm)
    return ScanLines((np.minimum(lines * 2, 1) * 255).astype(np.uint8), factor)


def _scan_view(scan: ScanLines) -> View:
    """Views cut from lines found once, along the picture's own axes."""
    shrink = np.diag([scan.factor, scan.factor, 1.0])

    def view(H: Floats, area: Rect) -> Lines:
        return cut(scan.image, shrink @ H, area, COARSE).astype(np.float32) / 255

    return view


def _scan_poses(gray: Gray, form: Form) -> Iterator[Floats]:
    """Poses of a scan: nearly straight, filling the picture, in any of the four directions."""
    height, width = gray.shape
    for quarter in range(4):
        w, h = (width, height) if quarter % 2 == 0 else (height, width)
        if not 0.75 < (w / h) / (form.sheet[0] / form.sheet[1]) < 1.35:
            continue
        full = min(w / form.sheet[0], h / form.sheet[1])
        for zoom in np.linspace(0.89, 1.06, 8):
            for skew in (-1.0, 0.0, 1.0):
                yield _turn(quarter, width, height) @ _straight(full * zoom, skew, w, h, form)


def _turn(quarter: int, width: int, height: int) -> Floats:
    """Pixels of the upright picture to pixels of the photo, turned by so many right angles."""
    turns = (
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[0, -1, width], [1, 0, 0], [0, 0, 1]],
        [[-1, 0, width], [0, -1, height], [0, 0, 1]],
        [[0, 1, 0], [-1, 0, height], [0, 0, 1]],
    )
    return np.array(turns[quarter], dtype=np.float64)


def _straight(scale: float, skew: float, width: float, height: float, form: Form) -> Floats:
    """Sheet mm to upright px: middle on middle, scaled, turned by `skew` degrees."""
    c, s = np.cos(np.radians(skew)) * scale, np.sin(np.radians(skew)) * scale
    place = np.array([[c, -s, width / 2], [s, c, height / 2], [0, 0, 1]])
    middle = np.array([[1, 0, -form.sheet[0] / 2], [0, 1, -form.sheet[1] / 2], [0, 0, 1]])
    return np.asarray(place @ middle, dtype=np.float64)


def _slide(
    form: Form, page: Page, promised: Lines, H: Floats, seen: Lines, pad: float
) -> Placement:
    """Slide the promised lines over what is `seen` under H, up to `pad` mm each way."""
    (dx, dy), score = slide(seen, promised, pad)
    shift = np.array([[1, 0, dx], [0, 1, dy], [0, 0, 1]])
    return Placement(form, page, H @ shift, score)


def _photo_view(gray: Gray) -> View:
    """Views of the flattened photo."""
    return lambda H, area: seen_lines(gray, H, area)
