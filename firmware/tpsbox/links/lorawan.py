"""LoRaWAN over a serial modem: a result goes out in a frame or a few, a short receipt comes back.

Only results: a photo would take 81,000 frames. A network's acknowledgement is a `Taken` and no
more; the short receipt, verified with the key of box and centre, is the answer. A modem takes
seconds for a frame, so a thread of the link's own talks to it, and `poll` never waits for that.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Set
from contextlib import suppress
from functools import cache
from pathlib import Path
from random import SystemRandom

from tpsbox.links import lora_e5, rak3172
from tpsbox.links.airtime import AirBudget, join_time
from tpsbox.links.lora_courier import Courier
from tpsbox.links.lora_e5 import LoraE5
from tpsbox.links.lora_modem import LoraModem, Patience
from tpsbox.links.lorawan_settings import LorawanSettings, load_app_key, load_lorawan
from tpsbox.links.port import (
    Answered,
    Failed,
    LinkEvent,
    LinkFault,
    Parcel,
    RetryLater,
    Taken,
    WaitForNetwork,
)
from tpsbox.links.rak3172 import Rak3172
from tpsbox.links.serial_port import SerialLine
from tpsbox.store.identity import Identity
from tpsbox.store.outbox import ItemKind

log = logging.getLogger(__name__)

IDLE = 0.1
"""Seconds between looks at what is to do."""
FAREWELL = 10.0
"""Seconds that the thread may take to end; it looks up every 50 ms while it waits for a modem."""
CLOCK_DOUBT = 60.0
"""Seconds between the box's clock and the network's that are worth a line in the log."""

_RANDOM = SystemRandom()


def lorawan_link(data: Path, identity: Identity) -> LoraLink | None:
    """The link that DATA/lorawan.toml describes, None if there is no such file.

    Raises:
        InputError: the settings or the key file are unusable.
        AnswerError: the box is not enrolled.
        EnvironmentFault: a file cannot be read.
    """
    settings = load_lorawan(data)
    if settings is None:
        return None
    app_key = load_app_key(data, settings)
    budget = _budget(settings.port, settings.duty)
    return LoraLink(settings, app_key, identity.short_key(), budget=budget)


class LoraLink:
    """A `Link` for results. `key` is the box's secret for short receipts, 32 bytes."""

    def __init__(
        self,
        settings: LorawanSettings,
        app_key: str,
        key: bytes,
        *,
        budget: AirBudget | None = None,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
        random: Callable[[], float] = _RANDOM.random,
    ) -> None:
        self._stop = threading.Event()
        self._clock = clock
        self._random = random
        self._key = key
        self._settings = settings
        self._modem = _modem(settings, app_key, patience or Patience(), clock, self._stop)
        self._budget = budget or AirBudget(settings.duty, clock)
        self._thread: threading.Thread | None = None
        self._reset()

    def _reset(self) -> None:
        self._parcels: queue.SimpleQueue[Parcel] = queue.SimpleQueue()
        self._events: queue.SimpleQueue[LinkEvent | LinkFault] = queue.SimpleQueue()
        self._flying: set[bytes] = set()
        self._fault: LinkFault | None = None

    @property
    def carries(self) -> frozenset[ItemKind]:
        """Results alone."""
        return frozenset({ItemKind.RESULT})

    @property
    def in_flight(self) -> Set[bytes]:
        """Ids of which the network's answer is awaited."""
        return frozenset(self._flying)

    @property
    def room(self) -> int:
        """One at a time: the newest result says everything."""
        return 1 - len(self._flying)

    def open(self) -> None:
        """Set the modem up and join the network; takes about 10 s.

        Raises:
            WaitForNetwork: no modem, or no network here.
            StopLink: the modem refuses a setting, or this user may not use the port.
        """
        self.close()
        self._stop.clear()
        self._reset()
        try:
            self._modem.open()
            self._join()
        except LinkFault:
            self._modem.close()
            raise
        self._thread = threading.Thread(target=self._work, name="lorawan", daemon=True)
        self._thread.start()

    def send(self, parcel: Parcel) -> None:
        """Hand a result to the thread.

        Raises:
            RetryLater: it is no result, or another is on its way.
            WaitForNetwork: the link is not open.
        """
        if parcel.kind not in self.carries:
            raise RetryLater(f"{parcel.kind}: too much for LoRaWAN: it waits for a wider link")
        if self._thread is None or self._fault is not None:
            raise WaitForNetwork(f"{self._settings.port}: the link is not open")
        if self.room <= 0:
            raise RetryLater("another result is on its way: wait for it to arrive")
        self._flying.add(parcel.id)
        self._parcels.put(parcel)

    def poll(self, timeout: float) -> tuple[LinkEvent, ...]:
        """What happened, after at most `timeout` seconds.

        Raises:
            WaitForNetwork: the modem is gone or has lost its session.
        """
        events: list[LinkEvent] = []
        if self._fault is None:
            with suppress(queue.Empty):
                self._note(self._events.get(timeout=max(0.0, timeout)), events)
                while True:
                    self._note(self._events.get_nowait(), events)
        if self._fault is not None and not events:
            raise self._fault
        return tuple(events)

    def close(self) -> None:
        """End the thread and give the port back; what was under way is forgotten."""
        self._stop.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(FAREWELL)
        self._modem.close()

    def _join(self) -> None:
        airtime = join_time()
        wait = self._budget.wait(airtime)
        if wait:
            raise WaitForNetwork(f"this hour's air time is used up: {wait:.0f} s to wait")
        self._budget.spend(airtime)
        self._modem.join()

    def _note(self, event: LinkEvent | LinkFault, events: list[LinkEvent]) -> None:
        if isinstance(event, LinkFault):
            self._fault = event
            return
        if isinstance(event, Taken | Failed | Answered):
            self._flying.discard(event.id)
        events.append(event)

    def _work(self) -> None:
        courier = Courier(
            self._modem,
            self._key,
            self._settings.dwell_ms,
            self._budget,
            tell=self._events.put,
            clock=self._clock,
            random=self._random,
            pause=self._pause,
        )
        asked = False
        try:
            while not self._stop.is_set():
                try:
                    parcel = self._parcels.get(timeout=IDLE)
                except queue.Empty:
                    courier.tend()
                    continue
                courier.deliver(parcel)
                if not asked:
                    self._compare_clocks()
                    asked = True
        except LinkFault as fault:
            self._events.put(fault)
        except Exception as error:  # without this the link would hang silently
            log.exception("lorawan")
            self._events.put(WaitForNetwork(f"{self._settings.port}: {error}"))

    def _compare_clocks(self) -> None:
        network = self._modem.network_time()
        if network is not None and abs(network - time.time()) > CLOCK_DOUBT:
            log.warning("this box's clock is %+.0f s from the network's", time.time() - network)

    def _pause(self, seconds: float) -> None:
        deadline = self._clock() + seconds
        while self._clock() < deadline and not self._stop.wait(IDLE / 10):
            pass


@cache
def _budget(port: str, duty: float) -> AirBudget:
    """What this radio may still send; links come and go, the radio's hour goes on."""
    return AirBudget(duty, time.monotonic)


def _modem(
    settings: LorawanSettings,
    app_key: str,
    patience: Patience,
    clock: Callable[[], float],
    stop: threading.Event,
) -> LoraModem:
    if settings.modem == "lora-e5":
        line = SerialLine(settings.port, lora_e5.BAUD, clock, stop)
        return LoraE5(line, settings.join_eui, app_key, patience)
    line = SerialLine(settings.port, rak3172.BAUD, clock, stop)
    return Rak3172(line, settings.join_eui, app_key, patience)
