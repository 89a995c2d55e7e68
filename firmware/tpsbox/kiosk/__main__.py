"""`python -m tpsbox.kiosk --data DIR`: serve the button until SIGTERM or SIGINT."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from tpsbox.kiosk.process import run
from tpsbox.notify import Notifier
from tpsbox.service import serve


def main(arguments: list[str] | None = None) -> int:
    """Run the process; its exit code."""
    return serve("kiosk", __doc__, _run, arguments)


def _run(data: Path, stop: threading.Event) -> None:
    def ready() -> None:
        print(f"tpsbox: ready in {data}", flush=True)

    run(data, stop, ready=ready, alive=Notifier().alive)


if __name__ == "__main__":
    sys.exit(main())
