"""Reads the bubbles of a number, apart from the model and from the boxes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FILLED = 0.34
"""Ink above the number's empty bubbles from which a bubble is blackened. 1 = as dark as print."""
UNSURE = 0.12
"""Half the band around FILLED in which it is left open."""


@dataclass(frozen=True)
class BubbleReading:
    """What the bubbles say: per column the digit, None for no bubble or for several; `clear` if no
    column is in doubt.

    `marks` writes it as 0-9, _ for none, ? for doubtful: several, or a single one half blackened.
    """

    digits: tuple[int | None, ...]
    marks: str
    clear: bool

    @property
    def stated(self) -> tuple[int | None, ...]:
        """The digit that each column states, None where it tells nothing.

        A crossed or empty leading box has no bubble or bubble 0: both are the digit 0. Behind a
        column that is blackened or in doubt, none is a bubble that was forgotten or not seen.
        """
        pairs = zip(self.shown, self.marks, strict=True)
        return tuple(None if mark == "?" else digit for digit, mark in pairs)

    @property
    def shown(self) -> tuple[int | None, ...]:
        """The same, with the digit of a column's only bubble where that is half blackened.

        Too little to tell a number by, and enough to agree with one: an erased bubble is another.
        """
        begun = len(self.marks) - len(self.marks.lstrip("_"))
        return tuple(0 if i < begun else digit for i, digit in enumerate(self.digits))

    def contradicts(self, other: BubbleReading) -> bool:
        """Whether both are clear and say different things."""
        return self.clear and other.clear and self.marks != other.marks


def read_bubbles(ink: npt.NDArray[np.float64]) -> BubbleReading:
    """Read ink [columns, 10] (0 = paper, 1 = print).

    Empty bubbles of one number look alike (each holds a printed digit), so their own median is
    the level from which blackness counts.
    """
    level = float(np.median(ink))
    above = ink - level
    digits: list[int | None] = []
    marks = ""
    for column in above:
        seen = np.flatnonzero(column >= FILLED - UNSURE)
        alone = int(seen[0]) if len(seen) == 1 else None
        digits.append(alone)
        if alone is not None and column[alone] >= FILLED + UNSURE:
            marks += str(alone)
        else:
            marks += "?" if len(seen) else "_"
    return BubbleReading(tuple(digits), marks, "?" not in marks)
