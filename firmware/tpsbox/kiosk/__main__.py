"""`python -m tpsbox.kiosk --data DIR`: serve the button until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from tpsbox.errors import TpsError
from tpsbox.kiosk.process import run


def main(arguments: list[str] | None = None) -> int:
    """Run the process; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tpsbox.kiosk", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the store")
    data: Path = parser.parse_args(arguments).data
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    try:
        run(data, stop, ready=lambda: print(f"tpsbox: ready in {data}", flush=True))
    except TpsError as error:
        print(f"kiosk: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
