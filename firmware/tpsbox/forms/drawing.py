"""Draws a blank sheet from its form: one list of marks in mm, put on pixels or into a PDF."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tpsbox.errors import EnvironmentFault, InputError
from tpsbox.forms.elements import corner_squares, field_marks, tag_marks
from tpsbox.forms.marks import Mark, solid, words_of
from tpsbox.forms.model import Form, Page
from tpsbox.forms.pdf import to_pdf
from tpsbox.forms.plano import furniture
from tpsbox.forms.raster import to_image

DPI_RANGE = (20, 600)
"""Below, boxes are smudges; above, a large sheet no longer fits the memory of a Pi."""


def page_marks(form: Form, page_number: int, names: Sequence[str] = ()) -> tuple[Mark, ...]:
    """Everything printed on one sheet, in the order of drawing; `names` of the pairs from 1 on.

    Raises:
        InputError: the form has no such sheet.
    """
    return tuple(_marks(form, _page(form, page_number), names))


def render_page(
    form: Form, page_number: int, dpi: int, names: Sequence[str] = ()
) -> NDArray[np.uint8]:
    """The blank sheet as [height, width, 3] uint8 RGB.

    Raises:
        InputError: no such sheet, or `dpi` outside 20 to 600.
    """
    _check_dpi(dpi)
    grey = np.asarray(to_image(page_marks(form, page_number, names), form.sheet, dpi))
    return np.repeat(grey[:, :, None], 3, axis=2)


def write_page(
    form: Form, page_number: int, dpi: int, path: Path, names: Sequence[str] = ()
) -> None:
    """Write the blank sheet as PNG of `dpi` or as PDF of true size, by the suffix of `path`.

    Raises:
        InputError: another suffix, no such sheet, or `dpi` outside 20 to 600.
        EnvironmentFault: the file cannot be written.
    """
    _check_dpi(dpi)
    marks = page_marks(form, page_number, names)
    try:
        match path.suffix.lower():
            case ".png":
                to_image(marks, form.sheet, dpi).save(path, "PNG", dpi=(dpi, dpi))
            case ".pdf":
                path.write_bytes(to_pdf(marks, form.sheet, f"{form.title} {page_number}"))
            case _:
                raise InputError(f"{path}: a sheet is written as .png or .pdf")
    except OSError as error:
        raise EnvironmentFault(f"cannot write {path}: {error.strerror or error}") from error


def _check_dpi(dpi: int) -> None:
    low, high = DPI_RANGE
    if not low <= dpi <= high:
        raise InputError(f"dpi {dpi}: must lie between {low} and {high}")


def _page(form: Form, number: int) -> Page:
    try:
        return form.page(number)
    except KeyError:
        raise InputError(
            f"form {form.name}: has pages 1 to {len(form.pages)}, not {number}"
        ) from None


def _marks(form: Form, page: Page, names: Sequence[str]) -> Iterator[Mark]:
    for field in page.fields:
        yield from field_marks(field, form.stroke)
    if form.fiducials.kind == "two-squares":
        # KPU's large sheets share their surroundings; other forms bring theirs in their file.
        yield from furniture(form, page, names)
    yield from page.lines
    yield from map(words_of, page.texts)
    for square in corner_squares(form.fiducials):
        yield solid(square)
    if page.tag:
        yield from tag_marks(page.tag)
