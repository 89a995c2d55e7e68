"""Marks as a PDF page of true size, by fpdf2: vectors and the core fonts, nothing embedded."""

from __future__ import annotations

from collections.abc import Iterable
from math import hypot

from fpdf import FPDF

from tpsbox.forms.marks import Box, Disc, Mark, Words
from tpsbox.forms.model import Line

POINT = 25.4 / 72
"""One typographic point in mm."""


def to_pdf(marks: Iterable[Mark], size: tuple[float, float], title: str) -> bytes:
    """One page of `size` mm as the bytes of a PDF file."""
    pdf = FPDF(unit="mm", format=size)
    pdf.set_title(title)
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.add_page()
    for mark in marks:
        _draw(pdf, mark)
    return bytes(pdf.output())


def _draw(pdf: FPDF, mark: Mark) -> None:
    match mark:
        case Box():
            style = _style(pdf, mark)
            pdf.rect(mark.rect.x, mark.rect.y, mark.rect.w, mark.rect.h, style=style)
        case Disc():
            style = _style(pdf, mark)
            x, y = mark.center
            pdf.circle(x, y, mark.diameter / 2, style=style)
        case Line():
            _line(pdf, mark)
        case Words():
            _words(pdf, mark)


def _style(pdf: FPDF, mark: Box | Disc) -> str:
    pdf.set_draw_color(_shade(mark.grey))
    if mark.fill is not None:
        pdf.set_fill_color(_shade(mark.fill))
    if mark.stroke:
        pdf.set_line_width(mark.stroke)
    return ("D" if mark.stroke else "") + ("F" if mark.fill is not None else "")


def _shade(grey: float) -> int:
    return round(255 * min(1.0, max(0.0, grey)))


def _line(pdf: FPDF, line: Line) -> None:
    (x1, y1), (x2, y2) = line.start, line.end
    if not line.dots:
        pdf.set_draw_color(_shade(line.grey))
        pdf.set_line_width(line.width)
        pdf.line(x1, y1, x2, y2)
        return
    pdf.set_fill_color(_shade(line.grey))
    count = int(hypot(x2 - x1, y2 - y1) / line.dots) + 1
    for n in range(count):
        step = n * line.dots / max(hypot(x2 - x1, y2 - y1), 1e-9)
        x, y = x1 + step * (x2 - x1), y1 + step * (y2 - y1)
        pdf.rect(x - line.width / 2, y - line.width / 2, line.width, line.width, style="F")


def _words(pdf: FPDF, words: Words) -> None:
    # The core fonts know Latin-1 alone; a name beyond it must not stop a sheet from printing.
    text = words.text.encode("latin-1", "replace").decode("latin-1")
    pdf.set_font("helvetica", "B" if words.bold else "", words.size / POINT)
    length = pdf.get_string_width(text)
    if words.width is not None and length > words.width:
        pdf.set_font_size(words.size / POINT * words.width / length)
        length = words.width
    pdf.set_text_color(_shade(words.grey))
    x, y = words.at
    start = x - length * {"left": 0.0, "middle": 0.5, "right": 1.0}[words.align]
    with pdf.rotation(words.turned, x, y):
        pdf.text(start, y, text)
