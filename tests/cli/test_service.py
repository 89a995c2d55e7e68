"""What both processes of the box have in common: they end when they are told to, at any moment."""

from __future__ import annotations

import subprocess
import sys

PATIENCE = 30.0

INTERRUPTED = """
import os, signal, threading
from tpsbox.service import stop_on_signals
stop = threading.Event()
stop_on_signals(stop)
with stop._cond:  # as stop.wait() holds it for a moment
    os.kill(os.getpid(), signal.SIGTERM)
print(stop.wait(20.0))
"""


def test_a_signal_is_heard_while_the_main_loop_looks_at_the_event():
    command = [sys.executable, "-c", INTERRUPTED]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.stdout == "True\n", done.stderr
