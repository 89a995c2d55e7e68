"""From the marks of a number's boxes to the probability of every value it may state.

A number is written with leading boxes crossed, dashed, zero or left empty, then its digits.
All boxes crossed or dashed is a written 0 ("XXX", with NOL in words); all empty is no number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tpsbox.reading.model import CLASSES, Probabilities
from tpsbox.reading.slips import may_be_slip

FLOOR = 0.002
"""Share of doubt mixed into every box: no net is surer than its labels were."""
X, DASH, BLANK, OTHER = (CLASSES.index(mark) for mark in "X-_?")


@dataclass(frozen=True)
class NumberOdds:
    """Odds of one number: `values[v]` for v written, `empty` for nothing written at all.

    What is missing to 1 are marks that make no number ("12X", "1_3", struck out). `guess` is
    `values` with every illegible mark taken as any digit: what rules may choose from. `boxes`
    [n, 14] is what all of it was made of.
    """

    boxes: Probabilities
    marks: str
    values: Probabilities
    guess: Probabilities
    empty: float
    blank_lead: float

    @property
    def nonsense(self) -> float:
        """Probability that the marks make no number."""
        return max(0.0, 1.0 - float(self.values.sum()) - self.empty)

    @property
    def likeliest(self) -> int:
        """The value that is likelier than any other, however unlikely it is."""
        return int(self.values.argmax())

    @property
    def best(self) -> int | None:
        """The likeliest value; None if emptiness or nonsense is likelier still."""
        value = self.likeliest
        return value if self.values[value] > max(self.empty, self.nonsense) else None

    @property
    def front(self) -> str:
        """The marks before the number's first digit, zeros among them."""
        return _front(self.marks)

    def others(self, value: int, nats: float) -> set[tuple[int, str, int]]:
        """What single boxes may hold instead, were the number `value`: place, mark, digit.

        Place 1 is the ones; the mark is the value's digit, or _ of an empty box in front, which
        may hold a digit above 0. Only digits at most `nats` less likely than the mark.
        """
        digits = str(value).zfill(len(self.marks))
        found = set()
        for box, digit in enumerate(digits):
            empty = self.marks[box] == "_" and not int(digits[: box + 1])
            own = self.boxes[box, BLANK if empty else int(digit)]
            if self.marks[box] in "X-" and digit == "0":
                continue
            found |= {
                (len(digits) - box, "_" if empty else digit, other)
                for other in range(1 if empty else 0, 10)
                if other != int(digit) and self.boxes[box, other] > own * np.exp(-nats)
            }
        return found

    def dash_doubt(self, value: int) -> float:
        """The greatest probability of a digit in a box before the value's that has a dash.

        One that has a dash if it has no digit: it may read as a 1 that the value does without.
        Only digits that an officer may have set there by a slip, 12 for 2: nobody means 2 and
        writes 72.
        """
        front = self.boxes[: len(self.marks) - len(str(value))]
        dashed = np.flatnonzero(front[:, DASH] > front[:, (0, X, BLANK)].max(axis=1))
        doubts = [0.0]
        for box in dashed:
            place = 10 ** (len(self.marks) - 1 - int(box))
            slips = [digit for digit in range(1, 10) if may_be_slip(value + digit * place, value)]
            doubts.append(float(front[box, slips].sum()))
        return max(doubts)

    @property
    def says_something(self) -> bool:
        """Whether rules may be asked what an unclear number was: boxes that look empty say none."""
        return self.empty < 0.5 and self.marks.strip("_") != ""


def number_odds(boxes: Probabilities) -> NumberOdds:
    """The odds over a number from its boxes' probabilities [n, 14], highest digit first; n <= 4."""
    p = boxes * (1 - FLOOR) + FLOOR / len(CLASSES)
    marks = "".join(CLASSES[index] for index in boxes.argmax(axis=1))
    # For a guess, a struck-out or illegible mark may be any digit.
    open_p = p.copy()
    open_p[:, :10] += p[:, OTHER : OTHER + 1] / 10
    return NumberOdds(
        boxes=boxes,
        marks=marks,
        values=_values(p),
        guess=_values(open_p),
        empty=float(np.prod(p[:, BLANK])),
        blank_lead=_blank_lead(marks, boxes),
    )


def _values(p: Probabilities) -> Probabilities:
    """Probability of every value 0 .. 10^n - 1 from the boxes' probabilities [n, 14]."""
    count = len(p)
    lead = p[:, 0] + p[:, X] + p[:, DASH] + p[:, BLANK]
    values = np.zeros(10**count)
    # A value of k digits: the boxes before it lead, the last k are its digits.
    for k in range(1, count + 1):
        block = np.array([float(np.prod(lead[: count - k]))])
        for box in range(count - k, count):
            block = np.multiply.outer(block, p[box, :10]).ravel()
        first = 10 ** (k - 1) if k > 1 else 0
        values[first : 10**k] += block[first:]
    values[0] += float(np.prod(p[:, X] + p[:, DASH]))
    return values


def _blank_lead(marks: str, boxes: Probabilities) -> float:
    """How sure the boxes read as empty before the digits are: the least; 1 if there are none."""
    if not marks.strip("_"):
        return 1.0
    empty = [i for i, mark in enumerate(_front(marks)) if mark == "_"]
    return float(min((boxes[i, BLANK] for i in empty), default=1.0))


def _front(marks: str) -> str:
    digits = max(1, len(marks.lstrip("X-_0")))  # of a written 0 the last box is its digit
    return marks[:-digits]
