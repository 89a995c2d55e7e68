"""How long to wait before trying again: exponential with full jitter.

Full jitter (a random wait between the floor and the doubling ceiling) keeps a whole kabupaten
from coming back in step after an outage of the network.
"""

from __future__ import annotations

from collections.abc import Callable

FIRST_WAIT = 2.0
LONGEST_WAIT = 300.0
"""Seconds."""


def wait_after(failures: int, random: Callable[[], float], first: float = FIRST_WAIT) -> float:
    """Seconds to wait after that many failures in a row (1 = the first); `random` gives 0..1.

    The ceiling doubles from twice `first` up to `LONGEST_WAIT`; the floor stays at `first`.
    """
    ceiling = min(LONGEST_WAIT, first * 2.0 ** min(max(failures, 1), 16))
    return first + random() * (ceiling - first)
