"""What officers read on the plenary's pages, in Indonesian: states, ways, acts and doubts."""

from __future__ import annotations

from tpscentral.psu import Psu
from tpscentral.standing import StandingState

STANDINGS = {
    StandingState.WAITING: ("–", "menunggu"),
    StandingState.IN: ("○", "masuk"),
    StandingState.REVIEW: ("?", "perlu dilihat"),
    StandingState.BROKEN: ("✗", "aturan tidak cocok"),
    StandingState.CHECKED: ("✓", "sesuai"),
    StandingState.CORRECTED: ("✎", "dikoreksi"),
}
"""A sign and a word for each state of a TPS: colour is never the only difference."""

NUMBERS = {
    "accepted": ("○", "dibaca mesin"),
    "confirmed": ("✓", "dikonfirmasi"),
    "corrected": ("✎", "dikoreksi"),
    "unsure": ("?", "ragu"),
    "absent": ("–", "kosong"),
}

CARA = {
    "online": "daring",
    "tertunda": "luring lalu daring",
    "radio": "radio (luring)",
    "kecamatan": "di kecamatan",
    "typed": "diketik dari kertas",
}
"""The four ways that KPU counts, and the fifth that is none of them."""

SOURCES = {"none": "belum ada", "box": "kotak TPS", "typed": "DIKETIK dari kertas"}

ACTS = {
    "check": "Sesuai",
    "correct": "Koreksi",
    "reopen": "Buka kembali",
    "psu": "Ubah keadaan",
    "take": "Terima hasil terlambat",
    "leave": "Abaikan hasil terlambat",
    "typed": "Diketik dari kertas",
    "none": "Dinyatakan tanpa hasil",
}

PSU = {psu.value: psu.words for psu in Psu}

TALLIES = {
    "waiting": "belum dihitung",
    "done": "dihitung",
    "unreadable": "tidak bisa dibaca pusat",
}

MARKS = {
    "diketik": "diketik",
    "dikoreksi": "dikoreksi",
    "psu": "ulang/susulan",
    "tanpa_hasil": "tanpa hasil",
}

PRESENCES = {"signed": "menandatangani", "refused": "menolak", "absent": "tidak hadir"}

LATE = {"waiting": "menunggu keputusan", "taken": "diterima", "left": "diabaikan"}

LEVELS = {"kecamatan": "Kecamatan", "kabupaten": "Kabupaten/Kota", "provinsi": "Provinsi"}

DOUBTS = {
    "empty": "kotak kosong",
    "illegible": "tulisan tidak terbaca",
    "maybe_empty": "kotak depan kosong atau angka tipis",
    "low_confidence": "angka kurang jelas",
    "rule_broken": "jumlah tidak cocok",
    "by_rule": "ditebak dari jumlahnya",
    "ambiguous": "ada dua kemungkinan",
    "bubbles_disagree": "angka dan bulatan berbeda",
    "bubbles_unclear": "bulatan tidak jelas",
    "rows_disagree": "angka dan jumlah baris berbeda",
    "tally_disagrees": "angka dan turus berbeda",
    "over_limit": "melebihi batas pemilih TPS",
    "sheets_differ": "dua foto berbeda",
}
"""By the codes that a box states in its evidence; another code is shown as it is."""

WITNESSES = {"boxes": "kotak", "bubbles": "bulatan", "sums": "jumlah baris", "tally": "turus"}


def doubt(code: str) -> str:
    """A doubt of the machine in words."""
    return DOUBTS.get(code, code)


def percent(share: float) -> str:
    """A probability as people read it: 99,8%; never 100% unless it is exactly 1."""
    shown = min(share, 0.999) if share < 1 else share
    return f"{shown * 100:.1f}%".replace(".", ",").replace(",0%", "%")
