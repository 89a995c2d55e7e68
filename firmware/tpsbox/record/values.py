"""The values of a contest as symbols of the coder: states first, then the numbers they have."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from tpsbox.forms.model import Form
from tpsbox.record import likely
from tpsbox.record.coder import Adaptive, Coder, uniform
from tpsbox.record.guess import HIGHEST, Guess, Guesser

CURVE = 1 << 16
"""The weight of a spread's curve, beside the 1 that every number has."""


class Kind(IntEnum):
    """A state, told apart by whether it has a number."""

    ABSENT = 0
    ACCEPTED = 1
    CONFIRMED = 2
    CORRECTED = 3
    UNSURE = 4
    CONFIRMED_EMPTY = 5
    CORRECTED_EMPTY = 6
    UNSURE_EMPTY = 7


NUMBERED = (Kind.ACCEPTED, Kind.CONFIRMED, Kind.CORRECTED, Kind.UNSURE)
EMPTIES = (Kind.ABSENT, Kind.CONFIRMED_EMPTY, Kind.CORRECTED_EMPTY, Kind.UNSURE_EMPTY)
WITH_NUMBER = {
    Kind.CONFIRMED_EMPTY: Kind.CONFIRMED,
    Kind.CORRECTED_EMPTY: Kind.CORRECTED,
    Kind.UNSURE_EMPTY: Kind.UNSURE,
}
"""The same states with a number."""

Cell = tuple[Kind, int]
"""A field: its kind and its number, 0 where the kind has none."""

NOTHING: Cell = (Kind.ABSENT, 0)


class Model:
    """Codes the contests of one statement in their order: what is seen makes the next cheaper."""

    def __init__(self) -> None:
        self._first = Adaptive(likely.STATES_FIRST, likely.GROWTH)
        self._after = [Adaptive(weights, likely.GROWTH) for weights in likely.STATES_AFTER]
        self._sides = {
            name: Adaptive((spread.equal, spread.above, spread.below), likely.GROWTH)
            for name, spread in likely.SPREADS.items()
        }
        self._earlier: dict[str, int] = {}

    def code(self, coder: Coder, form: Form, closed: bool, cells: Sequence[Cell]) -> list[Cell]:
        """Code the cells of a contest, in the order of its form's fields.

        For a reader, `cells` only tells how many there are.
        """
        kinds = self._kinds(coder, form, closed, [kind for kind, _ in cells])
        names = [field.name for field in form.fields]
        given = {name: number for name, (_, number) in zip(names, cells, strict=True)}
        unsure = {n for n, kind in zip(names, kinds, strict=True) if kind is Kind.UNSURE}
        sure = {n for n, kind in zip(names, kinds, strict=True) if kind in NUMBERED} - unsure
        guesser = Guesser(form, self._earlier, sure, unsure)
        found: dict[str, int] = {}
        while (turn := guesser.next()) is not None:
            name, guess = turn
            if name in sure or name in unsure:
                found[name] = self._number(coder, guess, given[name])
            guesser.settle(name, guess, found.get(name))
        self._earlier.update(guesser.known)
        return [(kind, found.get(n, 0)) for n, kind in zip(names, kinds, strict=True)]

    def _kinds(self, coder: Coder, form: Form, closed: bool, kinds: Sequence[Kind]) -> list[Kind]:
        """The likely state follows what the sheet began with: sheets are confirmed as a whole."""
        found: list[Kind] = []
        for page in form.pages:
            base = None if closed else Kind.ABSENT
            for _ in page.fields:
                table = self._first if base is None else self._after[base]
                kind = Kind(table.code(coder, kinds[len(found)]))
                found.append(kind)
                if base is None or kind in (Kind.ABSENT, Kind.ACCEPTED, Kind.CONFIRMED):
                    base = WITH_NUMBER.get(kind, kind)
        return found

    def _number(self, coder: Coder, guess: Guess, number: int) -> int:
        """Whether it is the guess, or above or below it; then how far beyond."""
        at, spread = guess.number, likely.SPREADS[guess.spread]
        barred = ((1,) if at == HIGHEST else ()) + ((2,) if at == 0 else ())
        side = self._sides[guess.spread].code(
            coder, (number > at) + 2 * (number < at), tuple(barred)
        )
        if side == 0:
            return at
        scale = at * spread.share // 16 + spread.least
        if side == 1:
            return at + 1 + _distance(coder, scale, HIGHEST - at, number - at - 1)
        return at - 1 - _distance(coder, scale, at, at - number - 1)


def code_plain(coder: Coder, cells: Sequence[Cell]) -> list[Cell]:
    """Code cells that no model fits: each of the 4004 that there are takes the same room."""
    numbers = HIGHEST + 1
    found: list[Cell] = []
    for kind, number in cells:
        given = NUMBERED.index(kind) * numbers + number if kind in NUMBERED else 0
        empty = EMPTIES.index(kind) if kind in EMPTIES else len(EMPTIES)
        symbol = uniform(coder, len(EMPTIES) + len(NUMBERED) * numbers, empty + given)
        if symbol < len(EMPTIES):
            found.append((EMPTIES[symbol], 0))
        else:
            which, number = divmod(symbol - len(EMPTIES), numbers)
            found.append((NUMBERED[which], number))
    return found


def _distance(coder: Coder, scale: int, size: int, distance: int) -> int:
    """0 to size - 1, falling off with the fourth power: P(at least d) = (s / (s + d))^4."""

    def before(index: int) -> int:
        return index + CURVE - CURVE * scale**4 // (scale + index) ** 4

    return coder.step(before, size, distance)
