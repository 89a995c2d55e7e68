"""How long a LoRa frame is on the air, and how much of an hour a box may use of it.

Region AS923-2, which takes in 920 to 923 MHz; the numbers of data rates are those of LoRaWAN
RP002-1.0.3 for AS923. Indonesia's decree on LPWAN (Kepmen Kominfo 5/2024) sets the limits; what a
box is told by default is the strict reading, 400 ms a frame and 1 % of the time.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

SPREADING = {0: 12, 1: 11, 2: 10, 3: 9, 4: 8, 5: 7}
"""Spreading factor of each data rate of AS923, all at 125 kHz."""
FASTEST = max(SPREADING)
BANDWIDTH_HZ = 125_000
PREAMBLE_SYMBOLS = 8
FRAME_OVERHEAD = 13
"""Bytes of a LoRaWAN data frame around its payload: MHDR 1, FHDR 7, FPort 1, MIC 4."""
JOIN_RATE = 2
JOIN_REQUEST = 23
"""AS923 joins at this data rate; bytes of the request on the air."""
HOUR = 3600.0

_REGION_LIMIT = {0: 51, 1: 51, 2: 115, 3: 115, 4: 242, 5: 242}
"""Payload bytes a frame by data rate without a dwell limit, from RP002-1.0.3."""


def time_on_air(spreading: int, length: int) -> float:
    """Seconds on the air of `length` bytes (payload with its overhead) at a spreading factor 7..12.

    The formula of Semtech's SX1276 data sheet, section 4.1.1.7: explicit header, CRC, coding rate
    4/5, and the low data rate optimisation where a symbol takes over 16 ms (SF11 and SF12). It is
    for uplinks: a downlink has no CRC and may be a little shorter.
    """
    symbol = (1 << spreading) / BANDWIDTH_HZ
    slow = 1 if spreading >= 11 else 0
    bits = 8 * length - 4 * spreading + 28 + 16
    blocks = max(0, math.ceil(bits / (4 * (spreading - 2 * slow))))
    return (PREAMBLE_SYMBOLS + 4.25 + 8 + blocks * 5) * symbol


def frame_time(data_rate: int, payload: int) -> float:
    """Seconds on the air of a data frame with that many bytes of payload."""
    return time_on_air(SPREADING[data_rate], payload + FRAME_OVERHEAD)


def frame_limit(data_rate: int, dwell_ms: float) -> int:
    """Most bytes of payload in one frame of at most `dwell_ms`; 0 if not even one byte fits.

    With 400 ms this is the region's own table: none, none, 11, 53, 125, 242.
    """
    allowed = dwell_ms / 1000
    fitting = (n for n in range(_REGION_LIMIT[data_rate], 0, -1))
    return next((n for n in fitting if frame_time(data_rate, n) <= allowed), 0)


def join_time() -> float:
    """Seconds on the air of a join request."""
    return time_on_air(SPREADING[JOIN_RATE], JOIN_REQUEST)


class AirBudget:
    """What was on the air in the last hour, held in memory: a restart forgets up to an hour of it.

    `share` is the part of the time that may be used, 0 to 1; `clock` gives monotonic seconds.
    """

    def __init__(self, share: float, clock: Callable[[], float]) -> None:
        self._allowed = share * HOUR
        self._clock = clock
        self._spent: deque[tuple[float, float]] = deque()

    def spend(self, seconds: float) -> None:
        """Note that so much was just on the air."""
        self._spent.append((self._clock(), seconds))

    def wait(self, seconds: float) -> float:
        """Seconds until so much more fits into the hour; 0 if it does now, infinite if never."""
        if seconds > self._allowed:
            return math.inf
        now = self._clock()
        while self._spent and self._spent[0][0] <= now - HOUR:
            self._spent.popleft()
        excess = sum(part for _, part in self._spent) + seconds - self._allowed
        for when, part in self._spent:
            if excess <= 0:
                return 0.0
            excess -= part
            if excess <= 0:
                return when + HOUR - now
        return 0.0
