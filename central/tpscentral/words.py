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
NO_STATUS = ("–", "belum pernah")

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


_WITA = frozenset({"51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"})


def local_time(seconds: int, tps: str) -> str:
    """Date and time where the TPS is; "waktu tidak diketahui" for 0.

    The zone follows from the province (Keputusan Presiden 41/1987, with the provinces made since):
    codes 8x and 9x are WIT, Bali, Nusa Tenggara, Sulawesi and the south, east and north of
    Kalimantan WITA, all others WIB.
    """
    if seconds == 0:
        return "waktu tidak diketahui"
    province = tps[:2]
    name, hours = ("WIB", 7)
    if province in _WITA:
        name, hours = ("WITA", 8)
    elif province[0] in "89":
        name, hours = ("WIT", 9)
    when = datetime.fromtimestamp(seconds, UTC).astimezone(timezone(timedelta(hours=hours)))
    return f"{when:%d-%m-%Y %H.%M.%S} {name}"
