"""`python -m tpsbox.uplink --data DIR`: carry until SIGTERM or SIGINT."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from tpsbox.notify import Notifier
from tpsbox.service import serve
from tpsbox.uplink.process import run


def main(arguments: list[str] | None = None) -> int:
    """Run the process; its exit code."""
    return serve("uplink", __doc__, _run, arguments)


def _run(data: Path, stop: threading.Event) -> None:
    run(data, stop, alive=Notifier().alive)


if __name__ == "__main__":
    sys.exit(main())
