"""The last part of a document: place and date, who signs, who refused and why, the signed code."""

from __future__ import annotations

from datetime import date

from tpscentral.documents.sheet import Sheet, latin
from tpscentral.levels import Level
from tpscentral.plenary.recap import Recap
from tpscentral.plenary.signing import Signing
from tpscentral.words import local_time

QR = 42.0
"""Side of the code in mm: modules of about 0.6 mm, which any phone reads from print."""
LINE = 8.5

_BODIES = {
    Level.KECAMATAN: ("PPK", "PANWASLU KECAMATAN"),
    Level.KABUPATEN: ("KPU KABUPATEN/KOTA", "BAWASLU KABUPATEN/KOTA"),
    Level.PROVINSI: ("KPU PROVINSI", "BAWASLU PROVINSI"),
}
_DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
_MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September",
    "Oktober", "November", "Desember",
)  # fmt: skip


def signatures(sheet: Sheet, recap: Recap, signing: Signing, at: int) -> None:
    """Members, witnesses and supervisor with room to sign, and the code beside them."""
    rows = len(signing.members) + len(signing.witnesses) + 1
    if sheet.room < max(QR + 12, LINE * (rows + 2) + 12):
        sheet.add_page()
    sheet.words(f"Ditetapkan {in_words(at, recap.region)}", 9, bold=True)
    top = sheet.get_y()
    sheet.qr(sheet.w - sheet.r_margin - QR, top, QR)
    sheet.set_font("helvetica", "", 6.5)
    sheet.set_xy(sheet.w - sheet.r_margin - QR, top + QR + 0.5)
    sheet.multi_cell(QR, 2.8, "Kode bertanda tangan:\ntpscentral verify-document", align="C")
    sheet.set_xy(sheet.l_margin, top)
    _people(sheet, recap, signing)


def in_words(at: int, region: str) -> str:
    """A day and time where the region is: Rabu, 27 November 2024 pukul 17.33.20 WITA."""
    day, clock, zone = local_time(at, region).split()
    number, month, year = (int(part) for part in day.split("-"))
    weekday = _DAYS[date(year, month, number).weekday()]
    return f"{weekday}, {number} {_MONTHS[month - 1]} {year} pukul {clock} {zone}"


def _people(sheet: Sheet, recap: Recap, signing: Signing) -> None:
    body, supervisor = _BODIES[Level(recap.level)]
    width = sheet.inner - QR - 5
    widths = (width * 0.22, width * 0.28, width * 0.28, width * 0.22)
    heads = ("Sebagai", "Nama", "Keterangan", "Tanda tangan")
    sheet.row([(w, text, "C") for w, text in zip(widths, heads, strict=True)], 5, bold=True)
    for number, member in enumerate(signing.members):
        why = "" if member.signed else f"tidak menandatangani: {member.reason}"
        role = f"Ketua {body}" if number == 0 else f"Anggota {body}"
        _person(sheet, widths, role, member.name, why)
    for witness in signing.witnesses:
        told = {"signed": "", "refused": f"menolak: {witness.reason}", "absent": "tidak hadir"}
        role = f"Saksi paslon {witness.paslon}"
        _person(sheet, widths, role, witness.name or "-", told[witness.presence])
    _person(sheet, widths, supervisor.capitalize(), signing.supervisor, "")


def _person(sheet: Sheet, widths: tuple[float, ...], role: str, name: str, told: str) -> None:
    """A row as high as its longest words need."""
    texts = (role, name, told.replace("\n", " "), "")
    sheet.set_font("helvetica", "", 8)
    needed = [sheet.height_of(w, text, 3.6) for w, text in zip(widths, texts, strict=True)]
    height = max(LINE, max(needed) + 1.6)
    if sheet.room < height:
        sheet.add_page()
    top, left = sheet.get_y(), sheet.l_margin
    for width, text in zip(widths, texts, strict=True):
        sheet.rect(left, top, width, height)
        sheet.set_xy(left, top + 0.6)
        sheet.multi_cell(width, 3.6, latin(text), align="L")
        left += width
    sheet.set_xy(sheet.l_margin, top + height)
