"""An entropy coder in whole numbers: symbols with weights into one number, and back.

The number is all there is: no carries, no rounding and no end mark, so every sequence of symbols
has exactly one spelling. This is the asymmetric numeral system "rANS" (J. Duda, arXiv:1311.2540)
with a state that is never cut into words, which is affordable for messages of a hundred bytes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from itertools import accumulate
from typing import Protocol

from tpsbox.errors import InputError

Before = Callable[[int], int]
"""The weight of all symbols before the one given; for the number of symbols, the whole weight."""


class Coder(Protocol):
    """Writes or reads: one description of a message serves for both."""

    def step(self, before: Before, size: int, symbol: int) -> int:
        """Code one symbol of 0 to size - 1 and return it.

        Writing takes the symbol that is given; reading returns the one that was written.
        """


class Writer:
    """Collects symbols and turns them into bytes."""

    def __init__(self, behind: int = 0) -> None:
        """`behind` is the `Reader.rest` of symbols that are to follow those written now."""
        self._steps: list[tuple[int, int, int]] = []
        self._behind = behind

    def step(self, before: Before, size: int, symbol: int) -> int:
        """Keep a symbol for `to_bytes`."""
        start = before(symbol)
        self._steps.append((start, before(symbol + 1) - start, before(size)))
        return symbol

    def to_bytes(self) -> bytes:
        """The fewest bytes, highest first; none if the number is 0."""
        number = self._behind
        for start, weight, whole in reversed(self._steps):
            number = number // weight * whole + start + number % weight
        return number.to_bytes((number.bit_length() + 7) // 8, "big")


class Reader:
    """Takes symbols from bytes that somebody sent, in the order in which they were written."""

    def __init__(self, data: bytes) -> None:
        self._number = int.from_bytes(data, "big")

    def step(self, before: Before, size: int, symbol: int) -> int:
        """The next symbol. Any number gives symbols: `finish` tells whether they were written."""
        rest, place = divmod(self._number, before(size))
        found = bisect_right(range(size), place, key=before) - 1
        start = before(found)
        self._number = rest * (before(found + 1) - start) + place - start
        return found

    @property
    def rest(self) -> int:
        """The number that all symbols not yet read make up."""
        return self._number

    def finish(self) -> None:
        """Check that nothing is left.

        Raises:
            InputError: more was written than these symbols, or other bytes than a writer's.
        """
        if self._number:
            raise InputError("statement does not end where its last value does")


def choose(coder: Coder, weights: Sequence[int], symbol: int = 0) -> int:
    """Code a symbol whose weights are given; one of weight 0 cannot be written."""
    sums = (0, *accumulate(weights))
    return coder.step(sums.__getitem__, len(weights), symbol)


def uniform(coder: Coder, size: int, symbol: int = 0) -> int:
    """Code a symbol of 0 to size - 1, all of the same weight."""
    return coder.step(lambda index: index, size, symbol)


class Adaptive:
    """Weights that grow by `growth` for each symbol seen, so that what came often gets cheaper."""

    def __init__(self, weights: Sequence[int], growth: int) -> None:
        self._weights = list(weights)
        self._growth = growth

    def code(self, coder: Coder, symbol: int, barred: Collection[int] = ()) -> int:
        """Code a symbol that is none of `barred`."""
        weights = self._weights
        if barred:
            weights = [0 if i in barred else weight for i, weight in enumerate(weights)]
        found = choose(coder, weights, symbol)
        self._weights[found] += self._growth
        return found
