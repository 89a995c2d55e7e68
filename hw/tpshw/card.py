"""The printed card for the officers (KPPS): two pages A4, drawn from the box's own signals."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import cast

from fpdf import FPDF
from tpsbox.board import beats
from tpsbox.board.notices import NOTICES, WARNING_EVERY, Notice
from tpsbox.board.signals import LIGHT_NAMES, PATTERN_NAMES, SIGNALS, Light, Shown, Signal
from tpsbox.board.sounds import SOUND_BEATS, SOUND_MEANINGS, SOUND_NAMES

from tpshw import pictures

WIDTH, HEIGHT, MARGIN = 210.0, 297.0, 13.0
STRIP = 40.0
TEXT = 98.0
"""x where meanings begin."""

BUTTONS = (
    ("Tekan sekali", "memotret lembar di bawah kamera", False),
    ("Tahan 2 detik", "menutup lembar yang lengkap dan mengirim hasil", False),
    ("Tahan 8 detik", "mematikan kotak", False),
    ("Tombol kecil", "menyimpan foto kertas lain, tanpa dibaca", True),
)
PLEASE = (
    "Letakkan satu lembar saja, rata, menempel pada siku papan. Angkat lembar setelah lampu kamera "
    "menyala terus.",
    "Jangan mencabut listrik untuk mematikan. Tahan tombol 8 detik.",
    "Kalau listrik padam, teruskan saja: baterai mengambil alih dan yang tersimpan tidak hilang.",
)


def card() -> bytes:
    """The card as a PDF; the same bytes every time."""
    pdf = FPDF(format="A4")
    pdf.set_title("Kotak TPS: tombol, lampu, dan bunyi")
    pdf.set_lang("id")
    pdf.set_creation_date(datetime(2025, 1, 1, tzinfo=UTC))
    pdf.set_compression(False)
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.c_margin = 0
    _front(pdf)
    _back(pdf)
    return bytes(pdf.output())


def _front(pdf: FPDF) -> None:
    pdf.add_page()
    _title(pdf, "Kotak TPS: tombol dan lampu")
    y = _buttons(pdf, 27)
    _caption(pdf, y, "Pita di bawah ini memperlihatkan 4 detik: kuning menyala, hitam padam.")
    y += 4
    for light in Light:
        y = _light(pdf, light, y) + 3


def _back(pdf: FPDF) -> None:
    pdf.add_page()
    _title(pdf, "Kotak TPS: ketiga lampu bersama, dan bunyi")
    y = _heading(pdf, "Ketiga lampu bersama", 30)
    every = f"Kedip bersama muncul setiap {WARNING_EVERY:g} detik, di antara arti setiap lampu."
    _caption(pdf, y + 1, every)
    y += 4
    for notice, entry in NOTICES.items():
        _notice(pdf, notice, y)
        _row(pdf, y, 13, entry.looks, entry.meaning)
        y += 15
    y = _heading(pdf, "Bunyi", y + 8)
    for sound, name in SOUND_NAMES.items():
        pictures.strip(pdf, (MARGIN, y + 1.5, STRIP, 5), pictures.beeps(SOUND_BEATS[sound]))
        _row(pdf, y, 8, name, SOUND_MEANINGS[sound])
        y += 9.5
    y = _heading(pdf, "Ingat", y + 8)
    for line in PLEASE:
        y = _words(pdf, MARGIN, y, WIDTH - 2 * MARGIN, line, 11) + 2
    pdf.set_font("helvetica", "", 12)
    pdf.text(MARGIN, HEIGHT - 18, "Telepon petugas: " + "." * 60)


def _title(pdf: FPDF, text: str) -> None:
    pdf.set_fill_color(*pictures.EDGE)
    pdf.rect(0, 0, WIDTH, 20, style="F")
    pdf.set_text_color(255, 255, 255)
    pdf.set_font("helvetica", "B", 20)
    pdf.text(MARGIN, 13.5, text)
    pdf.set_text_color(0, 0, 0)


def _buttons(pdf: FPDF, y: float) -> float:
    wide = (WIDTH - 2 * MARGIN) / len(BUTTONS)
    for index, (name, does, small) in enumerate(BUTTONS):
        x = MARGIN + index * wide
        pictures.button(pdf, (x, y, 13, 13), small)
        pdf.set_font("helvetica", "B", 10.5)
        pdf.text(x + 15, y + 8, name)
        _words(pdf, x, y + 15, wide - 4, does, 10)
    return y + 36


def _light(pdf: FPDF, light: Light, y: float) -> float:
    pictures.icon(pdf, light, (MARGIN, y, 11, 10))
    pdf.set_font("helvetica", "B", 14)
    pdf.text(MARGIN + 14, y + 7, f"Lampu {LIGHT_NAMES[light]}")
    y += 12
    for signal in (s for s in Signal if s.light is light):
        entry = SIGNALS[signal]
        pattern = entry.pattern
        pictures.strip(pdf, (MARGIN, y + 1.5, STRIP, 5), partial(beats.lit, pattern))
        _row(pdf, y, 8, PATTERN_NAMES[pattern], entry.meaning)
        y += 9.2
    return y


def _notice(pdf: FPDF, notice: Notice, y: float) -> None:
    """Three strips, one for each light; of a warning the part that comes between the signals."""
    for index in range(len(Light)):
        box = (MARGIN, y + 0.5 + 4.2 * index, STRIP, 3.6)
        pictures.strip(pdf, box, partial(_blinks, notice, index))


def _blinks(notice: Notice, light: int, seconds: float) -> bool:
    """Whether the light of that place is on; a warning is shown once and then all are dark."""
    entry = NOTICES[notice]
    shown = Shown(notice=notice)
    if entry.whole:
        return beats.levels(shown, seconds)[light]
    length = sum(duration for _, duration in entry.frames)
    return seconds < length and beats.levels(shown, WARNING_EVERY + seconds)[light]


def _row(pdf: FPDF, y: float, height: float, name: str, meaning: str) -> None:
    middle = y + height / 2
    _centred(pdf, MARGIN + STRIP + 4, middle, TEXT - MARGIN - STRIP - 6, name, "B")
    _centred(pdf, TEXT, middle, WIDTH - MARGIN - TEXT, meaning, "")
    pdf.set_draw_color(190, 190, 190)
    pdf.set_line_width(0.15)
    pdf.line(MARGIN, y + height + 0.7, WIDTH - MARGIN, y + height + 0.7)


def _centred(pdf: FPDF, x: float, middle: float, width: float, text: str, style: str) -> None:
    """Text of one or more lines about the height `middle`."""
    pdf.set_font("helvetica", style, 10)
    found = pdf.multi_cell(width, 4.2, text, align="L", dry_run=True, output="LINES")
    lines = cast(list[str], found)
    pdf.set_xy(x, middle - 4.2 * len(lines) / 2)
    pdf.multi_cell(width, 4.2, text, align="L")


def _heading(pdf: FPDF, text: str, y: float) -> float:
    pdf.set_font("helvetica", "B", 14)
    pdf.text(MARGIN, y, text)
    return y + 4


def _caption(pdf: FPDF, y: float, text: str) -> None:
    pdf.set_font("helvetica", "", 9)
    pdf.text(MARGIN, y, text)


def _words(pdf: FPDF, x: float, y: float, width: float, text: str, size: float) -> float:
    pdf.set_font("helvetica", "", size)
    pdf.set_xy(x, y)
    pdf.multi_cell(width, size * 0.42, text, align="L")
    return pdf.get_y()
