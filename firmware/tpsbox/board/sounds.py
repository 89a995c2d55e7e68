"""The sounds of the buzzer: few and short, told apart by number and length, never by pitch."""

from __future__ import annotations

from enum import StrEnum


class Sound(StrEnum):
    """Every sound."""

    KEPT = "kept"
    REFUSED = "refused"
    FAULT = "fault"
    HELD = "held"
    GOODBYE = "goodbye"


SOUND_NAMES = {
    Sound.KEPT: "satu bunyi pendek",
    Sound.REFUSED: "dua bunyi pendek",
    Sound.FAULT: "tiga bunyi panjang",
    Sound.HELD: "bunyi ketukan",
    Sound.GOODBYE: "dua pendek, satu panjang",
}

SOUND_BEATS: dict[Sound, tuple[float, ...]] = {
    Sound.KEPT: (0.15,),
    Sound.REFUSED: (0.15, 0.15, 0.15),
    Sound.FAULT: (0.6, 0.3, 0.6, 0.3, 0.6),
    Sound.HELD: (0.03,),
    Sound.GOODBYE: (0.15, 0.15, 0.15, 0.15, 0.6),
}
"""Seconds on, off, on ... of one sound; it ends with its last beat."""

SOUND_MEANINGS = {
    Sound.KEPT: "Foto tersimpan.",
    Sound.REFUSED: "Foto ditolak.",
    Sound.FAULT: "Ada gangguan. Lihat lampu.",
    Sound.HELD: "Tombol sudah cukup lama ditahan: 2 detik menutup, 8 detik mematikan.",
    Sound.GOODBYE: "Kotak sedang dimatikan.",
}
