"""Spares the gateways: at most one downlink waits for each device, and only so many an hour.

A gateway may send a hundredth of the time and is deaf meanwhile, so its downlinks are what limits
how many boxes it can serve. What is held back here is never lost for good: a box that hears
nothing asks again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from tpscentral.chirpstack import Device
from tpscentral.lora_frames import RECORD_PORT

DEVICES = 10_000
BURST = 4
"""Downlinks that a device may have at once: bitmap, receipt, and one repetition of each."""
REFILL_S = 60.0
"""Seconds until it may have one more."""


@dataclass(frozen=True)
class Downlink:
    """Bytes for a device, on an FPort."""

    device: Device
    port: int
    data: bytes


@dataclass
class _Slot:
    refilled: float
    tokens: float = BURST
    waiting: Downlink | None = None
    """Held back here."""
    queued: Downlink | None = None
    """In the network server's queue, which gives it out after the device's next uplink."""
    leaving: Downlink | None = None
    """What the uplink heard last has called out of that queue."""


class Pacer:
    """What each device is to hear next."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` gives seconds that never go back."""
        self._clock = clock
        self._slots: OrderedDict[Device, _Slot] = OrderedDict()
        self._held: dict[Device, None] = {}

    def heard(self, device: Device) -> None:
        """The device has sent a frame: what was queued for it leaves in answer to this one."""
        slot = self._slot(device)
        slot.leaving, slot.queued = slot.queued, None

    def sent(self, device: Device) -> None:
        """A gateway has sent the device's downlink; if it asks again, it has not heard it."""
        slot = self._slot(device)
        slot.leaving = slot.queued = None

    def want(self, downlink: Downlink) -> None:
        """Let the device hear this, unless the same is already on its way.

        Of two that wait, the newer counts, but a question never displaces a receipt.
        """
        slot = self._slot(downlink.device)
        if downlink in (slot.leaving, slot.queued):
            return
        receipt_waits = slot.waiting is not None and slot.waiting.port == RECORD_PORT
        if not receipt_waits or downlink.port == RECORD_PORT:
            slot.waiting = downlink
            self._held[downlink.device] = None

    def ready(self) -> list[Downlink]:
        """What may go to the network server now; each is given out once."""
        ready = []
        for device in list(self._held):
            slot = self._slots[device]
            self._refill(slot)
            if slot.waiting is not None and slot.queued is None and slot.tokens >= 1:
                slot.tokens -= 1
                slot.queued, slot.waiting = slot.waiting, None
                del self._held[device]
                ready.append(slot.queued)
        return ready

    def __len__(self) -> int:
        return len(self._slots)

    def _slot(self, device: Device) -> _Slot:
        slot = self._slots.get(device)
        if slot is None:
            slot = self._slots[device] = _Slot(self._clock())
            while len(self._slots) > DEVICES:
                oldest, _ = self._slots.popitem(last=False)
                self._held.pop(oldest, None)
        self._slots.move_to_end(device)
        return slot

    def _refill(self, slot: _Slot) -> None:
        now = self._clock()
        slot.tokens = min(BURST, slot.tokens + (now - slot.refilled) / REFILL_S)
        slot.refilled = now
