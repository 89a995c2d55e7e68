"""The log of the commands that run for long."""

from __future__ import annotations

import logging


def start_log() -> None:
    """Write the log to stderr, one line for each event, as a service manager expects it."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
