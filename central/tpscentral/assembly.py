"""Puts the fragments of records together again, device by device, within fixed memory.

Nothing here outlives the process: after a restart the box is asked for what is missing, or sends
everything again when its own patience ends, since only a receipt counts for it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tpscentral.chirpstack import Device
from tpscentral.lora_frames import Fragment

SETS = 2000
"""Records in pieces at a time; at most 32 pieces of 240 bytes each, so 15 MB in all."""
SETS_PER_DEVICE = 4
"""A box sends one record after another; a device that starts many only displaces its own."""
EXPIRY_S = 2 * 3600.0
"""After the last piece: 28 pieces at SF10 take a quarter of an hour at a duty cycle of 1 %."""
SILENCE_S = 120.0
"""Without a further piece, what is missing is asked for: thrice the pause between two at SF10."""
ASKS = 8
"""Times that one record's missing pieces are asked for; then the box must begin again."""


@dataclass(frozen=True)
class Progress:
    """What a piece led to: the whole record, or the indexes to ask for now, or neither."""

    record: bytes | None = None
    missing: tuple[int, ...] = ()


@dataclass
class _Set:
    count: int
    awaited: int
    """The index after which nothing more is expected before the missing ones are asked for."""
    parts: dict[int, bytes] = field(default_factory=dict)
    touched: float = 0.0
    asks: int = 0
    heard: bool = False
    """Whether a piece has come since the last time of asking."""

    def fits(self, piece: Fragment) -> bool:
        """Whether it can be of the same record, cut the same way: all but the last equally long."""
        if piece.count != self.count:
            return False
        if piece.index in self.parts:
            return self.parts[piece.index] == piece.body
        last = self.count - 1
        full = next((len(part) for index, part in self.parts.items() if index != last), None)
        end = len(self.parts[last]) if last in self.parts else 0
        if piece.index == last:
            return full is None or len(piece.body) <= full
        return full in (None, len(piece.body)) and end <= len(piece.body)

    def missing(self) -> tuple[int, ...]:
        return tuple(index for index in range(self.count) if index not in self.parts)

    def ask(self) -> tuple[int, ...]:
        """The missing indexes if they may be asked for once more; after that they are awaited."""
        missing = self.missing()
        if not missing or self.asks >= ASKS:
            return ()
        self.asks += 1
        self.awaited, self.heard = missing[-1], False
        return missing


class Assembly:
    """The records of all devices that are still, or were just now, in pieces."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` gives seconds that never go back."""
        self._clock = clock
        self._sets: OrderedDict[tuple[Device, int], _Set] = OrderedDict()

    def add(self, device: Device, piece: Fragment) -> Progress:
        """Take a piece; one that was there before changes nothing and has the same outcome.

        A piece that contradicts what is there begins its record anew: it is of another record
        under the same tag, or of the same one in pieces of another size.
        """
        self._expire()
        key = (device, piece.tag)
        found = self._sets.get(key)
        if found is None or not found.fits(piece):
            found = self._sets[key] = _Set(piece.count, awaited=piece.count - 1)
        found.parts[piece.index] = piece.body
        found.touched, found.heard = self._clock(), True
        self._sets.move_to_end(key)
        self._make_room(device)
        if len(found.parts) == found.count:
            return Progress(record=b"".join(part for _, part in sorted(found.parts.items())))
        return Progress(missing=found.ask() if piece.index >= found.awaited else ())

    def restart(self, device: Device, tag: int) -> tuple[int, ...]:
        """Drop the pieces of a record that did not fit together; the indexes to ask for again."""
        found = self._sets.get((device, tag))
        if found is None:
            return ()
        found.parts.clear()
        return found.ask()

    def forget(self, device: Device, tag: int) -> None:
        """Drop a record."""
        self._sets.pop((device, tag), None)

    def silent(self) -> Iterator[tuple[Device, int, tuple[int, ...]]]:
        """(device, tag, missing) of each record whose device fell silent before it was whole."""
        self._expire()
        before = self._clock() - SILENCE_S
        for (device, tag), found in self._sets.items():
            if found.touched > before:
                return  # the sets are in the order in which they were touched
            if found.heard and (missing := found.ask()):
                yield device, tag, missing

    def __len__(self) -> int:
        return len(self._sets)

    def _expire(self) -> None:
        before = self._clock() - EXPIRY_S
        while self._sets and next(iter(self._sets.values())).touched < before:
            self._sets.popitem(last=False)

    def _make_room(self, device: Device) -> None:
        mine = [key for key in self._sets if key[0] == device]
        for key in mine[:-SETS_PER_DEVICE]:
            del self._sets[key]
        while len(self._sets) > SETS:
            self._sets.popitem(last=False)
