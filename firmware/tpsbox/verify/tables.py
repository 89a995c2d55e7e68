"""The tables of docs/wire.md, "The statement" and "Modelled values", as they stand there."""

from __future__ import annotations

FORM = [255, 1]
LISTED = [255, 1]
EPOCH = [31, 1]
NUMBER_LENGTH = [16, 16, 12, 8, 4, 2, *[1] * 10]
TIME = [1, 28, 3]
CLOCK = [1, 1, 2, 10, 2]
CLOSED = [1, 7]

ABSENT, ACCEPTED, CONFIRMED, CORRECTED, UNSURE = range(5)
NO_BASE = 5
STATE_WORDS = ("absent", "accepted", "confirmed", "corrected", "unsure")
STATE_OF_KIND = (ABSENT, ACCEPTED, CONFIRMED, CORRECTED, UNSURE, CONFIRMED, CORRECTED, UNSURE)
HAS_NUMBER = (False, True, True, True, True, False, False, False)
EMPTY_KINDS = (0, 5, 6, 7)

KIND_WEIGHTS = (
    (248, 2, 1, 2, 1, 1, 1, 1),
    (1, 220, 4, 13, 13, 1, 1, 2),
    (1, 4, 220, 13, 13, 1, 1, 2),
    (1, 96, 24, 80, 12, 1, 1, 2),
    (1, 128, 16, 12, 80, 1, 1, 8),
    (8, 196, 24, 12, 12, 1, 1, 2),
)
"""By the base: a state, or none."""

RARE_WEIGHTS = {
    "pemilih_dptb": (44, 20, 1, 0, 4),
    "pemilih_dpk": (22, 42, 1, 0, 12),
    "pengguna_dptb": (44, 20, 1, 0, 4),
    "pengguna_non_dpt": (22, 42, 1, 0, 12),
    "disabilitas": (32, 32, 1, 0, 5),
    "surat_suara_dikembalikan": (44, 20, 1, 0, 4),
    "suara_tidak_sah": (1, 62, 1, 0, 48),
}

SPREADS = {
    "rule": (240, 3, 3, 0, 12),
    "rule, unsure": (52, 6, 6, 0, 32),
    "same": (48, 4, 4, 0, 3),
    "shared out": (1, 31, 32, 20, 12),
    "proportion": (2, 36, 26, 1, 16),
    "beside": (1, 32, 32, 4, 32),
    "turnout": (1, 28, 35, 6, 2),
    "any": (1, 32, 32, 4, 160),
    **RARE_WEIGHTS,
}
"""Equal, above, below, share, least."""
