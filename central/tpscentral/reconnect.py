"""Keeps a connection: opens it again whenever it ends, at growing distances."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from tpsbox.errors import EnvironmentFault

FIRST_DELAY, LONGEST_DELAY = 0.5, 30.0
"""Seconds between attempts; doubled after each that fails."""


def keep_connected(
    connection: Callable[[], None],
    ready: threading.Event,
    stop: threading.Event,
    log: logging.Logger,
) -> None:
    """Run one connection after another until `stop` is set; no fault of any of them ends it.

    `connection` returns or raises when it is lost, and sets `ready` once it works.
    """
    delay = FIRST_DELAY
    while not stop.is_set():
        try:
            connection()
        except (EnvironmentFault, OSError) as error:
            log.warning("connection: %s", error)
        except Exception:
            log.exception("connection: ended by a fault of this program")
        if ready.is_set():
            delay = FIRST_DELAY
        ready.clear()
        if stop.wait(delay):
            return
        delay = min(2 * delay, LONGEST_DELAY)
