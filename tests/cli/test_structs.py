"""Threads may share the data types."""

from __future__ import annotations

import subprocess
import sys

PATIENCE = 60.0

SHARED = """
import sys, threading
from typing import Annotated
import msgspec
from tpsbox.structs import make_ready
sys.setswitchinterval(1e-6)
fields = {f"field_{n}": n + 1 for n in range(8)}
kinds = [(name, Annotated[int, msgspec.Meta(ge=0)]) for name in fields]
for turn in range(200):
    new = msgspec.defstruct("New", kinds, frozen=True)
    if sys.argv[1] == "ready":
        make_ready()
    barrier = threading.Barrier(4)
    def convert():
        barrier.wait()
        msgspec.convert(fields, new)
    threads = [threading.Thread(target=convert) for _ in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
print("all lived")
"""


def test_a_type_that_was_made_ready_is_shared_by_threads():
    command = [sys.executable, "-c", SHARED, "ready"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout) == (0, "all lived\n"), done.stderr
