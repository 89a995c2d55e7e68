"""The part that both simulated modems share: a session, a data rate, frames and windows."""

from __future__ import annotations

import time

import msgspec

from tpsbox.links.airtime import FASTEST, JOIN_RATE, frame_limit, frame_time, join_time
from tpsbox.simulator.modems.faults import FaultKind, FaultScript
from tpsbox.simulator.modems.network import Network, Queued
from tpsbox.simulator.modems.pty_port import Pace

JOIN_ACCEPT_DELAY = 5.0
JOIN_WINDOW = 0.45
"""Seconds from the end of the request to the first window, and to decode the answer."""
WINDOW_GAP = 1.0
"""Seconds from the first receive window to the second."""
RETRY_DELAY = 3.0
"""Seconds between two tries of a frame without an acknowledgement."""
LONG_DWELL_MS = 10_000.0


class Heard(msgspec.Struct, frozen=True):
    """What the receive windows brought."""

    acked: bool = False
    more: bool = False
    downlink: Queued | None = None
    window: int = 1


class Radio:
    """The radio of one modem. `rx1_delay`: seconds to the first window, as the network sets it."""

    def __init__(
        self,
        network: Network,
        faults: FaultScript,
        pace: Pace,
        *,
        app_key: str = "",
        rx1_delay: float = 1.0,
        dwell: bool = True,
    ) -> None:
        self.network = network
        self.faults = faults
        self.pace = pace
        self.joined = False
        self.data_rate = JOIN_RATE
        self.retries = 1
        self.mac_waiting = False
        self.time_asked = False
        self.time_known = False
        self._dwell = dwell
        self._app_key = app_key
        self._rx1_delay = rx1_delay
        self._last: Queued | None = None

    def reset(self) -> None:
        """Power on: no session, no time."""
        self.joined = self.mac_waiting = self.time_asked = self.time_known = False
        self.data_rate = JOIN_RATE

    @property
    def limit(self) -> int:
        """Bytes of payload that the next frame may hold."""
        return frame_limit(self.data_rate, 400.0 if self._dwell else LONG_DWELL_MS)

    def set_rate(self, data_rate: int) -> bool:
        """Take a data rate; whether the region has it."""
        if not 0 <= data_rate <= FASTEST or (self._dwell and data_rate < JOIN_RATE):
            return False
        self.data_rate = data_rate
        return True

    def join(self, app_key: str) -> bool:
        """A join, with the time it takes; a network that knows another key stays silent."""
        fails = FaultKind.JOIN_FAILS in self.faults.at_join()
        self.pace.sleep(join_time() + JOIN_ACCEPT_DELAY + JOIN_WINDOW)
        if fails or (self._app_key and app_key.upper() != self._app_key.upper()):
            self.pace.sleep(WINDOW_GAP)
            return False
        self.joined = True
        self.network.join()
        return True

    def uplink(self, port: int, data: bytes, confirmed: bool, kinds: frozenset[FaultKind]) -> Heard:
        """A frame and its windows, with the time they take and the faults that hit it."""
        lost = FaultKind.UPLINK_LOST in kinds
        deaf = lost or FaultKind.ACK_LOST in kinds
        if not lost:
            self.network.uplink(port, data, confirmed, self.data_rate)
        self.mac_waiting = False
        for attempt in range(self.retries if confirmed and deaf else 1):
            self.pace.sleep(
                (RETRY_DELAY if attempt else 0.0) + frame_time(self.data_rate, len(data))
            )
        self.pace.sleep(self._rx1_delay)
        heard = self._windows(confirmed)
        if FaultKind.OLD_DOWNLINK in kinds and self._last is not None:
            return Heard(heard.acked, heard.more, self._last, heard.window)
        if deaf:
            return Heard()
        if heard.downlink is not None:
            self._last = heard.downlink
        self.time_known = self.time_known or self.time_asked
        return heard

    def clock(self) -> float:
        """Unix seconds on the modem's clock, as far as the network has set it."""
        return time.time() if self.time_known else 946_684_800.0

    def _windows(self, confirmed: bool) -> Heard:
        downlink, more = self.network.answer()
        if downlink is not None or confirmed:
            return Heard(confirmed, more, downlink, 1)
        self.pace.sleep(WINDOW_GAP)
        downlink, more = self.network.answer()
        return Heard(False, more, downlink, 2)
