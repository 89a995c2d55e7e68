"""What people typed, made safe to keep: one form of each letter, and none that cannot be seen."""

from __future__ import annotations

import unicodedata

from tpsbox.errors import InputError

_LINES = "\t\r\n"
# They turn the order of letters around, so that a text reads otherwise than it is stored.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(text: str, limit: int, *, lines: bool = False) -> str:
    """The text in Unicode's form NFC without space around it, at most `limit` letters.

    With `lines` it may have several lines.

    Raises:
        InputError: longer, or with control characters in it; in Indonesian, for the page.
    """
    stripped = unicodedata.normalize("NFC", text).strip()
    if len(stripped) > limit:
        raise InputError(f"Terlalu panjang: paling banyak {limit} huruf.")
    kept = _LINES if lines else ""
    if any(_unseen(letter) and letter not in kept for letter in stripped):
        raise InputError("Ada karakter yang tidak terlihat (karakter kendali). Ketik ulang.")
    return stripped


def _unseen(letter: str) -> bool:
    # Cc: control characters; Cs: halves of surrogate pairs, which no encoding takes.
    return unicodedata.category(letter) in ("Cc", "Cs") or letter in _TURNING
