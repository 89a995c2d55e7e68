"""What the box's two processes have in common: their one argument, log, signals and exit code."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from tpsbox.errors import TpsError
from tpsbox.structs import make_ready


def serve(
    name: str,
    description: str | None,
    run: Callable[[Path, threading.Event], None],
    arguments: Sequence[str] | None,
) -> int:
    """Run `python -m tpsbox.<name> --data DIR` until SIGTERM or SIGINT; its exit code.

    `run` gets the folder of the store and an event that is set when it is to end.
    """
    parser = argparse.ArgumentParser(prog=f"python -m tpsbox.{name}", description=description)
    parser.add_argument("--data", type=Path, required=True, help="folder of the store")
    data: Path = parser.parse_args(arguments).data
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    stop = threading.Event()
    stop_on_signals(stop)
    make_ready()
    try:
        run(data, stop)
    except TpsError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def stop_on_signals(stop: threading.Event) -> None:
    """Set `stop` on SIGTERM and SIGINT.

    In a thread of its own: a signal may come while the main thread holds the lock of `stop`, in
    `wait`, and a handler that waits for that lock then waits for ever.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: threading.Thread(target=stop.set).start())
