"""What the commands that run for long have in common: a log on stderr, and an orderly end."""

from __future__ import annotations

import logging
import signal
import threading


def start_log() -> None:
    """Write the log to stderr, one line for each event, as a service manager expects it."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")


def stop_on_signals(stop: threading.Event) -> None:
    """Let a service manager's TERM end the work in hand and nothing more."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
