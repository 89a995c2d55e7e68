"""What people typed, made safe to keep: one form of each letter, and none that cannot be seen."""

from __future__ import annotations

import unicodedata

from tpsbox.errors import InputError

# Pasted from Word, a web page or a chat: spaces of other kinds, signs without a width, a bullet.
_PASTED = str.maketrans(
    {"\u00a0": " ", "\u202f": " ", "\u2007": " ", "\u2028": "\n", "\u2029": "\n", "\uf0b7": "•"}
    | dict.fromkeys("\u00ad\u061c\u200b\u200e\u200f\ufeff")
)
# They turn the order of letters around, so that a text reads otherwise than it is stored.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BEFORE = 20
"""Letters of what stands before a sign that cannot be kept, by which people find it."""


def clean(text: str, limit: int, *, lines: bool = False) -> str:
    """The text in Unicode's form NFC without space around it, at most `limit` letters.

    Spaces of other kinds and tabs become plain ones, and signs that nobody can see fall away. With
    `lines` it may have several lines; they end in LF.

    Raises:
        InputError: longer, or with control characters in it; in Indonesian, for the page.
    """
    # A browser sends CR LF for a new line, and counts it as one letter.
    pasted = text.replace("\r\n", "\n").replace("\t", " ").translate(_PASTED)
    stripped = unicodedata.normalize("NFC", pasted).strip()
    if len(stripped) > limit:
        raise InputError(f"Terlalu panjang: paling banyak {limit} huruf.")
    _check_seen(stripped, "\n" if lines else "")
    return stripped


def _check_seen(text: str, kept: str = "") -> None:
    """Do nothing if every letter can be seen, or is one of `kept`.

    Raises:
        InputError: one cannot; the sentence, in Indonesian, tells where.
    """
    unseen = (at for at, letter in enumerate(text) if letter not in kept and _unseen(letter))
    at = next(unseen, None)
    if at is None:
        return
    before = " ".join(text[max(0, at - _BEFORE) : at].split())
    where = f"setelah “{before}”" if before else "di awal"
    raise InputError(f"Ada karakter yang tidak terlihat {where}. Ketik ulang bagian itu.")


def _unseen(letter: str) -> bool:
    # Cc: control characters; Cs: halves of surrogate pairs, which no encoding takes; Co: signs that
    # mean something to one font alone.
    return unicodedata.category(letter) in ("Cc", "Cs", "Co") or letter in _TURNING
