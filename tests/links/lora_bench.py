"""A simulated modem on a pseudo-terminal, and a centre in memory behind its network."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable

from tpsbox.links.lora_modem import Patience
from tpsbox.links.lorawan import LoraLink
from tpsbox.links.lorawan_settings import LorawanSettings
from tpsbox.links.port import LinkEvent, Parcel
from tpsbox.record.receipt import ReceiptKind
from tpsbox.record.short_receipt import make_short
from tpsbox.simulator.modems.faults import FaultScript, parse_fault
from tpsbox.simulator.modems.lora_e5 import SimulatedLoraE5
from tpsbox.simulator.modems.modem import run_modem
from tpsbox.simulator.modems.network import Network, Queued, Uplink
from tpsbox.simulator.modems.pty_port import Pace, PtyPort
from tpsbox.simulator.modems.radio import Radio
from tpsbox.simulator.modems.rak3172 import SimulatedRak3172
from tpsbox.store.outbox import ItemKind

DEV_EUI = "2cf7f12012233445"
JOIN_EUI = "70B3D57ED0000001"
APP_KEY = "8899AABBCCDDEEFF0011223344556677"
KEY = bytes(range(32))
SPEED = 100.0
PATIENCE = 30.0
"""Seconds of this world after which a test gives up waiting."""
LONG = Patience(reply=600.0, join=3000.0, send=3000.0)
"""With the fast clock, 30 s and more: no busy machine makes silence out of a slow answer."""
MODEMS = {"lora-e5": (9600, SimulatedLoraE5), "rak3172": (115200, SimulatedRak3172)}


def fast_clock() -> float:
    """Monotonic seconds of a world that is 20 times as fast."""
    return time.monotonic() * 20


def parcel(length: int = 115, kind: ItemKind = ItemKind.RESULT, seed: int = 0) -> Parcel:
    body = bytes((seed + i * 7) % 256 for i in range(length))
    return Parcel(hashlib.sha256(body).digest(), kind, body)


class MemoryCentre:
    """Puts records together and answers them, as the centre does."""

    def __init__(self) -> None:
        self.frames: list[Uplink] = []
        self.joins = 0
        self.records: list[bytes] = []
        self.lose: set[int] = set()
        """Numbers of fragments, counted from 1 as they come, that never arrive."""
        self.key = KEY
        self.kind = ReceiptKind.STORED
        self.silent = False
        self._queue: list[Queued] = []
        self._parts: dict[tuple[int, int], dict[int, bytes]] = {}
        self._fragments = 0

    def joined(self, dev_eui: str) -> None:
        self.joins += 1

    def transmitted(self, dev_eui: str) -> None: ...

    def close(self) -> None: ...

    def downlinks(self) -> list[Queued]:
        queued, self._queue = self._queue, []
        return queued

    def say(self, port: int, data: bytes) -> None:
        self._queue.append(Queued(port, data))

    def uplink(self, uplink: Uplink) -> None:
        self.frames.append(uplink)
        if uplink.port == 10:
            self._record(uplink.data)
        elif uplink.port == 11:
            self._fragment(uplink.data)

    def _record(self, record: bytes) -> None:
        self.records.append(record)
        if not self.silent:
            id = hashlib.sha256(record).digest()
            self.say(10, make_short(self.kind, 1, 1, id, self.key))

    def _fragment(self, frame: bytes) -> None:
        self._fragments += 1
        if self._fragments in self.lose:
            return
        head = int.from_bytes(frame[:2], "big")
        tag, index, count = head >> 10, head >> 5 & 31, (head & 31) + 1
        parts = self._parts.setdefault((tag, count), {})
        parts[index] = frame[2:]
        missing = [i for i in range(count) if i not in parts]
        if not missing:
            record = b"".join(parts[i] for i in range(count))
            assert hashlib.sha256(record).digest()[0] & 63 == tag
            del self._parts[tag, count]
            self._record(record)
        elif index == count - 1:
            bitmap = sum(1 << (31 - i) for i in missing)
            self.say(11, bytes([tag]) + bitmap.to_bytes(4, "big"))


class Bench:
    """A modem that runs until the bench is left."""

    def __init__(self, name: str, *faults: str, speed: float = SPEED, **radio) -> None:
        baud, make = MODEMS[name]
        self.name = name
        self.centre = MemoryCentre()
        self._stop = threading.Event()
        self.pace = Pace(speed, self._stop)
        script = FaultScript(parse_fault(fault) for fault in faults)
        self.radio = Radio(Network(self.centre, DEV_EUI), script, self.pace, **radio)
        self.port = PtyPort(baud, self.pace)
        self._opened = threading.Event()
        modem = make(self.port, self.radio, DEV_EUI)
        self._thread = threading.Thread(
            target=run_modem, args=(modem, self.port, self.pace, lambda _: self._opened.set())
        )

    def __enter__(self) -> Bench:
        self._thread.start()
        assert self._opened.wait(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "the simulated modem does not stop"

    @property
    def path(self) -> str:
        return self.port.path

    def link(
        self, patience: Patience = LONG, clock: Callable[[], float] = fast_clock, **settings
    ) -> LoraLink:
        chosen = LorawanSettings(self.path, self.name, JOIN_EUI, "unused", **settings)
        return LoraLink(chosen, APP_KEY, KEY, patience=patience, clock=clock, random=lambda: 0.0)


def events_until(link: LoraLink, kind: type[LinkEvent]) -> list[LinkEvent]:
    """All events up to the first of that kind."""
    events: list[LinkEvent] = []
    deadline = time.monotonic() + PATIENCE
    while not any(isinstance(event, kind) for event in events):
        assert time.monotonic() < deadline, f"waited in vain for {kind.__name__}: {events}"
        events += link.poll(0.05)
    return events
