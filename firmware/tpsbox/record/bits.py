"""Bits into bytes and back, highest bit first; the last byte is filled with zero bits."""

from __future__ import annotations

from tpsbox.errors import InputError


class BitWriter:
    """Collects whole numbers of a given width in bits."""

    def __init__(self) -> None:
        self._bits = 0
        self._count = 0

    def put(self, value: int, width: int, what: str) -> None:
        """Append `value` in `width` bits; `what` is named in the error.

        Raises:
            InputError: the value is negative or does not fit.
        """
        if not 0 <= value < 1 << width:
            raise InputError(f"{what}: {value} is not 0 to {(1 << width) - 1}")
        self._bits = self._bits << width | value
        self._count += width

    def to_bytes(self) -> bytes:
        """All bits so far, filled up with zeros to a whole byte."""
        spare = -self._count % 8
        return (self._bits << spare).to_bytes((self._count + spare) // 8, "big")


class BitReader:
    """Takes numbers of a given width in bits from bytes that somebody sent."""

    def __init__(self, data: bytes) -> None:
        self._bits = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def take(self, width: int, what: str) -> int:
        """The next `width` bits as a number; `what` is named in the error.

        Raises:
            InputError: the bytes end before.
        """
        if width > self._left:
            raise InputError(f"statement ends within {what}: it was cut short")
        self._left -= width
        return self._bits >> self._left & (1 << width) - 1

    def finish(self) -> None:
        """Check that nothing but the zero bits of the last byte is left.

        Raises:
            InputError: spare bytes, or a spare bit that is set.
        """
        if self._left >= 8:
            raise InputError(f"statement has {self._left // 8} bytes too many")
        if self.take(self._left, "its last byte") != 0:
            raise InputError("statement does not end in zero bits")
