"""Numbers in Indonesian words, as they are written beside the figures on official forms."""

from __future__ import annotations

_ONES = (
    "nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan",
    "sepuluh", "sebelas",
)  # fmt: skip
_SCALES = ((10**12, "triliun"), (10**9, "miliar"), (10**6, "juta"), (1000, "ribu"))
LIMIT = 10**15


def terbilang(number: int) -> str:
    """The words of a whole number from 0 up to below a thousand triliun: 71.461 is "tujuh puluh
    satu ribu empat ratus enam puluh satu".

    "se-" stands for one before puluh, belas, ratus and ribu, not before juta and above (EYD V).

    Raises:
        ValueError: the number is negative or too large.
    """
    if not 0 <= number < LIMIT:
        raise ValueError(f"{number} has no words here")
    if number == 0:
        return _ONES[0]
    words: list[str] = []
    for scale, name in _SCALES:
        many, number = divmod(number, scale)
        if many == 1 and scale == 1000:
            words.append("seribu")
        elif many:
            words += [*_below_thousand(many), name]
    return " ".join([*words, *_below_thousand(number)])


def _below_thousand(number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    words = ["seratus"] if hundreds == 1 else [_ONES[hundreds], "ratus"] if hundreds else []
    if rest < 12:
        return [*words, _ONES[rest]] if rest else words
    if rest < 20:
        return [*words, _ONES[rest - 10], "belas"]
    tens, ones = divmod(rest, 10)
    return [*words, _ONES[tens], "puluh", *([_ONES[ones]] if ones else [])]
