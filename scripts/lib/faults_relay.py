"""faults_relay.py SPACE SPACE SEED: carries IP packets between the TUN devices of two namespaces.

Both directions are as bad as each other. Our own, since not every kernel has netem. At SIGTERM it
prints one line: packets carried, lost, dropped.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import select
import signal
import struct
import sys
from pathlib import Path
from random import Random
from time import monotonic

from faults_line import Line, Quality

DEVICE = "line0"
LARGEST = 65_536
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
"""linux/if_tun.h."""
CLONE_NEWNET = 0x40000000
"""linux/sched.h."""


def main() -> int:
    """Carry packets until SIGTERM."""
    spaces, seed = sys.argv[1:3], int(sys.argv[3])
    devices = [_attach(space) for space in spaces]
    lines = [Line(Quality(), Random(f"{seed} {space}")) for space in spaces]
    reader, writer = os.pipe()
    signal.signal(signal.SIGTERM, lambda *_: os.close(writer))
    while True:
        ready = _wait([*devices, reader], lines)
        if reader in ready:
            break
        for device, line in zip(devices, lines, strict=True):
            if device in ready:
                line.put(os.read(device, LARGEST), monotonic())
        for device, line in zip(reversed(devices), lines, strict=True):
            for packet in line.take(monotonic()):
                os.write(device, packet)
    counts = (sum(getattr(line, name) for line in lines) for name in ("carried", "lost", "dropped"))
    print("{} packets carried, {} lost, {} dropped".format(*counts), flush=True)
    return 0


def _wait(readers: list[int], lines: list[Line]) -> list[int]:
    """Which of the descriptors have something, once one has or a packet arrives."""
    times = [at for line in lines if (at := line.next_at()) is not None]
    timeout = max(0.0, min(times) - monotonic()) if times else None
    return select.select(readers, [], [], timeout)[0]


def _attach(space: str) -> int:
    """The descriptor of the TUN device in a network namespace, which stays usable outside."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/run/netns", space).open("rb") as file:
        if libc.setns(file.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"namespace {space} cannot be entered")
    device = os.open("/dev/net/tun", os.O_RDWR)
    request = struct.pack("16sH22x", DEVICE.encode(), IFF_TUN | IFF_NO_PI)
    fcntl.ioctl(device, TUNSETIFF, request)
    return device


if __name__ == "__main__":
    sys.exit(main())
