"""The one table of signals: what the lights and the buzzer can say, how, and what it means.

The three lights are the three icons of Sirekap Mobile, known to officers since 2024: camera
(photo taken), tick (checked), cloud (at the centre). No meaning hangs on a colour: each signal of
a light has a pattern of its own. What concerns the whole box is said by all three lights together
(`Notice`, in `tpsbox.board.notices`).
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from tpsbox.board.notices import NOTICES, Notice
from tpsbox.board.sounds import Sound


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
    QUAD = "quad"


PATTERN_NAMES = {
    Pattern.OFF: "padam",
    Pattern.STEADY: "menyala",
    Pattern.SLOW: "kedip lambat",
    Pattern.FAST: "kedip cepat",
    Pattern.DOUBLE: "kedip ganda",
    Pattern.TRIPLE: "kedip tiga",
    Pattern.QUAD: "kedip empat",
}

BEATS: dict[Pattern, tuple[float, ...]] = {
    Pattern.OFF: (),
    Pattern.STEADY: (),
    Pattern.SLOW: (1.0, 1.0),
    Pattern.FAST: (0.125, 0.125),
    Pattern.DOUBLE: (0.15, 0.15, 0.15, 1.05),
    Pattern.TRIPLE: (0.15, 0.15, 0.15, 0.15, 0.15, 1.75),
    Pattern.QUAD: (0.15, 0.15, 0.15, 0.15, 0.15, 0.15, 0.15, 1.95),
}
"""Seconds on, off, on, off ... of one round. At most 4 Hz; rounds of 0.25, 1.5, 2, 2.5 and 3 s
are told apart at a glance."""


class Signal(StrEnum):
    """Every signal; the part before the dot is the light."""

    NO_PHOTO = "camera.no_photo"
    KEPT = "camera.kept"
    TAKING = "camera.taking"
    REFUSED = "camera.refused"
    FAULT = "camera.fault"
    DISK = "camera.disk"
    FAILED = "camera.failed"
    NOTHING_READ = "tick.nothing_read"
    SURE = "tick.sure"
    MORE_SHEETS = "tick.more_sheets"
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
    """A row of the table; `sound` is heard when the signal begins."""

    pattern: Pattern
    meaning: str
    sound: Sound | None = None


SIGNALS = {
    Signal.NO_PHOTO: Entry(Pattern.OFF, "Belum ada foto."),
    Signal.KEPT: Entry(Pattern.STEADY, "Foto tersimpan.", Sound.KEPT),
    Signal.TAKING: Entry(Pattern.FAST, "Sedang memotret. Jangan gerakkan lembar."),
    Signal.REFUSED: Entry(
        Pattern.DOUBLE, "Foto ditolak. Lihat alasannya, lalu foto lagi.", Sound.REFUSED
    ),
    Signal.FAULT: Entry(
        Pattern.SLOW, "Kamera tidak memberi foto. Periksa kabelnya, lalu coba lagi.", Sound.FAULT
    ),
    Signal.DISK: Entry(
        Pattern.TRIPLE, "Penyimpanan penuh atau rusak. Foto terakhir mungkin hilang.", Sound.FAULT
    ),
    Signal.FAILED: Entry(
        Pattern.QUAD, "Gangguan pada program atau tombol. Coba lagi.", Sound.FAULT
    ),
    Signal.NOTHING_READ: Entry(Pattern.OFF, "Belum ada lembar yang terbaca."),
    Signal.SURE: Entry(Pattern.STEADY, "Semua lembar terbaca dan semua angka jelas."),
    Signal.MORE_SHEETS: Entry(
        Pattern.TRIPLE, "Semua angka jelas, tetapi masih ada lembar yang belum difoto."
    ),
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
    """What the lights show: one signal each, and what all three say together, if anything."""

    camera: Signal = Signal.NO_PHOTO
    tick: Signal = Signal.NOTHING_READ
    cloud: Signal = Signal.NO_RESULT
    notice: Notice | None = None

    def of(self, light: Light) -> Signal:
        """The signal of one light."""
        return {Light.CAMERA: self.camera, Light.TICK: self.tick, Light.CLOUD: self.cloud}[light]

    def described(self) -> dict[str, dict[str, str]]:
        """Per light its signal, pattern and meaning, as files and `status` show it.

        With a notice there is one more key, `all`.
        """
        lights = {
            light.value: {
                "signal": self.of(light).value.partition(".")[2],
                "pattern": SIGNALS[self.of(light)].pattern.value,
                "meaning": SIGNALS[self.of(light)].meaning,
            }
            for light in Light
        }
        if self.notice is not None:
            entry = NOTICES[self.notice]
            lights["all"] = {
                "signal": self.notice.value,
                "pattern": entry.looks,
                "meaning": entry.meaning,
            }
        return lights
