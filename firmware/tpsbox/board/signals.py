"""The one table of signals: what each of the three lights can say, how it blinks, what it means.

The three lights are the three icons of Sirekap Mobile, known to officers since 2024: camera
(photo taken), tick (checked), cloud (at the centre). No meaning hangs on a colour: each signal of
a light has a pattern of its own.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Light(StrEnum):
    """The three lights, from left to right."""

    CAMERA = "camera"
    TICK = "tick"
    CLOUD = "cloud"


LIGHT_NAMES = {Light.CAMERA: "kamera", Light.TICK: "centang", Light.CLOUD: "awan"}
"""What people call them."""


class Pattern(StrEnum):
    """How a light blinks."""

    OFF = "off"
    STEADY = "steady"
    SLOW = "slow"
    FAST = "fast"
    DOUBLE = "double"
    TRIPLE = "triple"


PATTERN_NAMES = {
    Pattern.OFF: "padam",
    Pattern.STEADY: "menyala",
    Pattern.SLOW: "kedip lambat",
    Pattern.FAST: "kedip cepat",
    Pattern.DOUBLE: "kedip ganda",
    Pattern.TRIPLE: "kedip tiga",
}

BEATS: dict[Pattern, tuple[float, ...]] = {
    Pattern.OFF: (),
    Pattern.STEADY: (),
    Pattern.SLOW: (1.0, 1.0),
    Pattern.FAST: (0.125, 0.125),
    Pattern.DOUBLE: (0.15, 0.15, 0.15, 1.05),
    Pattern.TRIPLE: (0.15, 0.15, 0.15, 0.15, 0.15, 1.75),
}
"""Seconds on, off, on, off ... of one round. At most 4 Hz; rounds of 0.25, 1.5, 2 and 2.5 s are
told apart at a glance, and two flashes from three by counting."""


class Signal(StrEnum):
    """Every signal; the part before the dot is the light."""

    NO_PHOTO = "camera.no_photo"
    KEPT = "camera.kept"
    TAKING = "camera.taking"
    REFUSED = "camera.refused"
    FAULT = "camera.fault"
    NOTHING_READ = "tick.nothing_read"
    SURE = "tick.sure"
    DOUBT = "tick.doubt"
    INCOMPLETE = "tick.incomplete"
    READING = "tick.reading"
    NO_RESULT = "cloud.no_result"
    STORED = "cloud.stored"
    WAITING = "cloud.waiting"
    AT_KECAMATAN = "cloud.at_kecamatan"
    TROUBLE = "cloud.trouble"
    REST_WAITING = "cloud.rest_waiting"

    @property
    def light(self) -> Light:
        """The light that shows it."""
        return Light(self.value.partition(".")[0])


class Entry(msgspec.Struct, frozen=True):
    """A row of the table."""

    pattern: Pattern
    meaning: str


SIGNALS = {
    Signal.NO_PHOTO: Entry(Pattern.OFF, "Belum ada foto."),
    Signal.KEPT: Entry(Pattern.STEADY, "Foto tersimpan."),
    Signal.TAKING: Entry(Pattern.FAST, "Sedang memotret. Jangan gerakkan lembar."),
    Signal.REFUSED: Entry(Pattern.DOUBLE, "Foto ditolak. Lihat alasannya, lalu foto lagi."),
    Signal.FAULT: Entry(Pattern.SLOW, "Gangguan kamera atau penyimpanan. Coba lagi."),
    Signal.NOTHING_READ: Entry(Pattern.OFF, "Belum ada lembar yang terbaca."),
    Signal.SURE: Entry(Pattern.STEADY, "Semua angka jelas atau sudah diperiksa."),
    Signal.DOUBT: Entry(Pattern.SLOW, "Ada angka yang perlu diperiksa."),
    Signal.INCOMPLETE: Entry(
        Pattern.FAST, "Lembar belum lengkap. Tahan tombol sekali lagi untuk tetap menutup."
    ),
    Signal.READING: Entry(Pattern.DOUBLE, "Sedang membaca foto."),
    Signal.NO_RESULT: Entry(Pattern.OFF, "Belum ada hasil."),
    Signal.STORED: Entry(Pattern.STEADY, "Hasil dan fotonya tersimpan di pusat."),
    Signal.WAITING: Entry(Pattern.SLOW, "Hasil menunggu dikirim."),
    Signal.AT_KECAMATAN: Entry(
        Pattern.TRIPLE, "Hasil sudah di kecamatan, belum tersimpan di pusat."
    ),
    Signal.TROUBLE: Entry(
        Pattern.FAST, "Belum terdaftar, ditolak atau bentrok di pusat. Hubungi petugas."
    ),
    Signal.REST_WAITING: Entry(
        Pattern.DOUBLE, "Hasil tersimpan di pusat. Foto dan bukti masih menunggu."
    ),
}


class Shown(msgspec.Struct, frozen=True):
    """What the lights show: one signal each."""

    camera: Signal = Signal.NO_PHOTO
    tick: Signal = Signal.NOTHING_READ
    cloud: Signal = Signal.NO_RESULT

    def described(self) -> dict[str, dict[str, str]]:
        """Per light its signal, pattern and meaning, as files and `status` show it."""
        return {
            light.value: {
                "signal": signal.value.partition(".")[2],
                "pattern": SIGNALS[signal].pattern.value,
                "meaning": SIGNALS[signal].meaning,
            }
            for light, signal in zip(Light, (self.camera, self.tick, self.cloud), strict=True)
        }
