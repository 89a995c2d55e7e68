"""Crops of a photographed sheet: each number, its other writings, and the handwritten heading.

The evidence of a sheet holds the homography from mm on the sheet to pixels of its photo, so any
place of the form can be cut out and set upright. All crops of a sheet are made at the first look
and kept: their address holds the hash of the evidence, so they never change.
"""

from __future__ import annotations

import io
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from PIL import Image
from tpsbox.errors import EnvironmentFault, InputError
from tpsbox.forms.model import Field, Form, Rect
from tpsbox.record.evidence import Evidence, Homography

from tpscentral.thumbnails import PIXEL_LIMIT

HEADING = "kepala"
"""Name of the crop of the names of provinsi to TPS, as the KPPS wrote them."""
SHEET = "lembar"
"""Name of the crop of the whole sheet, set upright."""
MARKS = "-tanda"
"""Ends the name of a second crop of a field: with its bubbles, tally marks and row totals."""

NUMBER_SCALE = 4.0
"""Pixels per mm of a number: its three boxes are about 70 mm wide."""
MARKS_SCALE = 1.6
"""Pixels per mm of bubbles and tally marks, which lie 340 mm apart."""
HEADING_SCALE = 2.0
SHEET_SCALE = 1.5
_CUTTING = threading.Lock()
MARGIN = 4.0
"""Millimetres around what is cut, since the paper was not flat."""


def crop_places(form: Form, page: int) -> Iterator[tuple[str, Rect, float]]:
    """What is cut from a sheet: name, place in mm, and pixels per mm."""
    sheet = form.page(page)
    yield SHEET, Rect(0.0, 0.0, *form.sheet), SHEET_SCALE
    yield HEADING, sheet.heading.grow(MARGIN), HEADING_SCALE
    for field in sheet.fields:
        yield field.name, _around(field.boxes).grow(MARGIN), NUMBER_SCALE
        if has_marks(field):
            yield field.name + MARKS, _around(_marks(field)).grow(MARGIN), MARKS_SCALE


def has_marks(field: Field) -> bool:
    """Whether a number is written a second time, in bubbles or tally marks."""
    return field.bubbles is not None or field.tally is not None


def crop(
    cache: Path, photo: Callable[[], bytes], sheet: Evidence, sha: str, form: Form, name: str
) -> bytes:
    """The crop `name` of a sheet as JPEG; `sha` is the hash of its evidence.

    `photo` gives the JPEG of the sheet and is called only at the first look.

    Raises:
        InputError: the photo is none, or the sheet has no crop of that name.
        EnvironmentFault: the cache cannot be written.
    """
    if sheet.homography is None:
        raise InputError("crop: this sheet was typed without a photo")
    if name not in {known for known, _, _ in crop_places(form, sheet.page)}:
        raise InputError("crop: the sheet has no such place")
    folder = cache / sha[:2] / sha
    try:
        if not folder.is_dir():
            # A page asks for all crops of a sheet at once: one request makes them for all.
            with _CUTTING:
                if not folder.is_dir():
                    _cut_all(folder, photo(), sheet.homography, form, sheet.page)
        return (folder / f"{name}.jpg").read_bytes()
    except OSError as error:
        raise EnvironmentFault(f"crop {sha[:12]}: {error.strerror or error}") from error


def _cut_all(folder: Path, photo: bytes, H: Homography, form: Form, page: int) -> None:
    """Make the whole folder beside its place and move it there: it is complete or absent."""
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    image = _open(photo)
    made = Path(tempfile.mkdtemp(dir=folder.parent, prefix="part-"))
    try:
        for name, place, scale in crop_places(form, page):
            _cut(image, H, place, scale).save(made / f"{name}.jpg", "JPEG", quality=82)
        try:
            made.rename(folder)
        except OSError:
            # Another request may have been first; its crops are the same.
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _open(photo: bytes) -> Image.Image:
    try:
        # No turn of EXIF: the homography is of the pixels as they are stored.
        image = Image.open(io.BytesIO(photo), formats=["JPEG"])
        if image.width * image.height > PIXEL_LIMIT:
            raise InputError("photo: too many pixels to cut")
        return image.convert("RGB")
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError("photo: not a JPEG that can be shown") from error


def _cut(image: Image.Image, H: Homography, place: Rect, scale: float) -> Image.Image:
    """A rectangle of the sheet, set upright."""
    size = (max(1, round(place.w * scale)), max(1, round(place.h * scale)))
    a, b, c, d, e, f, g, h, i = H
    # Pixel (u, v) of the crop lies at (x + u/scale, y + v/scale) mm; Pillow wants the last of the
    # eight numbers to be 1.
    step = 1 / scale
    row_x = (a * step, b * step, a * place.x + b * place.y + c)
    row_y = (d * step, e * step, d * place.x + e * place.y + f)
    last = g * place.x + h * place.y + i
    if last == 0:
        raise InputError("crop: the place of the sheet in the photo makes no sense")
    numbers = [*row_x, *row_y, g * step, h * step]
    return image.transform(
        size,
        Image.Transform.PERSPECTIVE,
        [number / last for number in numbers],
        Image.Resampling.BILINEAR,
    )


def _around(places: tuple[Rect, ...]) -> Rect:
    left, top = min(r.x for r in places), min(r.y for r in places)
    right, bottom = max(r.x + r.w for r in places), max(r.y + r.h for r in places)
    return Rect(left, top, right - left, bottom - top)


def _marks(field: Field) -> tuple[Rect, ...]:
    found = list(field.boxes)
    if field.bubbles is not None:
        half = field.bubbles.diameter / 2
        found += [
            Rect(x - half, y - half, 2 * half, 2 * half)
            for column in field.bubbles.columns
            for x, y in column
        ]
    if field.tally is not None:
        found += [field.tally.grid, *(box for row in field.tally.row_sums for box in row)]
    return tuple(found)
