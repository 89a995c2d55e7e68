"""faults_uplinks.py DIR...: the uplinks of several boxes, as threads of one process, until SIGTERM.

Each is the box's own uplink. Its waits are at their shortest, so all boxes come back at once.
"""

from __future__ import annotations

import logging
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tpsbox.errors import TpsError
from tpsbox.service import stop_on_signals
from tpsbox.structs import make_ready
from tpsbox.uplink.process import run


def main(folders: list[Path]) -> int:
    """Carry all boxes; 4 if the store of one cannot be used."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
    stop = threading.Event()
    stop_on_signals(stop)
    make_ready()
    with ThreadPoolExecutor(max_workers=len(folders)) as threads:
        uplinks = [threads.submit(_carry, folder, stop) for folder in folders]
        stop.wait()
    return max(uplink.result() for uplink in uplinks)


def _carry(folder: Path, stop: threading.Event) -> int:
    try:
        run(folder, stop, random=lambda: 0.0)
    except TpsError as error:
        print(f"uplink {folder.name}: {error}", file=sys.stderr)
        stop.set()
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main([Path(name) for name in sys.argv[1:]]))
