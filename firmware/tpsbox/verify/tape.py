"""Symbols to and from one number, by "Symbols into bytes" of docs/wire.md."""

from __future__ import annotations

from collections.abc import Callable

GROWTH = 4


class Tape:
    """A message: read from a number, or noted down to be written.

    Every method takes what is `told` in writing and gives back the symbol; in reading the symbol
    comes from the number and `told` does not matter.
    """

    def __init__(self, coded: bytes | None = None) -> None:
        self.rest = None if coded is None else int.from_bytes(coded, "big")
        self._noted: list[tuple[int, int, int]] = []

    def one_of(self, weights: list[int], told: int) -> int:
        """A symbol by its weights."""
        return self._symbol(len(weights), lambda symbol: sum(weights[:symbol]), told)

    def alike(self, size: int, told: int) -> int:
        """A symbol of `size` that are all alike."""
        return self._symbol(size, lambda symbol: symbol, told)

    def growing(self, weights: list[int], told: int, without: frozenset[int]) -> int:
        """A symbol not of `without`, whose weight grows in `weights` itself."""
        now = [0 if symbol in without else weight for symbol, weight in enumerate(weights)]
        symbol = self.one_of(now, told)
        weights[symbol] += GROWTH
        return symbol

    def distance(self, size: int, scale: int, told: int) -> int:
        """A distance beyond a guess, below `size`."""
        top = 65536 * scale**4
        return self._symbol(size, lambda d: d + 65536 - top // (scale + d) ** 4, told)

    def written(self) -> bytes:
        """The coded part of all that was told."""
        n = 0
        while self._noted:
            before, weight, whole = self._noted.pop()
            n = (n // weight) * whole + before + n % weight
        return n.to_bytes(-(-n.bit_length() // 8), "big")

    def _symbol(self, size: int, before: Callable[[int], int], told: int) -> int:
        whole = before(size)
        if self.rest is None:
            self._noted.append((before(told), before(told + 1) - before(told), whole))
            return told
        place = self.rest % whole
        low, high = 0, size
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if before(middle) <= place else (low, middle)
        weight = before(low + 1) - before(low)
        self.rest = (self.rest // whole) * weight + place - before(low)
        return low
