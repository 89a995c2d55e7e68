"""Pages of an official document: A4, headings, page numbers, tables that go on over pages."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

import segno
from fpdf import FPDF
from fpdf.enums import MethodReturnValue

MARGIN = 10.0
"""Millimetres on every side."""
FOOT = 9.0
GREY = 225

Align = Literal["L", "C", "R"]
Cell = tuple[float, str, Align]
"""Width in mm, text, and where it stands."""


class Sheet(FPDF):
    """An A4 document with the same heading and foot on every page."""

    def __init__(
        self,
        title: str,
        heading: Sequence[str],
        code: str,
        at: int,
        orientation: Literal["landscape", "portrait"] = "landscape",
    ) -> None:
        """`code` is the text of the signed code, which also lies in the file for programs.

        `at` (unix seconds) dates the file, so that the same content makes the same bytes.
        """
        super().__init__(orientation, "mm", "A4")
        self._title, self._heading, self._code = latin(title), [latin(h) for h in heading], code
        self.set_title(self._title)
        self.set_keywords(code)
        self.set_creation_date(datetime.fromtimestamp(at, UTC))
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, MARGIN + FOOT)
        self.set_line_width(0.2)
        self.add_page()

    @property
    def room(self) -> float:
        """Millimetres left on this page."""
        return float(self.h - MARGIN - FOOT - self.get_y())

    @property
    def inner(self) -> float:
        """Millimetres between the margins."""
        return float(self.w - 2 * MARGIN)

    def header(self) -> None:
        """Model and title at the top of every page."""
        self.set_font("helvetica", "B", 11)
        self.cell(0, 5, self._title, new_x="LMARGIN", new_y="NEXT", align="C")
        self.set_font("helvetica", "", 9)
        for line in self._heading:
            self.cell(0, 4.2, line, new_x="LMARGIN", new_y="NEXT", align="C")
        self.ln(1.5)

    def footer(self) -> None:
        """Page x of y, and the beginning of the signed code, at the bottom of every page."""
        self.set_y(-MARGIN - 5)
        self.set_font("helvetica", "", 7.5)
        self.cell(self.inner / 2, 5, f"Kode dokumen {self._code[:26]}...", align="L")
        self.cell(self.inner / 2, 5, f"Halaman {self.page_no()} dari {{nb}}", align="R")

    def words(self, text: str, size: float = 9, *, bold: bool = False, gap: float = 1.0) -> None:
        """A paragraph over the whole width."""
        self.set_font("helvetica", "B" if bold else "", size)
        self.multi_cell(0, size * 0.5, latin(text), new_x="LMARGIN", new_y="NEXT", align="L")
        self.ln(gap)

    def row(
        self,
        cells: Sequence[Cell],
        height: float = 4.6,
        size: float = 7.5,
        *,
        bold: bool = False,
        filled: bool = False,
    ) -> None:
        """One row of framed cells; text that is too long is printed smaller."""
        self.set_fill_color(GREY)
        for width, text, align in cells:
            self._fit(latin(text), width - 1.6, size, bold=bold)
            self.cell(width, height, latin(text), border=1, align=align, fill=filled)
        self.ln(height)

    def heads(self, cells: Sequence[Cell], size: float = 6.5) -> None:
        """The heading of a table: words break into lines, and all cells are as high as needed."""
        self.set_font("helvetica", "B", size)
        line = size * 0.43
        height = 1.4 + max(self.height_of(width, text, line) for width, text, _ in cells)
        left, top = self.get_x(), self.get_y()
        self.set_fill_color(GREY)
        for width, text, align in cells:
            self.rect(left, top, width, height, "DF")
            self.set_xy(left, top + (height - self.height_of(width, text, line)) / 2)
            self.multi_cell(width, line, latin(text), align=align)
            left += width
        self.set_xy(self.l_margin, top + height)

    def labelled(self, label: str, width: float, cells: Sequence[Cell], height: float) -> None:
        """A row that begins with words, printed smaller and in two lines if they are long."""
        lines = 2
        for size in (7.5, 6.8):
            self.set_font("helvetica", "", size)
            if self.get_string_width(latin(label)) <= width - 2:
                lines = 1
                break
        tall = height * (1.6 if lines == 2 else 1)
        left, top = self.get_x(), self.get_y()
        self.rect(left, top, width, tall)
        inset = 0.4 * (lines - 1)
        self.set_xy(left, top + inset)
        self.multi_cell(width, tall / lines - inset, latin(label), align="L")
        self.set_xy(left + width, top)
        self.row(cells, tall)

    def _fit(self, text: str, width: float, size: float, *, bold: bool) -> None:
        self.set_font("helvetica", "B" if bold else "", size)
        length = self.get_string_width(text)
        if length > width:
            self.set_font_size(max(4.0, size * width / length))

    def height_of(self, width: float, text: str, line: float) -> float:
        """Millimetres that a text takes at that width, in the font that is set."""
        height = self.multi_cell(
            width, line, latin(text), dry_run=True, output=MethodReturnValue.HEIGHT
        )
        return float(str(height))

    def qr(self, x: float, y: float, side: float) -> None:
        """The signed code as a QR code of so many mm, error correction M, at that place."""
        code = segno.make_qr(self._code, error="m")
        size = code.symbol_size(border=0)[0]
        module = side / size
        self.set_fill_color(0)
        for line, bits in enumerate(code.matrix):
            for start, length in _runs(bits):
                self.rect(x + start * module, y + line * module, length * module, module, "F")


def latin(text: str) -> str:
    """The text as the core fonts can print it.

    Signs as telephones type them become plain ones, a letter that the fonts lack loses its accent,
    and only what then is still unknown becomes a question mark.
    """
    return "".join(_printable(letter) for letter in text.translate(_PLAIN))


def _printable(letter: str) -> str:
    if letter < "\u0100":
        return letter
    parts = unicodedata.normalize("NFKD", letter).encode("latin-1", "ignore").decode("latin-1")
    return parts or ("" if unicodedata.combining(letter) else "?")


_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u2032\u02bc", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u2033", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        "\u2022": "-",
        "\u2026": "...",
    }
)


def _runs(bits: bytearray) -> list[tuple[int, int]]:
    """Dark modules of a line as (start, length)."""
    runs: list[tuple[int, int]] = []
    for place, dark in enumerate(bits):
        if not dark:
            continue
        if runs and sum(runs[-1]) == place:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((place, 1))
    return runs
