"""What concerns the whole box, said by all three lights together.

Some replace everything else (`whole`); warnings come between what the lights show by themselves,
as so many blinks of all three at once.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from tpsbox.board.sounds import Sound

Frame = tuple[str, float]
"""Levels of camera, tick and cloud ("101"), and for how many seconds."""


class Notice(StrEnum):
    """Every notice, the most urgent first."""

    SELF_TEST = "self_test"
    SHUTTING_DOWN = "shutting_down"
    STUCK = "stuck"
    POWER = "power"
    CLOCK = "clock"
    LIGHT = "light"
    STORAGE = "storage"


class NoticeEntry(msgspec.Struct, frozen=True):
    """A row of the table: `looks` says in words what `frames`, one round of it, look like."""

    looks: str
    meaning: str
    frames: tuple[Frame, ...]
    whole: bool = False
    sound: Sound | None = None


WARNING_EVERY = 6.0
"""Seconds of the lights' own signals before a warning's blinks come again."""


def _blinks(count: int) -> tuple[Frame, ...]:
    """All three lights so often, between two pauses that set them apart."""
    return (("000", 0.6), *((("111", 0.2), ("000", 0.2)) * count), ("000", 0.4))


NOTICES = {
    Notice.SELF_TEST: NoticeEntry(
        "menyala bergantian, lalu bersama",
        "Kotak baru menyala dan menguji lampunya. Ketiganya harus menyala.",
        (("100", 0.3), ("010", 0.3), ("001", 0.3), ("111", 0.6)),
        whole=True,
    ),
    Notice.SHUTTING_DOWN: NoticeEntry(
        "berjalan dari kiri ke kanan",
        "Kotak sedang dimatikan. Cabut listrik 10 detik setelah semua lampu padam.",
        (("100", 0.25), ("010", 0.25), ("001", 0.25)),
        whole=True,
        sound=Sound.GOODBYE,
    ),
    Notice.STUCK: NoticeEntry(
        "tepi dan tengah bergantian",
        "Tombol tertekan terus. Lepaskan atau longgarkan tombolnya.",
        (("101", 0.5), ("010", 0.5)),
        whole=True,
        sound=Sound.FAULT,
    ),
    Notice.POWER: NoticeEntry(
        "berkedip bersama 2 kali",
        "Listrik terlalu lemah. Pakai adaptor dan kabel yang asli.",
        _blinks(2),
        sound=Sound.FAULT,
    ),
    Notice.CLOCK: NoticeEntry(
        "berkedip bersama 3 kali",
        "Jam kotak salah. Foto tetap tersimpan; minta petugas menyetel jam.",
        _blinks(3),
    ),
    Notice.LIGHT: NoticeEntry(
        "berkedip bersama 4 kali",
        "Satu lampu atau lampu sorot rusak. Kotak tetap bekerja; minta petugas memeriksa.",
        _blinks(4),
    ),
    Notice.STORAGE: NoticeEntry(
        "berkedip bersama 5 kali",
        "Penyimpanan hampir penuh atau terkunci. Minta petugas memeriksa.",
        _blinks(5),
    ),
}
