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
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import SystemRandom

from tpsbox.links import lora_e5, rak3172
from tpsbox.links.airtime import AirBudget, join_time
from tpsbox.links.lora_courier import Courier
from tpsbox.links.lora_e5 import LoraE5
from tpsbox.links.lora_modem import LoraModem, Patience
from tpsbox.links.lorawan_settings import LorawanSettings, load_app_key, load_lorawan
from tpsbox.links.modem_link import IDLE, ModemLink
from tpsbox.links.port import LinkEvent, Parcel, RetryLater, WaitForNetwork
from tpsbox.links.rak3172 import Rak3172
from tpsbox.links.serial_port import SerialLine
from tpsbox.store.identity import Identity
from tpsbox.store.outbox import ItemKind

log = logging.getLogger(__name__)

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


class LoraLink(ModemLink[LinkEvent]):
    """A `Link` for results. `key` is the box's secret for short receipts, 32 bytes."""

    takes = "result"  # one at a time: the newest says everything
    carries = frozenset({ItemKind.RESULT})

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
        super().__init__("lorawan", settings.port)
        self._clock = clock
        self._random = random
        self._key = key
        self._settings = settings
        self._modem = _modem(settings, app_key, patience or Patience(), clock, self._stop)
        self._budget = budget or AirBudget(settings.duty, clock)

    def _reach(self) -> None:
        """Set the modem up and join the network; takes about 10 s.

        Raises:
            WaitForNetwork: no modem, or no network here.
            StopLink: the modem refuses a setting, or this user may not use the port.
        """
        self._modem.open()
        self._join()

    def _hang_up(self) -> None:
        self._modem.close()

    def _check(self, parcel: Parcel) -> None:
        if parcel.kind not in self.carries:
            raise RetryLater(f"{parcel.kind}: too much for LoRaWAN: it waits for a wider link")

    def _join(self) -> None:
        airtime = join_time()
        wait = self._budget.wait(airtime)
        if wait:
            raise WaitForNetwork(f"this hour's air time is used up: {wait:.0f} s to wait")
        self._budget.spend(airtime)
        self._modem.join()

    def _event_of(self, news: LinkEvent) -> LinkEvent:
        return news

    def _serve(self) -> None:
        courier = Courier(
            self._modem,
            self._key,
            self._settings.dwell_ms,
            self._budget,
            tell=self._news.put,
            clock=self._clock,
            random=self._random,
            pause=self._pause,
        )
        asked = False
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

    def _leave(self) -> None:
        """Nothing: a network is not told."""

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
