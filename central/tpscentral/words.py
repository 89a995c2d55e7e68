"""What people read on the pages: states, rules and local time, in Indonesian."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from tpsbox.record.statement import State

EMPTY = "kosong"

STATES = {
    State.ABSENT: ("–", EMPTY),
    State.ACCEPTED: ("○", "dibaca mesin"),
    State.CONFIRMED: ("✓", "dikonfirmasi KPPS"),
    State.CORRECTED: ("✎", "dikoreksi KPPS"),
    State.UNSURE: ("?", "ragu"),
}
"""A sign and a word for each state: colour is never the only difference."""

HOLDS = {
    True: ("✓", "sesuai"),
    False: ("✗", "tidak cocok"),
    None: ("…", "belum bisa diperiksa"),
}

RESULT_STATES = {
    "newest": ("✓", "berlaku"),
    "superseded": ("↻", "digantikan"),
    "conflict": ("✗", "bertentangan"),
}

STATUSES = {"online": ("●", "tersambung"), "lost": ("○", "terputus")}
NO_STATUS = ("–", "belum pernah tersambung")

BOUND = {
    True: ("✓", "bukti lengkap dan cocok dengan hasil yang ditandatangani"),
    False: ("…", "bukti belum lengkap atau belum cocok dengan hasil yang ditandatangani"),
}

WAYS = {"mqtt": "internet", "lorawan": "radio LoRaWAN", "bundle": "berkas yang diantar"}
"""How a record came to the centre."""

KINDS = {
    "result": "hasil",
    "evidence": "bukti",
    "photo": "foto",
    "status": "status",
    "unknown": "tidak dikenal",
}

REFUSALS = {
    "malformed": "bentuknya tidak benar",
    "signature": "tanda tangan bukan dari kotak yang terdaftar",
    "tps": "bukan dari TPS ini",
    "enrolment": "kotak belum terdaftar",
    "election": "bukan pemilihan di pusat ini",
    "content": "isi tidak sesuai dengan sidiknya",
    "room": "terlalu besar atau terlalu banyak",
}


def megabytes(size: int) -> str:
    """A size in bytes as people read it: 2,7 MB."""
    return f"{size / 1_000_000:.1f} MB".replace(".", ",")


def whole(number: int) -> str:
    """A count as it is written in Indonesia: 1.600."""
    return f"{number:,}".replace(",", ".")


def share(part: int, whole: int) -> str:
    """A share in percent, 100% only for all of it: 99,9%."""
    per_mille = part * 1000 // whole if whole else 0
    return f"{per_mille // 10},{per_mille % 10}%" if per_mille % 10 else f"{per_mille // 10}%"


_ZONES = {7: "WIB", 8: "WITA", 9: "WIT"}
_WITA = frozenset({"51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"})


def local_time(seconds: int, tps: str) -> str:
    """Date and time where the TPS is; "waktu tidak diketahui" for 0.

    The zone follows from the province (Keputusan Presiden 41/1987, with the provinces made since):
    codes 8x and 9x are WIT, Bali, Nusa Tenggara, Sulawesi and the south, east and north of
    Kalimantan WITA, all others WIB.
    """
    if seconds == 0:
        return "waktu tidak diketahui"
    hours = hours_ahead(tps)
    when = datetime.fromtimestamp(seconds, UTC).astimezone(timezone(timedelta(hours=hours)))
    return f"{when:%d-%m-%Y %H.%M.%S} {_ZONES[hours]}"


def hours_ahead(kode: str) -> int:
    """Hours from UTC to the time of a place, by its wilayah code; see `local_time`."""
    if kode[:2] in _WITA:
        return 8
    return 9 if kode[:1] in ("8", "9") else 7
