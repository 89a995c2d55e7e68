"""The lamp over the sheet: on while a photo is taken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any


class Lamp:
    """An output of gpiozero; a lamp that fails is told and stops no photo."""

    def __init__(self, device: Any) -> None:
        """`device` has on(), off(), close() and a `value` that reads the pin back."""
        self._device = device
        self.failed = False

    @contextmanager
    def lit(self) -> Iterator[None]:
        """On within, off after, whatever happens."""
        try:
            self._device.on()
            self.failed = not self._device.value
        except Exception:  # gpiozero's errors have no common root
            self.failed = True
        try:
            yield
        finally:
            self.off()

    def off(self) -> None:
        """Off now."""
        with suppress(Exception):
            self._device.off()

    def close(self) -> None:
        """Off, and give the pin back."""
        self.off()
        self._device.close()
