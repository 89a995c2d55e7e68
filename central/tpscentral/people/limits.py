"""Limits on how often somebody may try: a bucket of tokens for each address and account.

The buckets lie in the memory of one process: with several web processes an address gets so many
tries at each. What counts for an account across all of them is its lock-out, in the database.
"""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict

_KEPT = 10_000


class Limiter:
    """`burst` tries at once, then one every `seconds`; for each key on its own."""

    def __init__(self, burst: int, seconds: float, kept: int = _KEPT) -> None:
        """`kept`: keys in memory; those not heard of for the longest time are forgotten."""
        self._burst, self._seconds, self._kept = burst, seconds, kept
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, now: float) -> bool:
        """Whether one more try is allowed at that time, in seconds of any steady clock."""
        with self._lock:
            tokens, then = self._buckets.pop(key, (float(self._burst), now))
            tokens = min(self._burst, tokens + max(0.0, now - then) / self._seconds)
            allowed = tokens >= 1
            self._buckets[key] = (tokens - 1 if allowed else tokens, max(now, then))
            if len(self._buckets) > self._kept:
                self._buckets.popitem(last=False)
            return allowed


def address_key(host: str) -> str:
    """The key of an address; of IPv6 the network of 64 bits, which one household has for itself."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host[:64]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
